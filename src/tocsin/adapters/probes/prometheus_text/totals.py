"""Counters read from a scrape, and what two readings say about the time between them."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import TypeVar

from prometheus_client.parser import text_string_to_metric_families
from prometheus_client.samples import Sample

from tocsin.domain.alerts.samples import quantile
from tocsin.domain.diagnosis.facts import MetricsWindow, Pool, RouteMetrics, Runtime
from tocsin.domain.errors import InvalidError

K = TypeVar("K")
Key = tuple[str, str]  # route with its method, release
Buckets = Mapping[float, float]

_MAX_ROUTES = 2_000
_ROUTE = ("route", "handler", "path_template", "endpoint", "http_route", "path", "uri")
_METHOD = ("method", "http_request_method", "http_method")
_STATUS = ("status", "status_code", "code", "http_response_status_code")
_VERSION = ("version", "release", "service_version")
_INFO = ("build_info", "app_info", "target_info", "service_info")
_STATUS_LENGTH = 3
_COLLECTIONS = "python_gc_collections_total"
_PROCESS = frozenset(
    {
        "process_resident_memory_bytes",
        "process_open_fds",
        "process_max_fds",
        "process_cpu_seconds_total",
        "event_loop_lag_seconds",
    }
)
_RUNTIMES = ("python_info", "go_info", "process_")


@dataclass(frozen=True, slots=True, kw_only=True)
class Names:
    """What the series are called."""

    requests: str
    latency: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Totals:
    """Everything a scrape at `at_s` (monotonic seconds) counted since the process started (`started_at`, epoch)."""

    at_s: float
    requests: Mapping[Key, float] = field(default_factory=dict)
    errors: Mapping[Key, float] = field(default_factory=dict)
    buckets: Mapping[Key, Buckets] = field(default_factory=dict)
    versions: tuple[str, ...] = ()
    pools: tuple[Pool, ...] = ()
    statuses: Mapping[str, float] = field(default_factory=dict)
    process: Mapping[str, float] = field(default_factory=dict)
    started_at: float | None = None


def read_totals(text: str, names: Names, at_s: float) -> Totals:
    """Return what a scrape's `text` counts.

    Raises:
        InvalidError: it is not Prometheus text, or has more routes than a template could name.

    """
    try:
        samples = [sample for family in text_string_to_metric_families(text) for sample in family.samples]
    except (ValueError, KeyError, IndexError, TypeError, AttributeError) as error:  # the parser's ways to give up
        raise InvalidError(f"the answer is not Prometheus text: {error}") from error
    samples = [sample for sample in samples if math.isfinite(sample.value)]
    requests: dict[Key, float] = defaultdict(float)
    errors: dict[Key, float] = defaultdict(float)
    buckets: dict[Key, dict[float, float]] = defaultdict(lambda: defaultdict(float))
    statuses: dict[str, float] = defaultdict(float)
    for sample in samples:
        if sample.name == names.requests:
            statuses[_first(sample, _STATUS)[:_STATUS_LENGTH]] += sample.value
            requests[_key(sample)] += sample.value
            errors[_key(sample)] += sample.value if _first(sample, _STATUS).startswith("5") else 0.0
        elif sample.name == f"{names.latency}_bucket":
            buckets[_key(sample)][float(sample.labels.get("le", "inf"))] += sample.value
    if len(requests) > _MAX_ROUTES or len(buckets) > _MAX_ROUTES:
        raise InvalidError(f"more than {_MAX_ROUTES} routes are counted: label them by template, not by path")
    return Totals(
        at_s=at_s,
        requests=dict(requests),
        errors=dict(errors),
        buckets={key: dict(of) for key, of in buckets.items()},
        versions=_versions(samples),
        pools=_pools(samples),
        statuses=dict(statuses),
        process=_process(samples),
        started_at=next((one.value for one in samples if one.name == "process_start_time_seconds"), None),
    )


def window(earlier: Totals, now: Totals) -> MetricsWindow:
    """Return the traffic between two scrapes. A counter that fell began anew, so all it shows is new."""
    buckets = {key: _grown_buckets(earlier.buckets.get(key, {}), of) for key, of in now.buckets.items()}
    seen = _window(
        now.at_s - earlier.at_s, _grown(earlier.requests, now.requests), _grown(earlier.errors, now.errors), buckets
    )
    return replace(seen, statuses=_grown(earlier.statuses, now.statuses))


def runtime(earlier: Totals, now: Totals) -> Runtime | None:
    """Return what the client library says of its process; what it grew by is since the `earlier` scrape."""
    if not now.process:
        return None
    seconds = max(0.001, now.at_s - earlier.at_s)

    def grew(name: str) -> float | None:
        return (
            now.process[name] - earlier.process[name] if {name} <= now.process.keys() & earlier.process.keys() else None
        )

    spent, collected = grew("process_cpu_seconds_total"), grew(_COLLECTIONS)
    return Runtime(
        resident_bytes=now.process.get("process_resident_memory_bytes"),
        resident_grew_bytes=grew("process_resident_memory_bytes") or 0.0,
        open_fds=now.process.get("process_open_fds"),
        max_fds=now.process.get("process_max_fds"),
        cpu_ratio=spent / seconds if spent is not None else None,
        loop_lag_s=now.process.get("event_loop_lag_seconds"),
        full_collections_per_s=collected / seconds if collected is not None else None,
        started_at=now.started_at,
    )


def since_start(now: Totals, epoch_s: float) -> MetricsWindow:
    """Return the traffic since the process started."""
    seconds = max(0.001, epoch_s - now.started_at) if now.started_at else None
    return replace(_window(seconds, now.requests, now.errors, now.buckets), statuses=dict(now.statuses))


def _window(
    seconds: float | None, requests: Mapping[Key, float], errors: Mapping[Key, float], buckets: Mapping[Key, Buckets]
) -> MetricsWindow:
    return MetricsWindow(
        seconds=seconds,
        requests=sum(requests.values()),
        errors=sum(errors.values()),
        p95_s=_quantile(0.95, buckets.values()),
        p99_s=_quantile(0.99, buckets.values()),
        routes=tuple(
            RouteMetrics(
                route=key[0],
                version=key[1],
                requests=requests[key],
                errors=errors.get(key, 0.0),
                p95_s=_quantile(0.95, [buckets.get(key, {})]),
                p99_s=_quantile(0.99, [buckets.get(key, {})]),
            )
            for key in sorted(requests)
            if requests[key] > 0
        ),
    )


def _quantile(share: float, histograms: Iterable[Buckets]) -> float | None:
    """Return the quantile over histograms, counting each at the bounds all of them know."""
    known = [of for of in histograms if of]
    shared = set.intersection(*(set(of) for of in known)) if known else set()
    bounds = sorted(bound for bound in shared if math.isfinite(bound))
    totals = [sum(of[bound] for of in known) for bound in bounds]
    every = sum(max(of.values()) for of in known)
    return quantile(share, bounds, [*totals, every])


def _grown(earlier: Mapping[K, float], now: Mapping[K, float]) -> dict[K, float]:
    return {
        key: value - earlier.get(key, 0.0) if value >= earlier.get(key, 0.0) else value for key, value in now.items()
    }


def _grown_buckets(earlier: Buckets, now: Buckets) -> Buckets:
    if any(value < earlier.get(bound, 0.0) for bound, value in now.items()):
        return now
    return {bound: value - earlier.get(bound, 0.0) for bound, value in now.items()}


def _key(sample: Sample) -> Key:
    return f"{_first(sample, _METHOD)} {_first(sample, _ROUTE)}".strip(), _first(sample, _VERSION)


def _first(sample: Sample, names: tuple[str, ...]) -> str:
    return next((sample.labels[name] for name in names if name in sample.labels), "")


def _versions(samples: Iterable[Sample]) -> tuple[str, ...]:
    """Return the releases that an info series (`build_info`, `shop_build_info`, …) names, never the language's own."""
    infos = [one for one in samples if one.name.endswith(_INFO) and not one.name.startswith(_RUNTIMES)]
    return tuple(sorted({_first(one, _VERSION) for one in infos} - {""}))


def _process(samples: Iterable[Sample]) -> dict[str, float]:
    """Return the figures that client libraries give of their own process, and full garbage collections (Python)."""
    found = {one.name: one.value for one in samples if one.name in _PROCESS}
    full = [one.value for one in samples if one.name == _COLLECTIONS and one.labels.get("generation") == "2"]
    return {**found, **({_COLLECTIONS: sum(full)} if full else {})}


def _pools(samples: Iterable[Sample]) -> tuple[Pool, ...]:
    """Return the pools that gauges named `…pool…_in_use`, `_size` and `_waiting` describe; workers are added up."""
    values: dict[str, float] = defaultdict(float)
    for sample in samples:
        if "pool" in sample.name:
            values[sample.name] += sample.value
    names = sorted(name.removesuffix("_in_use") for name in values if name.endswith("_in_use"))
    return tuple(
        Pool(
            name=name,
            in_use=values[f"{name}_in_use"],
            size=values.get(f"{name}_size"),
            waiting=values.get(f"{name}_waiting"),
        )
        for name in names
    )
