"""Scrapes of what a Prometheus client really writes."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from tests.support.http import Reply, closed_port, http_sink

from tocsin.adapters.monitors.metrics import MetricsMonitor, MetricsMonitorOptions, read_sample, validate_options
from tocsin.domain.alerts.samples import RequestCount, rates
from tocsin.domain.errors import InvalidError
from tocsin.flows.ports import RejectedError, TransientError
from tocsin.net.http import Http

AT = datetime(2026, 3, 4, 14, 23, 5, tzinfo=UTC)
MONITOR = MetricsMonitor(Http(), clock=lambda: AT)
OPTIONS = MetricsMonitorOptions(url="http://shop:8080/metrics")


class _Shop:
    """The series a web service exposes with the stock client."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self.requests = Counter("http_requests", "…", ("method", "route", "status"), registry=self.registry)
        self.latency = Histogram(
            "http_request_duration_seconds", "…", ("method", "route"), buckets=(0.1, 0.5, 1.0), registry=self.registry
        )
        self.used = Gauge("db_pool_in_use", "…", registry=self.registry)
        self.size = Gauge("db_pool_size", "…", registry=self.registry)
        self.size.set(10)

    def serve(self, status: int, latency_s: float, times: int = 1) -> None:
        for _ in range(times):
            self.requests.labels("POST", "/orders", str(status)).inc()
            self.latency.labels("POST", "/orders").observe(latency_s)

    def text(self) -> bytes:
        return generate_latest(self.registry)


def test_two_scrapes_of_a_real_endpoint_give_its_rates() -> None:
    shop = _Shop()
    with http_sink(lambda _: Reply(200, shop.text())) as sink:
        shop.serve(201, 0.05, times=50)
        before = MONITOR.look({"url": f"{sink.url}/metrics"})
        shop.serve(201, 0.05, times=80)
        shop.serve(500, 0.7, times=20)
        shop.used.set(9)
        later = MetricsMonitor(Http(), clock=lambda: AT + timedelta(seconds=10))
        after = later.look({"url": f"{sink.url}/metrics"})

    assert before.requests == (RequestCount(route="POST /orders", status="201", count=50),)
    seen = rates(before, after)
    assert (seen.requests_per_s, seen.error_percent, seen.pool_percent) == (10, pytest.approx(20), pytest.approx(90))
    assert seen.p95_s == pytest.approx(0.875)
    assert seen.by_route["POST /orders"].error_percent == pytest.approx(20)


def test_names_of_other_exporters_can_be_configured() -> None:
    text = (
        "# TYPE http_server_requests_seconds histogram\n"
        'http_server_requests_seconds_bucket{uri="/a",le="0.5",pod="1"} 3\n'
        'http_server_requests_seconds_bucket{uri="/a",le="+Inf",pod="1"} 4\n'
        'http_server_requests_seconds_bucket{uri="/a",le="0.5",pod="2"} 1\n'
        'http_server_requests_seconds_bucket{uri="/a",le="+Inf",pod="2"} 1\n'
        'served{code="200"} 7\nserved{code="503"} 2\n'
        'pg_stat_activity_count{state="active"} 4\n'
        'pg_stat_activity_count{state="idle in transaction"} 6\n'
        "heap_used 5\nheap_used 6\nprocess_resident_memory_bytes NaN\nprocess_start_time_seconds 1.7e9\n"
    )
    options = validate_options(
        {
            "url": "http://shop:8080/metrics",
            "requests": "served",
            "latency": "http_server_requests_seconds",
            "gauges": {"memory": {"metric": "heap_used"}},
            "memory_max": 20,
        }
    )
    sample = read_sample(text, options, AT)
    assert [(r.route, r.status, r.count) for r in sample.requests] == [("", "200", 7), ("", "503", 2)]
    assert [(h.route, h.bounds, h.counts) for h in sample.latency] == [("/a", (0.5,), (4, 5))]
    assert sample.gauges == {"db_connections": 10, "idle_in_transaction": 6, "memory": 11, "memory_max": 20}
    assert sample.process_started_at == 1.7e9


def test_an_endpoint_that_does_not_answer_well_is_transient() -> None:
    with pytest.raises(TransientError, match="did not answer"):
        MONITOR.look({"url": f"http://127.0.0.1:{closed_port()}/metrics"})
    with http_sink(lambda _: Reply(503, b"busy")) as sink, pytest.raises(TransientError, match="answered 503 busy"):
        MONITOR.look({"url": f"{sink.url}/metrics"})


def test_what_is_no_prometheus_text_is_rejected() -> None:
    with (
        http_sink(lambda _: Reply(200, b"<html>login</html>")) as sink,
        pytest.raises(RejectedError, match="did not answer with Prometheus text"),
    ):
        MONITOR.look({"url": f"{sink.url}/metrics"})


def test_paths_used_as_routes_are_rejected_before_they_fill_the_memory() -> None:
    text = "\n".join(f'http_requests_total{{path="/orders/{n}",status="200"}} 1' for n in range(1001))
    with pytest.raises(RejectedError, match="label them by template"):
        read_sample(text, OPTIONS, AT)


@given(st.text() | st.lists(st.sampled_from(list('http_requests_total{}",=# \n\\1.e+NaInf'))).map("".join))
def test_any_text_is_a_sample_or_a_rejection(text: str) -> None:
    try:
        read_sample(text, OPTIONS, AT)
    except RejectedError as rejected:
        assert str(rejected)  # noqa: PT017 (either way is right; a rejection must say something)


@pytest.mark.parametrize(
    ("raw", "field"),
    [
        ({}, "url"),
        ({"url": "shop:8080"}, "url"),
        ({"url": "http://a", "gauges": {"heap": {"metric": "x"}}}, "gauges.heap"),
        ({"url": "http://a", "limit_s": -1}, "limit_s"),
    ],
)
def test_a_wrong_option_is_named(raw: dict[str, object], field: str) -> None:
    with pytest.raises(InvalidError) as wrong:
        validate_options(raw)
    assert wrong.value.field == field
