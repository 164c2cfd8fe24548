"""One alert over time, by Alertmanager's rules, over generated values."""

from __future__ import annotations

from datetime import datetime

from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace
from tests.domain.alerts.test_fold import FIRING, NOON, minutes_in

from tocsin.domain.alerts.fold import LATE, take
from tocsin.flows.ports import InboundAlert

MINUTE = st.integers(-60, 60).map(minutes_in)


REPORT = st.builds(
    replace,
    st.just(FIRING),
    status=st.sampled_from(["firing", "resolved"]),
    starts_at=st.none() | MINUTE,
    ends_at=st.none() | MINUTE,
)


@given(st.lists(st.tuples(REPORT, MINUTE), max_size=8))
def test_any_story_keeps_its_books(story: list[tuple[InboundAlert, datetime]]) -> None:
    state, told = None, []
    for report, at in story:
        before, taken = state, take(state, report, at)
        state = taken.state
        told.append(taken.change)
        assert (state.ends_at is None) == (state.status == "firing")
        assert state.expires_at is None or state.status == "firing"
        began = taken.change in {"fired", "refired"}
        assert state.episode == (before.episode if before else 0) + began
        again = take(state, report, at)
        assert again.change in {"refreshed", "ignored"}
        assert again.state == state
    alternating = [c for c in told if c in {"fired", "refired", "resolved"}]
    assert all((c == "resolved") == (i % 2 == 1) for i, c in enumerate(alternating))


EPISODES = st.lists(st.integers(1, 40), min_size=2, max_size=8, unique=True).map(
    lambda marks: [minutes_in(-mark) for mark in sorted(marks, reverse=True)]
)
"""Moments at which one alert began and ended by turns, the last of them more than a minute ago."""


@given(moments=EPISODES, data=st.data())
def test_reports_of_starts_and_ends_leave_the_same_alert_in_whatever_order_they_come(
    moments: list[datetime], data: st.DataObject
) -> None:
    told = [
        replace(FIRING, starts_at=moment)
        if number % 2 == 0
        else replace(FIRING, status="resolved", starts_at=None, ends_at=moment)
        for number, moment in enumerate(moments)
    ]
    twice = [*told, *data.draw(st.lists(st.sampled_from(told), max_size=3))]
    shuffled = data.draw(st.permutations(twice))
    step = LATE / (len(shuffled) + 1)  # they all come within the time that late delivery is given

    state = None
    for number, report in enumerate(shuffled):
        state = take(state, report, NOON + number * step).state

    assert state is not None
    assert state.status == told[-1].status
    assert state.ends_at == (told[-1].ends_at if told[-1].status == "resolved" else None)
