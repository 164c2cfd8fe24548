"""Who is on call at an instant (R-ONC-1)."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from tocsin.domain.oncall.schedule import on_call
from tocsin.domain.schedules import Override, Schedule

CROWD = tuple(f"p{n}" for n in range(5000))
MONDAY = datetime(2026, 1, 5, 9, 0)  # noqa: DTZ001 (schedules begin by wall clock)
WEEKLY = Schedule(key="primary", zone="Europe/Berlin", people=("ana", "bo", "cy"), starts=MONDAY)


def berlin(*parts: int) -> datetime:
    return datetime(*parts, tzinfo=ZoneInfo("Europe/Berlin"))  # type: ignore[misc]  # year, month, day, hour, minute


def test_people_take_turns_in_order_and_begin_again() -> None:
    answers = [on_call(WEEKLY, berlin(2026, 1, 5, 9, 0) + week * timedelta(weeks=1)) for week in range(5)]
    assert answers == [("ana",), ("bo",), ("cy",), ("ana",), ("bo",)]


def test_the_hand_off_is_the_first_instant_of_the_next() -> None:
    assert on_call(WEEKLY, berlin(2026, 1, 12, 8, 59)) == ("ana",)
    assert on_call(WEEKLY, berlin(2026, 1, 12, 9, 0)) == ("bo",)


def test_nobody_is_on_call_before_the_beginning_or_without_people() -> None:
    assert on_call(WEEKLY, berlin(2026, 1, 5, 8, 59)) == ()
    assert on_call(Schedule(key="x", zone="UTC", people=(), starts=MONDAY), berlin(2026, 2, 1)) == ()


def test_a_hand_off_at_nine_stays_at_nine_when_summer_begins() -> None:
    assert on_call(WEEKLY, berlin(2026, 3, 30, 8, 59)) == on_call(WEEKLY, berlin(2026, 3, 23, 9, 0))
    assert on_call(WEEKLY, berlin(2026, 3, 30, 9, 0)) != on_call(WEEKLY, berlin(2026, 3, 23, 9, 0))


def test_the_same_instant_has_one_answer_in_whatever_zone_it_is_asked() -> None:
    instant = berlin(2026, 1, 12, 9, 0)
    assert on_call(WEEKLY, instant.astimezone(UTC)) == on_call(WEEKLY, instant) == ("bo",)


def test_the_newest_override_that_covers_the_instant_counts() -> None:
    week = (berlin(2026, 1, 5, 9, 0), berlin(2026, 1, 12, 9, 0))
    day = (berlin(2026, 1, 6), berlin(2026, 1, 7))
    schedule = Schedule(
        key="primary",
        zone="Europe/Berlin",
        people=("ana",),
        starts=MONDAY,
        overrides=(
            Override(person="bo", starts=week[0], ends=week[1]),
            Override(person="cy", starts=day[0], ends=day[1]),
        ),
    )
    assert [on_call(schedule, at)[0] for at in (week[0], day[0], day[1], week[1])] == ["bo", "cy", "bo", "ana"]


def test_a_hand_off_in_the_hour_that_comes_twice_happens_the_first_time() -> None:
    hourly = Schedule(key="h", zone="Europe/Berlin", people=CROWD, starts=datetime(2026, 10, 1, 0, 30), turn="hourly")  # noqa: DTZ001 (wall clock)
    first = datetime(2026, 10, 25, 0, 30, tzinfo=UTC)  # 02:30 summer time, which is shown again an hour later
    turns = [on_call(hourly, first + minutes * timedelta(minutes=1)) for minutes in (-1, 0, 29, 31, 60, 119, 120)]
    assert turns[0] != turns[1]
    assert turns[1] == turns[2] == turns[3] == turns[4] == turns[5]
    assert turns[6] != turns[5]
