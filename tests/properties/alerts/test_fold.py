"""One alert over time, by Alertmanager's rules, over generated values."""

from __future__ import annotations

from datetime import datetime

from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace
from tests.domain.alerts.test_fold import FIRING, minutes_in

from tocsin.domain.alerts.fold import take
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
