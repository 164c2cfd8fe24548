"""From counters to rates: what two or more looks at a service say about the time between them.

Counters restart with their process: a counter that fell, or a process that began anew, counts from zero. A series seen
for the first time counts from zero too, since a process shows its counters only after their first use.
Unknown is None, never 0: without requests there is no error rate.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import pairwise

RESTART_S = 1.0
"""Start times that differ by more than this belong to two processes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RequestCount:
    """How many requests of `route` ended with `status` since the process began."""

    route: str
    status: str
    count: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Histogram:
    """Latencies of `route` since the process began.

    `counts[i]` requests took at most `bounds[i]` seconds (ascending, finite); the last of `counts`, one longer than
    `bounds`, is all of them.
    """

    route: str
    bounds: tuple[float, ...]
    counts: tuple[float, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class MetricsSample:
    """One scrape. `gauges` are named as in `GAUGES`; `process_started_at` is in epoch seconds."""

    at: datetime
    requests: tuple[RequestCount, ...] = ()
    latency: tuple[Histogram, ...] = ()
    gauges: Mapping[str, float] = field(default_factory=dict)
    process_started_at: float | None = None


GAUGES = (
    "pool_used",
    "pool_size",
    "db_connections",
    "db_connections_max",
    "idle_in_transaction",
    "memory",
    "memory_max",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """One HTTP look: `ok` is a 2xx in time; `status` None means no answer, and `error` says why."""

    ok: bool
    status: int | None = None
    elapsed_s: float | None = None
    error: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class HttpSample:
    """A service's own opinion of itself; None where nobody configured an address to ask.

    `certificate_days` is how long the certificate it showed is still good for, the sooner of two; None without one.
    """

    at: datetime
    health: Check | None = None
    ready: Check | None = None
    certificate_days: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RouteRates:
    """One route in the window; seconds, and percent from 0 to 100."""

    requests_per_s: float
    error_percent: float | None
    p95_s: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Rates:
    """A service in the window of `window_s` seconds; percents are 0 to 100, and an error is a 5xx."""

    window_s: float
    requests: float
    errors: float
    requests_per_s: float
    error_percent: float | None
    p95_s: float | None
    p99_s: float | None
    by_route: Mapping[str, RouteRates]
    pool_percent: float | None = None
    db_connections_percent: float | None = None
    idle_in_transaction: float | None = None
    memory_percent: float | None = None


def rates(previous: MetricsSample, current: MetricsSample) -> Rates:
    """Return the rates between two scrapes (R-DET-8)."""
    return _rates((previous, current))


def quantile(q: float, bounds: Sequence[float], counts: Sequence[float]) -> float | None:
    """Return the `q` quantile (0 to 1) of a cumulative histogram by linear interpolation, as Prometheus does.

    None without observations. In the open last bucket the answer is its lower bound: no more is known.
    """
    total = counts[-1] if counts else 0.0
    if total <= 0 or not bounds:
        return None
    rank = q * total
    lower, below, running = 0.0, 0.0, 0.0
    for bound, count in zip(bounds, counts, strict=False):
        running = max(count, running)  # a scrape between two increments may be out of order by one
        if running >= rank and running > below:
            start = min(lower, bound)
            return start + (bound - start) * max(rank - below, 0.0) / (running - below)
        lower, below = bound, running
    return bounds[-1]


def _rates(samples: Sequence[MetricsSample]) -> Rates:
    window_s = (samples[-1].at - samples[0].at).total_seconds()
    requests = _request_increase(samples)
    latency = _latency_increase(samples)
    routes = sorted({route for route, _ in requests} | set(latency))
    total, errors = _tally(requests.items())
    gauges = samples[-1].gauges
    return Rates(
        window_s=window_s,
        requests=total,
        errors=errors,
        requests_per_s=total / window_s if window_s > 0 else 0.0,
        error_percent=_percent(errors, total),
        p95_s=_merged_quantile(0.95, latency.values()),
        p99_s=_merged_quantile(0.99, latency.values()),
        by_route={route: _route(route, requests, latency, window_s) for route in routes},
        pool_percent=_share(gauges, "pool_used", "pool_size"),
        db_connections_percent=_share(gauges, "db_connections", "db_connections_max"),
        idle_in_transaction=gauges.get("idle_in_transaction"),
        memory_percent=_share(gauges, "memory", "memory_max"),
    )


def _route(
    route: str, requests: Mapping[tuple[str, str], float], latency: Mapping[str, Histogram], window_s: float
) -> RouteRates:
    total, errors = _tally((key, count) for key, count in requests.items() if key[0] == route)
    seen = latency.get(route)
    return RouteRates(
        requests_per_s=total / window_s if window_s > 0 else 0.0,
        error_percent=_percent(errors, total),
        p95_s=quantile(0.95, seen.bounds, seen.counts) if seen else None,
    )


def _tally(requests: Iterable[tuple[tuple[str, str], float]]) -> tuple[float, float]:
    total = errors = 0.0
    for (_, status), count in requests:
        total += count
        errors += count if status.startswith("5") else 0.0
    return total, errors


def _request_increase(samples: Sequence[MetricsSample]) -> dict[tuple[str, str], float]:
    increase: dict[tuple[str, str], float] = {}
    for previous, current in pairwise(samples):
        before = {} if _restarted(previous, current) else {(r.route, r.status): r.count for r in previous.requests}
        for request in current.requests:
            key = (request.route, request.status)
            grown = request.count - before.get(key, 0.0)
            increase[key] = increase.get(key, 0.0) + (grown if grown >= 0 else request.count)
    return increase


def _latency_increase(samples: Sequence[MetricsSample]) -> dict[str, Histogram]:
    increase: dict[str, Histogram] = {}
    for previous, current in pairwise(samples):
        before = {} if _restarted(previous, current) else {h.route: h for h in previous.latency}
        for histogram in current.latency:
            grown = _grown(before.get(histogram.route), histogram)
            sum_so_far = increase.get(histogram.route)
            comparable = sum_so_far is not None and sum_so_far.bounds == grown.bounds
            increase[histogram.route] = _added(sum_so_far, grown) if sum_so_far and comparable else grown
    return increase


def _grown(before: Histogram | None, now: Histogram) -> Histogram:
    if before is None or before.bounds != now.bounds or now.counts[-1] < before.counts[-1]:
        return now
    counts = tuple(max(new - old, 0.0) for new, old in zip(now.counts, before.counts, strict=True))
    return Histogram(route=now.route, bounds=now.bounds, counts=counts)


def _added(one: Histogram, other: Histogram) -> Histogram:
    counts = tuple(a + b for a, b in zip(one.counts, other.counts, strict=True))
    return Histogram(route=one.route, bounds=one.bounds, counts=counts)


def _merged_quantile(q: float, histograms: Iterable[Histogram]) -> float | None:
    """Return the quantile over all routes; of histograms with different bounds, the ones most observations use."""
    by_bounds: dict[tuple[float, ...], Histogram] = {}
    for histogram in histograms:
        known = by_bounds.get(histogram.bounds)
        by_bounds[histogram.bounds] = _added(known, histogram) if known else histogram
    busiest = max(by_bounds.values(), key=lambda h: h.counts[-1], default=None)
    return quantile(q, busiest.bounds, busiest.counts) if busiest else None


def _restarted(previous: MetricsSample, current: MetricsSample) -> bool:
    before, now = previous.process_started_at, current.process_started_at
    return before is not None and now is not None and abs(now - before) > RESTART_S


def _percent(part: float, whole: float) -> float | None:
    return 100.0 * part / whole if whole > 0 else None


def _share(gauges: Mapping[str, float], used: str, size: str) -> float | None:
    return _percent(gauges[used], gauges[size]) if used in gauges and size in gauges else None
