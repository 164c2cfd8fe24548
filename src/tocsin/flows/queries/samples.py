"""What the monitors saw of an incident's services, for sparklines."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta

from tocsin.domain.visibility import Viewer
from tocsin.flows.engine import Engine
from tocsin.flows.queries.incidents import see

BEFORE = timedelta(minutes=15)
AFTER = timedelta(minutes=15)
# A page that is looked at again and again must not read days of samples each time.
LONGEST = timedelta(hours=12)
MOST = 240
SERIES = ("error_percent", "p95_ms", "requests_per_s", "ready")


def samples(engine: Engine, viewer: Viewer, ref: str) -> Mapping[str, list[tuple[datetime, float]]]:
    """Return up to 240 points a series (`error_percent`, `p95_ms`, `requests_per_s`, `ready` as 0 or 1), oldest first.

    They reach from 15 min before the impact to 15 min after the resolution, or to now; of more than twelve hours the last.

    Raises:
        UnknownIncidentError: absent, or hidden from `viewer`.
    """
    with engine.store.reading() as tx:
        found = see(tx, viewer, ref)
        began = found.milestones.get("impact_started") or found.milestones.get("detected") or found.declared_at
        until = min(tx.now(), found.resolved_at + AFTER) if found.resolved_at else tx.now()
        since = max(began - BEFORE, until - LONGEST)
        points = [point for service in found.services for point in tx.samples(f"service/{service}", since, until)]
    points.sort(key=lambda point: point[0])
    series: dict[str, list[tuple[datetime, float]]] = {}
    for at, facts in points:
        for name in SERIES:
            value = facts.get(name)
            if isinstance(value, int | float):
                series.setdefault(name, []).append((at, float(value)))
    return {name: _thinned(values) for name, values in series.items()}


def _thinned(values: list[tuple[datetime, float]]) -> list[tuple[datetime, float]]:
    """Keep every n-th point, and the last, so that a page stays small."""
    step = -(-len(values) // MOST)
    return values if step <= 1 else [*values[:-1:step], values[-1]]
