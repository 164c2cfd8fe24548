"""What a service's own counters say about its traffic."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from tocsin.domain.diagnosis.facts.blind_spots import BlindSpot
from tocsin.domain.diagnosis.facts.http import ErrorKind


@dataclass(frozen=True, slots=True, kw_only=True)
class RouteMetrics:
    """Requests of one route and release within a window; errors are answers of 500 and above."""

    route: str
    version: str = ""
    requests: float = 0.0
    errors: float = 0.0
    p95_s: float | None = None
    p99_s: float | None = None

    @property
    def error_ratio(self) -> float:
        """Failed share, 0 to 1; 0 when nothing was asked."""
        return self.errors / self.requests if self.requests else 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class MetricsWindow:
    """Traffic over `seconds`, or since the process started where that is None; `statuses` counts answers by status."""

    seconds: float | None
    requests: float
    errors: float
    p95_s: float | None = None
    p99_s: float | None = None
    routes: tuple[RouteMetrics, ...] = ()
    statuses: Mapping[str, float] = field(default_factory=dict)

    @property
    def error_ratio(self) -> float:
        """Failed share, 0 to 1; 0 when nothing was asked."""
        return self.errors / self.requests if self.requests else 0.0

    @property
    def requests_per_s(self) -> float | None:
        """Rate, unknown where the length of the window is."""
        return self.requests / self.seconds if self.seconds else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Pool:
    """One connection pool of the application."""

    name: str
    in_use: float
    size: float | None = None
    waiting: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Runtime:
    """The process behind the counters, as client libraries report it; `cpu_ratio` is cores' worth of work lately."""

    resident_bytes: float | None = None
    resident_grew_bytes: float = 0.0
    open_fds: float | None = None
    max_fds: float | None = None
    cpu_ratio: float | None = None
    loop_lag_s: float | None = None
    full_collections_per_s: float | None = None
    started_at: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class MetricsBaseline:
    """What was normal before."""

    requests_per_s: float
    error_ratio: float = 0.0
    p95_s: float | None = None
    p99_s: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class MetricsFacts:
    """One scraped service; `recent` needs two samples, `since_start` one."""

    target: str
    at: datetime
    service: str = ""
    error: ErrorKind | None = None
    error_text: str = ""
    recent: MetricsWindow | None = None
    since_start: MetricsWindow | None = None
    versions: tuple[str, ...] = ()
    pools: tuple[Pool, ...] = ()
    baseline: MetricsBaseline | None = None
    runtime: Runtime | None = None
    took_s: float = 0.0
    blind: tuple[BlindSpot, ...] = ()
