"""Hours that nobody has although a layer is there for them."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, time, timedelta

from tocsin.domain.oncall.shifts import Gap
from tocsin.domain.oncall.shortfall import shortfalls
from tocsin.domain.schedules import Hours, Layer, Override, Schedule, Temporary

DAY = timedelta(days=1)
MONDAY = datetime(2026, 1, 5, tzinfo=UTC)
LAYER = Layer(key="all", starts=datetime(2026, 1, 5), people=("ana", "bo"), turn="daily")  # noqa: DTZ001 (wall clock)
WHOLE = Schedule(key="rota", zone="UTC", layers=(LAYER,))
OFFICE = replace(WHOLE, layers=(replace(LAYER, hours=(Hours(from_=time(9), to=time(17)),)),))


def found(schedule: Schedule, begin: datetime = MONDAY) -> list[tuple[datetime, datetime]]:
    return [(gap.starts, gap.ends) for gap in shortfalls(schedule, begin, begin + 7 * DAY)]


def test_hours_left_empty_on_purpose_are_none() -> None:
    assert found(WHOLE) == found(OFFICE) == []


def test_a_layer_that_runs_out_leaves_its_hours() -> None:
    ends = replace(LAYER, ends=datetime(2026, 1, 10))  # noqa: DTZ001 (wall clock)
    assert found(replace(WHOLE, layers=(ends,))) == [(MONDAY + 5 * DAY, MONDAY + 7 * DAY)]
    office = replace(ends, hours=OFFICE.layers[0].hours)
    days = [MONDAY + n * DAY for n in (5, 6)]
    assert found(replace(WHOLE, layers=(office,))) == [(d.replace(hour=9), d.replace(hour=17)) for d in days]


def test_a_layer_that_begins_later_leaves_the_hours_before() -> None:
    assert found(WHOLE, MONDAY - 2 * DAY) == [(MONDAY - 2 * DAY, MONDAY)]


def test_who_is_taken_out_leaves_a_gap_and_who_stands_in_fills_it() -> None:
    away = Override(person="ana", kind="remove", starts=MONDAY, ends=MONDAY + DAY)
    assert found(replace(WHOLE, overrides=(away,))) == [(MONDAY, MONDAY + DAY)]
    instead = Override(person="bo", kind="add", starts=MONDAY + DAY / 2, ends=MONDAY + DAY)
    assert found(replace(WHOLE, overrides=(away, instead))) == [(MONDAY, MONDAY + DAY / 2)]


def test_an_empty_temporary_schedule_leaves_all_of_it() -> None:
    empty = Temporary(starts=MONDAY + DAY, ends=MONDAY + 2 * DAY)
    assert shortfalls(replace(WHOLE, temporaries=(empty,)), MONDAY, MONDAY + 7 * DAY) == (
        Gap(starts=MONDAY + DAY, ends=MONDAY + 2 * DAY),
    )
