"""When a metric left what was normal for it, and by how much."""

from __future__ import annotations

import statistics
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final, Literal

import re2

from tocsin.domain.diagnosis.correlation.incident import Series

_BASELINE_SHARE = 0.3
_FEWEST = 5
_SIGMA = 1.4826
_DEVIATIONS = 6.0
_RELATIVE = 0.3
_OF_RANGE = 0.02
_FALL = 0.75
_RUN = 3
_STAYS = 0.5
_TINY = 1e-9

_NOT_DEMAND = re2.compile(
    r"(?i)log|memory|write|disk|byte|retr|db_|quer|sql|cache|sample|metric|outgoing|outbound|upstream"
)
_COMES_IN = re2.compile(r"(?i)ingest|ingress|incoming|inbound|received|arriv|downstream")

Nature = Literal["failing", "slow", "waiting", "traffic", "saturation", "work"]
# Tried in order: `upstream_timeout_seconds_total` counts failures, though it also names a time.
_NATURES: Final[tuple[tuple[Nature, re2._Regexp], ...]] = (
    (
        "failing",
        re2.compile(
            r"(?i)err|5xx|4xx|429|fail|except|panic|crash|throttl|reject|cancel|timeout|denied|drop|restart|oom|"
            r"unavailab|refus|invalid|mismatch|duplicat|dead_?letter|dlq|missing|abort|declin|unauthori|availability|success"
        ),
    ),
    ("waiting", re2.compile(r"(?i)queue|lag(?:_|$|ging)|(?:^|_)age(?:_|$)|backlog|pending|wait|buffer|behind|inflight|in_flight|unacked|stale|delay")),
    ("slow", re2.compile(r"(?i)laten|duration|p9[0-9]|p50|response_?time|_ms$|elapsed|slow")),
    ("traffic", re2.compile(r"(?i)rps|qps|(?:^|_)rq_|per_s$|requests?_?(?:per|rate|total|count)|req_|per_sec|throughput|ingress|ingest|incoming|inbound|received|arriv|(?:messages?|msgs?|events?|records?|orders?|signups|logins|visits|hits|jobs?|uploads?|downloads?|page_?views|invocations|searches)_?(?:in|per|published|produced|created|submitted)|(?:active|concurrent)_(?:users|sessions|clients|viewers)|connections_?new")),
    (
        "saturation",
        re2.compile(r"(?i)cpu|mem|heap|disk|pool|connection|conn_|thread|goroutine|handle|descriptor|util|usage|used|load|gc_|swap|iops"),
    ),
)  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Shift:
    """A series that moved for good: from `before` to `after`, since `at`; `nature` is what its name says it measures."""

    service: str
    metric: str
    at: datetime
    before: float
    after: float
    nature: Nature

    @property
    def up(self) -> bool:
        """Whether it rose."""
        return self.after > self.before

    @property
    def ratio(self) -> float:
        """Return how many times what it was, for a rise."""
        return abs(self.after) / max(abs(self.before), _TINY)

    @property
    def hurts(self) -> bool:
        """Whether it is trouble in itself: failures, slowness, waiting; not more work or traffic."""
        good = any(word in self.metric.lower() for word in ("success", "availab"))
        return self.nature in {"failing", "slow", "waiting"} and self.up != good

    def __str__(self) -> str:
        """Give one line for a person."""
        return f"{self.service} {self.metric} went from {self.before:.4g} to {self.after:.4g} at {self.at:%H:%M:%S}"


def nature_of(metric: str) -> Nature:
    """Return what a metric's name says it measures."""
    return next((nature for nature, pattern in _NATURES if pattern.search(metric)), "work")


def is_demand(one: Shift) -> bool:
    """Whether it measures what a service is asked for, not what it asks for itself."""
    return one.nature == "traffic" and bool(_COMES_IN.search(one.metric) or not _NOT_DEMAND.search(one.metric))


def shift_of(series: Series, until: datetime | None) -> Shift | None:
    """Return the lasting move of a series away from its first part, or None where it stayed or too little is known."""
    seen = [value for at, value in series.points if until is None or at <= until]
    if len(seen) < _FEWEST + _RUN:
        return None
    base = seen[: max(_FEWEST, int(len(seen) * _BASELINE_SHARE))]
    middle = statistics.median(base)
    band = _band(base, middle, [value for _, value in series.points])
    values = [value - middle for _, value in series.points]
    for at in range(len(base) // 2, len(values) - 1):
        run = values[at : at + _RUN]
        fell = min(band, _FALL * abs(middle))
        side = 1 if all(value > band for value in run) else -1 if all(value < -fell for value in run) else 0
        if side and _stays(values[at:], band if side > 0 else fell):
            return _shift(series, _foot(values, at, side, band), middle)
    return None


def _foot(values: Sequence[float], at: int, side: int, band: float) -> int:
    """Return where a slow rise set out, if the way there went on without a step back."""
    while at > 0 and values[at - 1] * side > band / _DEVIATIONS and values[at - 1] * side < values[at] * side:
        at -= 1
    return at


def _band(base: Sequence[float], middle: float, every: Sequence[float]) -> float:
    spread = statistics.median(abs(value - middle) for value in base) * _SIGMA
    reach = max(every) - min(every)
    return max(_DEVIATIONS * spread, _RELATIVE * abs(middle), _OF_RANGE * reach, _TINY)


def _stays(rest: Sequence[float], band: float) -> bool:
    return sum(abs(value) > band for value in rest) >= _STAYS * len(rest)


def _shift(series: Series, at: int, middle: float) -> Shift:
    rest = [value for _, value in series.points[at:]]
    first_up = rest[0] > middle
    peak = max(rest) if first_up else min(rest)
    last = statistics.median(rest[-max(_RUN, len(rest) // 4) :])
    after = last if (last > middle) == first_up and abs(last - middle) > abs(peak - middle) / 2 else peak
    return Shift(
        service=series.service,
        metric=series.metric,
        at=series.points[at][0],
        before=middle,
        after=after,
        nature=nature_of(series.metric),
    )
