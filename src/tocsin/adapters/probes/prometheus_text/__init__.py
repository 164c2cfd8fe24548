"""What a service's own counters say, from two scrapes of its Prometheus text endpoint."""

from __future__ import annotations

import threading
import time
from collections.abc import Mapping
from dataclasses import replace

import msgspec

from tocsin.adapters.options import read_options
from tocsin.adapters.probes.prometheus_text.totals import Names, Totals, read_totals, runtime, since_start, window
from tocsin.domain.diagnosis.facts import BlindSpot, MetricsBaseline, MetricsFacts
from tocsin.domain.diagnosis.facts.http import ErrorKind
from tocsin.domain.diagnosis.redaction import excerpt, secrets_in, without
from tocsin.domain.diagnosis.targets import Target
from tocsin.domain.errors import InvalidError
from tocsin.flows.ports import Clock
from tocsin.net.errors import NetError, TimedOutError, UntrustedCertificateError
from tocsin.net.http import Http

_MAX_BYTES = 8_388_608
_REMEMBER_S = 120.0


class Baseline(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What was normal before: rate, failed share (0 to 1), seconds."""

    requests_per_s: float
    error_ratio: float = 0.0
    p95_s: float | None = None
    p99_s: float | None = None


class MetricsOptions(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`url` is the endpoint; `gap_s` lies between two scrapes where no earlier one is remembered.

    `requests` names the counter of answered requests and `latency` the histogram of their seconds.
    """

    url: str
    gap_s: float = 1.0
    requests: str = "http_requests_total"
    latency: str = "http_request_duration_seconds"
    headers: dict[str, str] = {}
    baseline: Baseline | None = None


def validate_options(raw: Mapping[str, object]) -> MetricsOptions:
    """Return the options in `raw`.

    Raises:
        InvalidError: an option is unknown or has the wrong type, or `url` is not http(s).

    """
    options = read_options("metrics", raw, MetricsOptions)
    if not options.url.startswith(("http://", "https://", "env:", "file:")):
        raise InvalidError("metrics: `url` is not an http or https URL", field="url", mend="Write the endpoint's URL.")
    return options


class Metrics:
    """Scrapes twice, or once where a scrape of the last two minutes is remembered."""

    kind = "metrics"

    def __init__(self, now: Clock, http: Http) -> None:
        self._now = now
        self._http = http
        self._last: dict[str, Totals] = {}
        self._lock = threading.Lock()

    def collect(self, target: Target, deadline_s: float) -> MetricsFacts:
        """Return rates of the last moments and totals since the process started, within `deadline_s` seconds.

        Raises:
            InvalidError: the target's options do not hold.

        """
        options = validate_options(target.options)
        began = time.monotonic()
        until = began + deadline_s
        blank = MetricsFacts(target=target.name, at=self._now(), service=target.service, baseline=_baseline(options))
        try:
            first = self._scrape(options, until)
            earlier = self._remembered(target.name, first)
            if earlier is None:
                time.sleep(max(0.0, min(options.gap_s, (until - time.monotonic()) / 2)))
                earlier, first = first, self._scrape(options, until)
        except (NetError, InvalidError) as error:
            text = excerpt(without(str(error), secrets_in(target.options)))
            return replace(blank, error=_kind(error), error_text=text, took_s=time.monotonic() - began)
        with self._lock:
            self._last[target.name] = first
        counted = first.requests or first.pools
        missing = BlindSpot(target=target.name, what="request counters", why=f"no series {options.requests}")
        return replace(
            blank,
            recent=window(earlier, first),
            since_start=since_start(first, self._now().timestamp()),
            versions=first.versions,
            pools=first.pools,
            runtime=runtime(earlier, first),
            took_s=time.monotonic() - began,
            blind=() if counted else (missing,),
        )

    def _remembered(self, name: str, now: Totals) -> Totals | None:
        with self._lock:
            last = self._last.get(name)
        return last if last and now.at_s - last.at_s <= _REMEMBER_S and now.started_at == last.started_at else None

    def _scrape(self, options: MetricsOptions, until: float) -> Totals:
        limit_s = max(0.05, until - time.monotonic())
        answer = self._http.get(
            options.url, limit_s=limit_s, trusted=True, headers=options.headers, max_bytes=_MAX_BYTES
        )
        if not answer.ok:
            raise InvalidError(f"HTTP {answer.status} {answer.text()}".strip())
        names = Names(requests=options.requests, latency=options.latency)
        return read_totals(answer.body.decode("utf-8", "replace"), names, time.monotonic())


def _baseline(options: MetricsOptions) -> MetricsBaseline | None:
    known = options.baseline
    return MetricsBaseline(**msgspec.structs.asdict(known)) if known else None


def _kind(error: Exception) -> ErrorKind:
    if isinstance(error, TimedOutError):
        return "timeout"
    if isinstance(error, UntrustedCertificateError):
        return "tls"
    return "refused" if isinstance(error.__cause__, ConnectionRefusedError) or "refused" in str(error) else "other"
