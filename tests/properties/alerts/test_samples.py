"""Rates and quantiles against histograms whose answer is known, over generated values."""

from __future__ import annotations

from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st
from tests.domain.alerts.test_samples import BOUNDS, sample

from tocsin.domain.alerts.samples import MetricsSample, quantile, rates_over


@given(st.lists(st.floats(0.001, 3.0), min_size=1, max_size=50), st.floats(0, 1))
def test_a_quantile_lies_in_the_bucket_of_the_true_one(latencies: list[float], q: float) -> None:
    counts = tuple(float(sum(x <= b for x in latencies)) for b in (*BOUNDS, float("inf")))
    estimate = quantile(q, BOUNDS, counts)
    rank = max(1, -(-q * len(latencies) // 1))
    true = sorted(latencies)[int(rank) - 1]
    lower = max([0.0, *(b for b in BOUNDS if b < true)])
    upper = min([b for b in BOUNDS if b >= true], default=BOUNDS[-1])
    assert estimate is not None
    assert lower - 1e-9 <= estimate <= upper + 1e-9


COUNTS = st.lists(st.floats(0, 1e9), min_size=5, max_size=5).map(lambda c: tuple(sorted(c)))


@given(st.lists(st.builds(sample, ok=st.floats(0, 1e9), bad=st.floats(0, 1e9), counts=COUNTS), min_size=2, max_size=4))
def test_any_scrapes_give_sane_rates(history: list[MetricsSample]) -> None:
    seen = rates_over(history, timedelta(minutes=1))
    assert seen is not None
    assert seen.error_percent is None or 0 <= seen.error_percent <= 100 + 1e-9
    assert seen.p95_s is None or 0 <= seen.p95_s <= BOUNDS[-1]
