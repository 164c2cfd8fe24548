"""Lengths name both their ends, and what is unknown is never zero, over generated values."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st
from tests.domain.learning.test_durations import minutes, spans_of

from tocsin.domain.learning.durations import statistics


@given(st.lists(st.integers(0, 10_000), min_size=1, max_size=40))
def test_median_and_p90_lie_within_and_in_order(lengths: list[int]) -> None:
    found = statistics(spans_of(*lengths))
    assert found.median is not None
    assert found.p90 is not None
    assert minutes(min(lengths)) <= found.median <= found.p90 <= minutes(max(lengths))
