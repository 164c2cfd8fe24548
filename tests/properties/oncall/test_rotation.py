"""Hand-offs by wall clock, in every zone for ten years, over generated values."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import available_timezones

from hypothesis import given
from hypothesis import strategies as st

from tocsin.domain.oncall.rotation import Rotation, handoff, turn_at
from tocsin.domain.oncall.wall_clock import instant, shown, zone

ZONES = sorted(available_timezones() - {"localtime", "Factory"})


DECADE = (datetime(2020, 1, 1), datetime(2030, 1, 1))  # noqa: DTZ001 (naive on purpose: local time of a rule)


@st.composite
def rotations(draw: st.DrawFn) -> Rotation:
    return Rotation(
        zone=draw(st.sampled_from(ZONES)),
        starts=draw(st.datetimes(*DECADE)).replace(second=0, microsecond=0),
        turn=draw(st.sampled_from(["hourly", "daily", "weekly", "monthly"])),
        length=draw(st.integers(1, 26)),
    )


@given(rotations(), st.datetimes(*DECADE))
def test_every_instant_belongs_to_the_one_turn_that_began_last(rotation: Rotation, when: datetime) -> None:
    at = when.replace(tzinfo=UTC)

    number = turn_at(rotation, at)

    assert handoff(rotation, number) <= at < handoff(rotation, number + 1)
    near = [n for n in range(number - 30, number + 31) if handoff(rotation, n) <= at]
    assert max(near) == number


@given(st.sampled_from(ZONES), st.datetimes(*DECADE))
def test_an_instant_shows_its_own_time_unless_that_is_skipped(name: str, naive: datetime) -> None:
    naive = naive.replace(microsecond=0)
    where = zone(name)

    at = instant(naive, where)

    assert shown(at, where) >= naive
    if shown(at, where) > naive:  # a gap: a second earlier its other side was shown
        assert shown(at - timedelta(seconds=1), where) < naive
    else:
        assert instant(naive, where) == naive.replace(tzinfo=where, fold=0).astimezone(UTC)
