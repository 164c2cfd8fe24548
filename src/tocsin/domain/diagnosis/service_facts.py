"""What monitors measured of services and of what they depend on, as facts that can be compared row by row."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from tocsin.domain.catalogue import Service
from tocsin.domain.diagnosis.facts import Bundle, ServiceFacts, ServiceRow

QUIET_ROWS = 40
ROWS_BEFORE = 10
ROWS_SINCE = 40
"""Rows to know quiet times by, rows before the onset in which the trouble may have begun unseen, and rows since: enough
to know a spread by, and no more than a bundle carries easily."""

Samples = Sequence[tuple[datetime, Mapping[str, object]]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """The rows that are wanted around an onset, `step` long each."""

    onset: datetime
    now: datetime
    step: timedelta

    @property
    def since(self) -> datetime:
        """When the first row begins."""
        return self.onset - (QUIET_ROWS + ROWS_BEFORE) * self.step

    @property
    def until(self) -> datetime:
        """When the last row ends."""
        return self.onset + self._rows_since * self.step

    @property
    def length(self) -> int:
        """How many rows there are."""
        return QUIET_ROWS + ROWS_BEFORE + self._rows_since

    @property
    def _rows_since(self) -> int:
        return max(0, min(ROWS_SINCE, math.ceil((self.now - self.onset) / self.step)))


def with_services(
    bundle: Bundle,
    services: Sequence[Service],
    samples: Mapping[str, Samples],
    *,
    affected: Sequence[str],
    span: Span,
) -> Bundle:
    """Return `bundle` with what monitors measured of `services`, those that nobody measures left out."""
    measured = {service.key: rows_of(samples.get(service.key, ()), span) for service in services}
    facts = tuple(
        ServiceFacts(
            target=service.key,
            at=span.now,
            step_s=span.step.total_seconds(),
            rows=measured[service.key],
            quiet=QUIET_ROWS,
            affected=service.key in affected,
            depends_on=service.depends_on,
        )
        for service in sorted(services, key=lambda one: one.key)
        if any(row != ServiceRow() for row in measured[service.key])
    )
    return replace(bundle, services=facts)


def rows_of(samples: Samples, span: Span) -> tuple[ServiceRow, ...]:
    """Return the samples in rows: requests add up, and figures of requests count as much as the requests they are of."""
    looks: list[list[Mapping[str, object]]] = [[] for _ in range(span.length)]
    for at, facts in samples:
        row = math.floor((at - span.since) / span.step)
        if 0 <= row < len(looks) and _number(facts, "requests") is not None:
            looks[row].append(facts)
    return tuple(_row(of) for of in looks)


def _row(looks: Sequence[Mapping[str, object]]) -> ServiceRow:
    if not looks:
        return ServiceRow()
    return ServiceRow(
        requests=math.fsum(_number(one, "requests") or 0.0 for one in looks),
        latency_s=_mean(looks, "p95_ms", 0.001),
        error_ratio=_mean(looks, "error_percent", 0.01),
    )


def _mean(looks: Sequence[Mapping[str, object]], name: str, unit: float) -> float | None:
    known = [(_number(one, "requests") or 0.0, value) for one in looks if (value := _number(one, name)) is not None]
    requests = math.fsum(count for count, _ in known)
    return math.fsum(count * value for count, value in known) * unit / requests if requests else None


def _number(facts: Mapping[str, object], name: str) -> float | None:
    value = facts.get(name)
    usable = isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)
    return float(value) if usable else None  # type: ignore[arg-type]  # a number by the line above
