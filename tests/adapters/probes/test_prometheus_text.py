from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from itertools import chain, repeat

from tests.support.http import Reply, closed_port, http_sink

from tocsin.adapters.probes.prometheus_text import Metrics
from tocsin.domain.diagnosis.facts import MetricsFacts, Pool
from tocsin.domain.diagnosis.targets import Target
from tocsin.net.http import Http

STARTED = 1_773_583_200
NOW = datetime.fromtimestamp(STARTED + 600, UTC)
TEXT = """
# TYPE http_requests counter
http_requests_total{{method="GET",route="/orders",status="200"}} {good}
http_requests_total{{method="GET",route="/orders",status="503"}} {bad}
# TYPE http_request_duration_seconds histogram
http_request_duration_seconds_bucket{{method="GET",route="/orders",le="0.1"}} {fast}
http_request_duration_seconds_bucket{{method="GET",route="/orders",le="1.0"}} {total}
http_request_duration_seconds_bucket{{method="GET",route="/orders",le="+Inf"}} {total}
http_request_duration_seconds_count{{method="GET",route="/orders"}} {total}
# TYPE db_pool_in_use gauge
db_pool_in_use {used}
# TYPE db_pool_size gauge
db_pool_size 18
# TYPE build_info gauge
build_info{{service="shop",version="v2.4.1"}} 1
# TYPE python_info gauge
python_info{{version="3.11.2"}} 1
# TYPE process_start_time_seconds gauge
process_start_time_seconds {started}
"""


def text(good: int, bad: int, *, fast: int, used: int = 3, started: int = STARTED) -> str:
    return TEXT.format(good=good, bad=bad, total=good + bad, fast=fast, used=used, started=started)


def answers(*texts: str) -> Iterator[str]:
    return chain(texts, repeat(texts[-1]))


def probe() -> Metrics:
    return Metrics(lambda: NOW, Http())


def collect(by: Metrics, url: str, **options: object) -> MetricsFacts:
    target = Target(name="shop metrics", kind="metrics", service="shop", options={"url": url, "gap_s": 0.01, **options})
    return by.collect(target, 2.0)


def test_two_scrapes_give_rates_by_route_and_one_gives_totals() -> None:
    told = answers(text(100, 0, fast=100), text(130, 20, fast=120, used=18))
    with http_sink(lambda _: Reply(body=next(told).encode())) as shop:
        facts = collect(probe(), shop.url)

    assert facts.recent is not None
    assert facts.since_start is not None
    assert (facts.recent.requests, facts.recent.errors, facts.recent.error_ratio) == (50, 20, 0.4)
    assert (facts.since_start.requests, facts.since_start.errors, facts.since_start.seconds) == (150, 20, 600)
    route = facts.recent.routes[0]
    assert (route.route, route.requests, route.errors) == ("GET /orders", 50, 20)
    assert 0.9 < (route.p99_s or 0.0) <= 1.0
    assert facts.pools == (Pool(name="db_pool", in_use=18, size=18),)
    assert facts.versions == ("v2.4.1",)
    assert facts.blind == ()


def test_a_process_that_began_anew_counts_from_zero() -> None:
    told = answers(text(1000, 50, fast=1000), text(20, 5, fast=20))
    with http_sink(lambda _: Reply(body=next(told).encode())) as shop:
        facts = collect(probe(), shop.url)

    assert facts.recent is not None
    assert (facts.recent.requests, facts.recent.errors) == (25, 5)


def test_an_earlier_scrape_of_the_same_process_is_remembered() -> None:
    by, told = probe(), answers(text(100, 0, fast=100), text(110, 0, fast=110), text(140, 0, fast=140))
    with http_sink(lambda _: Reply(body=next(told).encode())) as shop:
        collect(by, shop.url)
        again = collect(by, shop.url)

    assert again.recent is not None
    assert again.recent.requests == 30
    assert len(shop.received) == 3


def test_a_release_split_is_kept_apart() -> None:
    lines = 'http_requests_total{{route="/a",status="500",version="{}"}} {}\n'
    told = answers(lines.format("1", 1) + lines.format("2", 1), lines.format("1", 2) + lines.format("2", 9))
    with http_sink(lambda _: Reply(body=next(told).encode())) as shop:
        facts = collect(probe(), shop.url)

    assert facts.recent is not None
    assert [(one.version, one.errors) for one in facts.recent.routes] == [("1", 1), ("2", 8)]


def test_the_configured_period_before_is_passed_on() -> None:
    with http_sink(lambda _: Reply(body=text(1, 0, fast=1).encode())) as shop:
        facts = collect(probe(), shop.url, baseline={"requests_per_s": 20.0, "p99_s": 0.1})

    assert facts.baseline is not None
    assert (facts.baseline.requests_per_s, facts.baseline.p99_s) == (20.0, 0.1)


def test_no_answer_no_text_and_no_counters_are_told_apart() -> None:
    with http_sink(lambda _: Reply(status=404, body=b"no metrics here")) as shop:
        missing = collect(probe(), shop.url)
    with http_sink(lambda _: Reply(body=b"up 1\n")) as shop:
        empty = collect(probe(), shop.url)
    gone = collect(probe(), f"http://127.0.0.1:{closed_port()}/metrics")

    assert (missing.error, missing.error_text) == ("other", "HTTP 404 no metrics here")
    assert empty.error is None
    assert empty.blind[0].why == "no series http_requests_total"
    assert gone.error == "refused"
