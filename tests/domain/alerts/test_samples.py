"""Rates and quantiles against histograms whose answer is known."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from tocsin.domain.alerts.samples import Histogram, MetricsSample, RequestCount, quantile, rates, rates_over

NOON = datetime(2026, 3, 4, 12, 0, tzinfo=UTC)
BOUNDS = (0.1, 0.2, 0.5, 1.0)


def sample(
    seconds: float = 0,
    *,
    ok: float = 0,
    bad: float = 0,
    counts: tuple[float, ...] = (),
    started: float | None = None,
    **gauges: float,
) -> MetricsSample:
    return MetricsSample(
        at=NOON + timedelta(seconds=seconds),
        requests=(
            RequestCount(route="POST /orders", status="201", count=ok),
            RequestCount(route="POST /orders", status="500", count=bad),
        ),
        latency=(Histogram(route="POST /orders", bounds=BOUNDS, counts=counts),) if counts else (),
        gauges=gauges,
        process_started_at=started,
    )


@pytest.mark.parametrize(
    ("q", "counts", "expected"),
    [
        (0.5, (10, 10, 10, 10, 10), 0.05),
        (0.95, (0, 100, 100, 100, 100), 0.195),
        (0.95, (50, 90, 95, 100, 100), 0.5),
        (0.99, (50, 90, 95, 100, 100), 0.9),
        (0.95, (0, 0, 0, 0, 10), 1.0),
        (0.5, (0, 0, 10, 10, 10), 0.35),
        (0.0, (0, 10, 10, 10, 10), 0.1),
        (1.0, (0, 10, 10, 10, 10), 0.2),
        (0.5, (10, 8, 10, 10, 10), 0.05),
        (0.95, (0, 0, 0, 0, 0), None),
    ],
)
def test_quantiles_are_interpolated_as_prometheus_does(
    q: float, counts: tuple[float, ...], expected: float | None
) -> None:
    assert quantile(q, BOUNDS, counts) == (None if expected is None else pytest.approx(expected))


def test_a_histogram_without_finite_bounds_knows_nothing() -> None:
    assert quantile(0.95, (), (10,)) is None


def test_rates_between_two_scrapes() -> None:
    before = sample(0, ok=1000, bad=10, counts=(1000, 1010, 1010, 1010, 1010))
    after = sample(10, ok=1080, bad=30, counts=(1000, 1060, 1085, 1110, 1110), pool_used=18, pool_size=20)
    seen = rates(before, after)

    assert (seen.window_s, seen.requests, seen.errors, seen.requests_per_s) == (10, 100, 20, 10)
    assert seen.error_percent == pytest.approx(20)
    assert seen.p95_s == pytest.approx(0.9)
    assert seen.p99_s == pytest.approx(0.98)
    assert seen.pool_percent == pytest.approx(90)
    assert seen.by_route["POST /orders"].error_percent == pytest.approx(20)
    assert seen.by_route["POST /orders"].p95_s == pytest.approx(0.9)


def test_without_requests_there_is_no_error_rate() -> None:
    seen = rates(sample(0, ok=5, counts=(5, 5, 5, 5, 5)), sample(10, ok=5, counts=(5, 5, 5, 5, 5)))
    assert (seen.requests_per_s, seen.error_percent, seen.p95_s) == (0, None, None)
    assert (seen.pool_percent, seen.memory_percent, seen.idle_in_transaction) == (None, None, None)


def test_a_counter_that_fell_counts_from_zero() -> None:
    seen = rates(sample(0, ok=1000, bad=10, counts=(9, 9, 9, 9, 9)), sample(10, ok=30, bad=10, counts=(0, 4, 4, 4, 4)))
    assert (seen.requests, seen.errors) == (30, 0)  # the error counter did not fall: nothing tells that it restarted
    assert seen.p95_s == pytest.approx(0.195)


def test_a_new_process_counts_from_zero_even_when_its_counters_outgrew_the_old_ones() -> None:
    seen = rates(sample(0, ok=10, bad=10, started=1000), sample(10, ok=30, bad=30, started=2000))
    assert (seen.requests, seen.errors) == (60, 30)


def test_a_series_seen_first_counts_from_zero() -> None:
    before = MetricsSample(at=NOON, requests=(RequestCount(route="GET /", status="200", count=50),))
    seen = rates(before, sample(10, ok=0, bad=7))
    assert (seen.errors, seen.error_percent) == (7, pytest.approx(100))


def test_a_window_sums_over_a_restart_in_its_middle() -> None:
    history = [sample(0, ok=100), sample(60, ok=160), sample(120, ok=5), sample(180, ok=25)]
    whole = rates_over(history, timedelta(minutes=5))
    assert whole is not None
    assert (whole.window_s, whole.requests) == (180, 85)
    last = rates_over(history, timedelta(minutes=1))
    assert last is not None
    assert (last.window_s, last.requests) == (60, 20)


def test_a_window_with_one_scrape_says_nothing() -> None:
    assert rates_over([], timedelta(minutes=5)) is None
    assert rates_over([sample(0), sample(600)], timedelta(minutes=5)) is None


def test_new_buckets_after_a_deploy_begin_anew() -> None:
    before = sample(0, ok=10, counts=(10, 10, 10, 10, 10))
    changed = Histogram(route="POST /orders", bounds=(1.0, 2.0), counts=(0, 20, 20))
    seen = rates(before, MetricsSample(at=NOON + timedelta(seconds=10), latency=(changed,)))
    assert seen.p95_s == pytest.approx(1.95)
