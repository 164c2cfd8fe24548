"""Scrapes a service's Prometheus text endpoint and keeps what the rules of R-DET-8 need."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from datetime import datetime

import msgspec
from prometheus_client.parser import text_string_to_metric_families
from prometheus_client.samples import Sample

from tocsin.adapters.options import read_options
from tocsin.domain.alerts.samples import GAUGES, Histogram, MetricsSample, RequestCount
from tocsin.domain.errors import InvalidError
from tocsin.flows.ports import Clock, RejectedError, TransientError
from tocsin.net.errors import NetError
from tocsin.net.http import Http
from tocsin.net.redaction import origin_of, redact_url

MAX_BYTES = 8_388_608
MAX_ROUTES = 1_000
PROCESS_START = "process_start_time_seconds"
ROUTE_LABELS = ("route", "handler", "path_template", "endpoint", "path", "uri")
STATUS_LABELS = ("status", "status_code", "code")


class Gauge(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A series to read: its name, and the labels it must have. Several that match are added up."""

    metric: str
    labels: dict[str, str] = {}


DEFAULT_GAUGES: Mapping[str, Gauge] = {
    "pool_used": Gauge(metric="db_pool_in_use"),
    "pool_size": Gauge(metric="db_pool_size"),
    "db_connections": Gauge(metric="pg_stat_activity_count"),
    "db_connections_max": Gauge(metric="pg_settings_max_connections"),
    "idle_in_transaction": Gauge(metric="pg_stat_activity_count", labels={"state": "idle in transaction"}),
    "memory": Gauge(metric="process_resident_memory_bytes"),
}


class MetricsMonitorOptions(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Where to scrape and what the series are called there. `gauges` adds to and replaces `DEFAULT_GAUGES`.

    `memory_max` (bytes) is the limit that memory is a percentage of, where no series tells it.
    """

    url: str
    limit_s: float = 5.0
    requests: str = "http_requests_total"
    latency: str = "http_request_duration_seconds"
    gauges: dict[str, Gauge] = {}
    memory_max: float | None = None
    headers: dict[str, str] = {}


def validate_options(raw: Mapping[str, object]) -> MetricsMonitorOptions:
    """Return the options in `raw`.

    Raises:
        InvalidError: an option or a gauge is unknown, or has the wrong type.
    """
    options = read_options("metrics monitor", raw, MetricsMonitorOptions)
    if not options.url.startswith(("http://", "https://")):
        raise InvalidError(
            f"metrics monitor: {redact_url(options.url)} is not an http or https URL",
            field="url",
            mend="Write the whole URL, such as http://orders:8080/metrics.",
        )
    unknown = sorted(set(options.gauges) - set(GAUGES))
    if unknown:
        raise InvalidError(
            f"metrics monitor: no rule reads the gauge {unknown[0]!r}",
            field=f"gauges.{unknown[0]}",
            mend=f"Rules read these: {', '.join(GAUGES)}.",
        )
    if options.limit_s <= 0:
        raise InvalidError(
            "metrics monitor: limit_s must be above 0", field="limit_s", mend="Give it seconds, such as 5."
        )
    return options


class MetricsMonitor:
    """Scrapes one endpoint; the operator named it, so that an inside address is meant."""

    kind = "metrics"

    def __init__(self, http: Http, clock: Clock) -> None:
        self._http = http
        self._clock = clock

    def look(self, options: Mapping[str, object]) -> MetricsSample:
        """Return what the service counts now.

        Raises:
            TransientError: no answer, or not a 2xx.
            RejectedError: the answer is not Prometheus text.
        """
        given = validate_options(options)
        at = self._clock()
        try:
            answer = self._http.get(
                given.url, limit_s=given.limit_s, trusted=True, headers=given.headers, max_bytes=MAX_BYTES
            )
        except NetError as error:
            raise TransientError(str(error)) from error
        if not answer.ok:
            raise TransientError(f"GET {origin_of(given.url)} answered {answer.status} {answer.text()}".rstrip())
        return read_sample(answer.body.decode("utf-8", "replace"), given, at)


def read_sample(text: str, options: MetricsMonitorOptions, at: datetime) -> MetricsSample:
    """Return the sample in a scrape's `text`.

    Raises:
        RejectedError: it is not Prometheus text, or has more routes than any dashboard could show.
    """
    reading = _Reading(options)
    try:
        for family in text_string_to_metric_families(text):
            reading.take(family.samples)
    except (ValueError, KeyError, IndexError, TypeError, AttributeError) as error:  # the parser's ways to give up
        raise RejectedError(f"{origin_of(options.url)} did not answer with Prometheus text: {error}") from error
    return reading.sample(at)


class _Reading:
    """Adds up the series that matter, whatever else they are split by (instance, pod, worker)."""

    def __init__(self, options: MetricsMonitorOptions) -> None:
        self._options = options
        self._gauges = {**DEFAULT_GAUGES, **options.gauges}
        self._requests: dict[tuple[str, str], float] = {}
        self._buckets: dict[str, dict[float, float]] = {}
        self._values: dict[str, float] = {}
        self._process_started_at: float | None = None

    def take(self, samples: Iterable[Sample]) -> None:
        """Count `samples` in."""
        options = self._options
        for sample in samples:
            value = float(sample.value)
            if not math.isfinite(value):
                continue
            if sample.name == options.requests:
                key = (_route(sample.labels), _first(sample.labels, STATUS_LABELS))
                self._requests[key] = self._requests.get(key, 0.0) + value
            elif sample.name == f"{options.latency}_bucket":
                bound = float(sample.labels.get("le", "nan"))
                buckets = self._buckets.setdefault(_route(sample.labels), {})
                buckets[bound] = buckets.get(bound, 0.0) + value
            elif sample.name == PROCESS_START:
                self._process_started_at = max(value, self._process_started_at or value)
            self._take_gauge(sample, value)
        if len(self._requests) > MAX_ROUTES or len(self._buckets) > MAX_ROUTES:
            where = origin_of(options.url)
            raise RejectedError(f"{where} counts more than {MAX_ROUTES} routes: label them by template, not by path")

    def _take_gauge(self, sample: Sample, value: float) -> None:
        for name, gauge in self._gauges.items():
            if sample.name == gauge.metric and gauge.labels.items() <= sample.labels.items():
                self._values[name] = self._values.get(name, 0.0) + value

    def sample(self, at: datetime) -> MetricsSample:
        """Return what was counted."""
        gauges = dict(self._values)
        if self._options.memory_max is not None:
            gauges["memory_max"] = self._options.memory_max
        return MetricsSample(
            at=at,
            requests=tuple(
                RequestCount(route=route, status=status, count=count)
                for (route, status), count in sorted(self._requests.items())
            ),
            latency=tuple(_histogram(route, buckets) for route, buckets in sorted(self._buckets.items())),
            gauges=gauges,
            process_started_at=self._process_started_at,
        )


def _histogram(route: str, buckets: Mapping[float, float]) -> Histogram:
    bounds = sorted(bound for bound in buckets if math.isfinite(bound))
    counts = [buckets[bound] for bound in bounds]
    total = buckets.get(math.inf, counts[-1] if counts else 0.0)
    return Histogram(route=route, bounds=tuple(bounds), counts=(*counts, total))


def _route(labels: Mapping[str, str]) -> str:
    return f"{labels.get('method', '')} {_first(labels, ROUTE_LABELS)}".strip()


def _first(labels: Mapping[str, str], names: tuple[str, ...]) -> str:
    return next((labels[name] for name in names if name in labels), "")
