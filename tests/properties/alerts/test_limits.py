"""The token bucket of a source, over generated values."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st
from tests.domain.alerts.test_limits import LIMIT, NOON, SECOND

from tocsin.domain.alerts.limits import spend


@given(st.lists(st.tuples(st.integers(0, 50), st.integers(1, 3)), max_size=60))
def test_no_source_gets_more_than_burst_and_rate_together(posts: list[tuple[int, int]]) -> None:
    bucket, at, sent = None, NOON, 0
    for tenths, count in posts:
        at += tenths * SECOND / 10
        spent = spend(LIMIT, bucket, at, count)
        bucket = spent.bucket
        sent += count if spent.allowed else 0
    assert sent <= LIMIT.burst + (at - NOON) / SECOND + 1e-6
