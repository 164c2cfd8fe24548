"""How many alerts of an incident fired when, from what its log told of them."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from tocsin.domain.incident.events import AlertCleared, AlertFired, AlertsGrouped, Event


def alert_curve(events: Iterable[Event]) -> tuple[tuple[datetime, int], ...]:
    """Return (when, how many fired from then on), in the order in which it was recorded.

    What was told one by one is counted; a count that was told in numbers stands for all until the next.
    """
    points: list[tuple[datetime, int]] = []
    firing: set[tuple[str, str]] = set()
    counted: int | None = None
    for event in events:
        match event.body:
            case AlertFired(source=source, fingerprint=fingerprint):
                firing.add((source, fingerprint))
            case AlertCleared(source=source, fingerprint=fingerprint):
                firing.discard((source, fingerprint))
            case AlertsGrouped(firing=now):
                counted = now
            case _:
                continue
        points.append((event.recorded_at, len(firing) if counted is None else counted))
    return tuple(points)
