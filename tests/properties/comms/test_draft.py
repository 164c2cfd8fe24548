"""What somebody types at 3 a.m., and what we make of it, over generated values."""

from __future__ import annotations

import sys
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.domain.comms.test_draft import NOW, SERVICES

from tocsin.domain.catalogue import Service
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


def _work(text: str, services: tuple[Service, ...]) -> int:
    """How many calls it takes to read `text`: the same on every machine, as a clock is not."""
    calls = 0

    def count(*_: object) -> None:
        nonlocal calls
        calls += 1

    before = sys.getprofile()
    sys.setprofile(count)
    try:
        draft(text, services, NOW)
    finally:
        sys.setprofile(before)
    return calls


@pytest.mark.parametrize(
    "part", ["for about ", "a", "1,000", "no ", "/a", '"a', "orders api ", "still works, ", "30 % "]
)
def test_twice_as_much_hostile_text_is_about_twice_the_work(part: str) -> None:
    services = tuple(replace(SERVICES[0], key=f"s{n}") for n in range(10))
    assert _work(part * 80, services) < 2.5 * _work(part * 40, services)


def test_a_very_long_text_is_read() -> None:
    for text in ("a" * 1_000_000, "no " * 5000 + "still"):
        assert len(draft(text, SERVICES, NOW).title) <= 80
