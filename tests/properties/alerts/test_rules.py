"""When a monitor raises the alarm, and when it lets go, over generated values."""

from __future__ import annotations

from datetime import timedelta
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st
from tests.domain.alerts.test_rules import scraped

from tocsin.domain.alerts.rules import Damping
from tocsin.domain.policy.pack import DetectionRule


@given(st.lists(st.none() | st.floats(0, 100), max_size=30), st.integers(1, 3), st.integers(1, 3))
def test_alarms_and_all_clears_alternate(values: list[float | None], breaches: int, passes: int) -> None:
    rule = DetectionRule(key="errors", metric="error_percent", op=">", value=50, for_=timedelta(minutes=2))
    changes = scraped(rule, *values, damping=Damping(breaches=breaches, passes=passes))
    begins = [c for c in changes if c != "unchanged"]
    allowed = {
        ("pending", "firing"),
        ("pending", "clear"),
        ("firing", "clear"),
        ("clear", "pending"),
        ("clear", "firing"),
    }
    assert all(pair in allowed for pair in pairwise(begins))
