"""What somebody types at 3 a.m., and what we make of it, over generated values."""

from __future__ import annotations

from datetime import UTC, datetime

from hypothesis import given
from hypothesis import strategies as st
from tests.domain.comms.test_draft import SERVICES

from tocsin.domain.comms.draft import draft

SAID = st.lists(
    st.sampled_from(["since", "for", "14:23", "24:59", "2026-02-30 10:00", "99999 days", "ago", "30 %", "999%", "users", "all",
                     "orders", "/a/b", "$5", "k", "1,000", "half an", "hour", "yesterday", "0001-01-01 00:00+23:59", "am", "pm",
                     "9999-12-31 23:59-23:59", "still works", "\ud800", "١٤:٢٣", "\n", '"quoted"', "13 pm", "1h99"])
).map(" ".join)  # fmt: skip


@given(st.text() | SAID, st.datetimes(datetime(1990, 1, 1), datetime(2200, 1, 1), timezones=st.just(UTC)))  # noqa: DTZ001 (made aware)
def test_any_text_is_a_draft(text: str, now: datetime) -> None:
    made = draft(text, SERVICES, now)
    assert len(made.title) <= 80
    assert made.started_at is None or made.started_at.tzinfo is UTC
    assert made == draft(text, SERVICES, now)
