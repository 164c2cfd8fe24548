"""Daily turns that count only worked days: a weekend off is nobody's turn."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, time, timedelta

from tocsin.domain.oncall.rotation import begins, turn_by
from tocsin.domain.oncall.schedule import on_call
from tocsin.domain.oncall.shifts import shifts
from tocsin.domain.schedules import Hours, Layer, Schedule

DAY = timedelta(days=1)
MONDAY = datetime(2026, 1, 5)  # noqa: DTZ001 (wall clock)
OFFICE = Hours(from_=time(9), to=time(17), days=("mon", "tue", "wed", "thu", "fri"))
LAYER = Layer(key="office", starts=MONDAY, people=("ana", "bo", "cy"), turn="daily", hours=(OFFICE,), worked_days=True)
SCHEDULE = Schedule(key="office", zone="UTC", layers=(LAYER,))


def at_noon(days: int) -> tuple[str, ...]:
    return on_call(SCHEDULE, (MONDAY + days * DAY).replace(hour=12, tzinfo=UTC))


def test_after_a_weekend_the_next_in_order_has_it() -> None:
    people = [at_noon(n) for n in range(9)]
    assert people == [("ana",), ("bo",), ("cy",), ("ana",), ("bo",), (), (), ("cy",), ("ana",)]


def test_counting_every_day_gives_a_weekend_somebodys_turn() -> None:
    every = replace(SCHEDULE, layers=(replace(LAYER, worked_days=False),))
    assert on_call(every, (MONDAY + 7 * DAY).replace(hour=12, tzinfo=UTC)) == ("bo",)


def test_a_turn_of_two_worked_days_goes_on_after_the_weekend() -> None:
    two = replace(LAYER, length=2)
    assert begins(two, 2) == MONDAY + 4 * DAY
    assert turn_by(two, MONDAY + 7 * DAY) == 2
    assert turn_by(two, MONDAY + 8 * DAY) == 3


def test_one_that_starts_on_a_day_off_begins_with_the_first_worked_day() -> None:
    saturday = replace(LAYER, starts=MONDAY - 2 * DAY)
    assert begins(saturday, 0) == MONDAY
    assert turn_by(saturday, MONDAY) == 0


def test_a_night_that_began_on_friday_is_still_fridays() -> None:
    night = Hours(from_=time(22), to=time(6), days=OFFICE.days)
    nights = replace(SCHEDULE, layers=(replace(LAYER, hours=(night,)),))
    friday = (MONDAY + 4 * DAY).replace(hour=23, tzinfo=UTC)
    assert on_call(nights, friday) == on_call(nights, friday + timedelta(hours=6)) == ("bo",)


def test_a_list_of_shifts_says_what_each_instant_says() -> None:
    begin, end = MONDAY.replace(tzinfo=UTC), (MONDAY + 20 * DAY).replace(tzinfo=UTC)
    for shift in shifts(SCHEDULE, begin, end):
        assert on_call(SCHEDULE, shift.starts) == on_call(SCHEDULE, shift.ends - timedelta(seconds=1)) == shift.people
