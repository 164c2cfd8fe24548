"""How many alerts of an incident fired when, for a picture."""

from __future__ import annotations

from datetime import datetime

from tocsin.domain.incident import alert_curve as curve
from tocsin.domain.visibility import Viewer
from tocsin.flows.engine import Engine
from tocsin.flows.queries.incidents import see


def alert_curve(engine: Engine, viewer: Viewer, ref: str) -> tuple[tuple[datetime, float], ...]:
    """Return (when, how many alerts fired from then on), up to now while the incident is open; nothing without alerts.

    Raises:
        UnknownIncidentError: absent, or hidden from `viewer`.
    """
    with engine.store.reading() as tx:
        found = see(tx, viewer, ref)
        points = [(at, float(count)) for at, count in curve.alert_curve(tx.events(found.id))]
        if points and found.open:
            points.append((tx.now(), points[-1][1]))
    return tuple(points)
