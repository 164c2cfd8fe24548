"""How fast an incident's policy runs: a drill divides its durations, and those that no pack holds follow it."""

from __future__ import annotations

from datetime import timedelta

from tocsin.domain.incident.state import Incident
from tocsin.flows.policies import catalogue
from tocsin.flows.storage import Tx

DRILL_SPEED = "drill/speed"


def keep_drill_speed(tx: Tx, speed: float) -> None:
    """Remember what the drill laid over the configuration divides durations by."""
    tx.put_value(DRILL_SPEED, repr(speed))


def speed_of(tx: Tx, incident: Incident) -> float:
    """Return what durations outside the pack are to be divided by for this incident; 1 is real time."""
    kept = tx.value(DRILL_SPEED) if incident.mode == "drill" else ""
    return float(kept) if kept else catalogue(tx).speed


def scaled(tx: Tx, incident: Incident, wait: timedelta) -> timedelta:
    """Return a duration as this incident lives it."""
    return wait / speed_of(tx, incident)
