"""How long things took, each length with the two moments it lies between (R-VER-8, R-SLA-3, R-SLA-6)."""

from __future__ import annotations

import statistics as stdlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields
from datetime import datetime, timedelta

from tocsin.domain import words
from tocsin.domain.incident.timeline import Stamp


@dataclass(frozen=True, slots=True, kw_only=True)
class Duration:
    """The time from milestone `begins` to milestone `ends`.

    `value` is None when a stamp is missing (unknown, never zero), or when the end lies before the beginning
    (`contradictory`): such a length would spoil every statistic it entered.
    """

    name: str
    begins: str
    ends: str
    begin_at: datetime | None = None
    end_at: datetime | None = None

    @property
    def value(self) -> timedelta | None:
        """The length, or None."""
        if self.begin_at is None or self.end_at is None or self.contradictory:
            return None
        return self.end_at - self.begin_at

    @property
    def contradictory(self) -> bool:
        """Whether the end is stamped before the beginning."""
        return self.begin_at is not None and self.end_at is not None and self.end_at < self.begin_at

    @property
    def missing(self) -> tuple[str, ...]:
        """The milestones without a stamp."""
        ends = ((self.begins, self.begin_at), (self.ends, self.end_at))
        return tuple(name for name, moment in ends if moment is None)

    def __str__(self) -> str:
        ends = f"{_said(self.begins, self.begin_at)} to {_said(self.ends, self.end_at)}"
        length = "contradictory stamps" if self.contradictory else words.span(self.value)
        return f"{length} ({ends})"


@dataclass(frozen=True, slots=True, kw_only=True)
class Durations:
    """The lengths every report shows. `close` is the whole life of the record, which is longer than the outage."""

    detect: Duration
    acknowledge: Duration
    mitigate: Duration
    resolve: Duration
    declare: Duration
    identify: Duration
    respond: Duration
    close: Duration

    def all(self) -> tuple[Duration, ...]:
        """Return them in order."""
        return tuple(getattr(self, f.name) for f in fields(self))


@dataclass(frozen=True, slots=True, kw_only=True)
class Statistics:
    """Of `n` known lengths the median and the 90th percentile (between the two nearest); `missing` were unknown."""

    n: int
    median: timedelta | None
    p90: timedelta | None
    missing: int


def between(stamps: Mapping[str, Stamp], begins: str, ends: str, *, name: str = "") -> Duration:
    """Return the time between two milestones, whatever they are called."""
    begin, end = stamps.get(begins), stamps.get(ends)
    return Duration(
        name=name or f"{begins} to {ends}",
        begins=begins,
        ends=ends,
        begin_at=begin.at if begin else None,
        end_at=end.at if end else None,
    )


def durations(stamps: Mapping[str, Stamp]) -> Durations:
    """Return the lengths that `milestones` give."""
    return Durations(
        detect=between(stamps, "impact_started", "detected", name="detect"),
        acknowledge=between(stamps, "notified", "acknowledged", name="acknowledge"),
        mitigate=between(stamps, "impact_started", "mitigated", name="mitigate"),
        resolve=between(stamps, "impact_started", "resolved", name="resolve"),
        declare=between(stamps, "impact_started", "declared", name="declare"),
        identify=between(stamps, "detected", "identified", name="identify"),
        respond=between(stamps, "declared", "resolved", name="respond"),
        close=between(stamps, "impact_started", "closed", name="close"),
    )


def statistics(lengths: Iterable[Duration]) -> Statistics:
    """Return n, median, p90 and missing. The caller leaves drills out: practice never enters a statistic."""
    values = [d.value for d in lengths]
    known = sorted(v for v in values if v is not None)
    return Statistics(
        n=len(known), median=_quantile(known, 50), p90=_quantile(known, 90), missing=len(values) - len(known)
    )


def _quantile(known: list[timedelta], percent: int) -> timedelta | None:
    if not known:
        return None
    if len(known) == 1:
        return known[0]
    seconds = [v.total_seconds() for v in known]
    cuts = stdlib.quantiles(seconds, n=100, method="inclusive")
    return timedelta(seconds=cuts[percent - 1])


def _said(name: str, moment: datetime | None) -> str:
    return f"{name.replace('_', ' ')} {words.clock(moment)}"
