"""Durations, over generated values."""

from __future__ import annotations

from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st

from tocsin.domain.durations import parse_duration, say_duration


@given(
    st.timedeltas(min_value=timedelta(0), max_value=timedelta(days=400)).map(
        lambda d: timedelta(milliseconds=d // timedelta(milliseconds=1))
    )
)
def test_what_is_said_is_read_back(span: timedelta) -> None:
    assert parse_duration(say_duration(span)) == span
