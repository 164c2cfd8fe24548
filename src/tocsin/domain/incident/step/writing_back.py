"""What the senders of an incident's alerts are told of it: that somebody has it, gave it back, or that it is over."""

from __future__ import annotations

from typing import Final

from tocsin.domain.effects import WriteBack
from tocsin.domain.incident.events import Absorbed, AlertFired, AlertsGrouped, Event
from tocsin.domain.incident.state import Incident

_OWN: Final = "monitor:"


def write_back(incident: Incident, event: Event, verb: str) -> tuple[WriteBack, ...]:
    """Tell the senders what happened, but not what one of them told us; history that was filled in later tells nobody.

    That it was given back is told only where somebody had it.
    """
    if not _has_senders(incident) or (verb == "unacknowledge" and not incident.paging.acknowledged_by):
        return ()
    occasion = incident.said_by.get("acknowledged_by", event.id) if verb == "acknowledge" else event.id
    told_by = event.actor.id if event.actor.kind == "integration" else ""
    return (WriteBack(key=f"{incident.id}/{verb}/{event.seq}", verb=verb, occasion=occasion, told_by=told_by),)


def to_those_that_joined(incident: Incident, event: Event) -> tuple[WriteBack, ...]:
    """Tell the senders of alerts that join while somebody has the incident that they have these too."""
    match event.body:
        case AlertFired() | Absorbed(undone=False):
            pass
        case AlertsGrouped(fired=fired) if fired:
            pass
        case _:
            return ()
    if not incident.open or not incident.paging.acknowledged_by or not _has_senders(incident):
        return ()
    key = f"{incident.id}/acknowledge/{event.seq}"
    occasion = incident.said_by.get("acknowledged_by", "")
    return (WriteBack(key=key, verb="acknowledge", occasion=occasion),)


def _has_senders(incident: Incident) -> bool:
    """Return whether there may be one: alerts of our own monitors have nobody behind them who waits for an answer."""
    others = any(not alert.source.startswith(_OWN) for alert in incident.alerts)
    return incident.mode != "backfill" and bool(others or incident.membership or incident.absorbed)
