"""Layers, hours and the changes over them, by example (R-ONC-1)."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta

import pytest

from tocsin.domain.oncall.report import report
from tocsin.domain.oncall.schedule import Duty, duties, on_call
from tocsin.domain.oncall.shifts import Change, Gap, changes, gaps, shifts
from tocsin.domain.schedules import Day, Hours, Layer, Override, Schedule, Stint, Swap, Temporary

WEEKDAYS: tuple[Day, ...] = ("mon", "tue", "wed", "thu", "fri")
BEGIN = datetime(2026, 1, 5)  # noqa: DTZ001 (a Monday, local)
LOW = Layer(key="low", starts=BEGIN, people=("ana", "bo"), turn="daily")
OFFICE = Layer(key="office", starts=BEGIN, people=("cy",), hours=(Hours(from_=time(9), to=time(17), days=WEEKDAYS),))
PLAIN = Schedule(key="x", zone="UTC", layers=(LOW, OFFICE))


def on(day: int, hour: int = 0, minute: int = 0) -> datetime:
    return datetime(2026, 1, day, hour, minute, tzinfo=UTC)


def override(**fields: object) -> Override:
    return Override(**({"person": "dee", "starts": on(5), "ends": on(12)} | fields))  # type: ignore[arg-type]  # a test's own fields


def test_the_highest_layer_that_has_somebody_answers() -> None:
    assert [on_call(PLAIN, on(5, hour)) for hour in (8, 9, 16, 17)] == [("ana",), ("cy",), ("cy",), ("ana",)]
    assert on_call(PLAIN, on(10, 12)) == ("bo",)


@pytest.mark.parametrize(
    "empty",
    [
        Layer(key="top", starts=BEGIN),
        Layer(key="top", starts=BEGIN + timedelta(days=30), people=("eve",)),
        Layer(key="top", starts=BEGIN - timedelta(days=30), ends=BEGIN, people=("eve",)),
        Layer(key="top", starts=BEGIN, people=("eve",), hours=(Hours(from_=time(1), to=time(2)),)),
    ],
)
def test_a_higher_layer_without_anybody_masks_nothing(empty: Layer) -> None:
    assert on_call(replace(PLAIN, layers=(LOW, OFFICE, empty)), on(5, 12)) == ("cy",)


def test_the_short_form_is_the_lowest_layer() -> None:
    schedule = Schedule(key="x", zone="UTC", people=("eve",), starts=BEGIN, layers=(OFFICE,))
    assert [duties(schedule, on(5, hour)) for hour in (8, 9)] == [
        (Duty("eve", "layer/"),),
        (Duty("cy", "layer/office"),),
    ]


def test_a_turn_may_belong_to_several() -> None:
    layer = Layer(key="pair", starts=BEGIN, groups=(("ana", "bo"), ("cy",)), turn="daily")
    schedule = Schedule(key="x", zone="UTC", layers=(layer,))
    assert [on_call(schedule, on(day)) for day in (5, 6, 7)] == [("ana", "bo"), ("cy",), ("ana", "bo")]


def test_hours_past_midnight_belong_to_the_day_they_start_on() -> None:
    night = Layer(key="n", starts=BEGIN, people=("ana",), hours=(Hours(from_=time(22), to=time(6), days=("fri",)),))
    schedule = Schedule(key="x", zone="UTC", layers=(night,))
    asked = [on(9, 5), on(9, 21, 59), on(9, 22), on(10, 5, 59), on(10, 6), on(10, 22)]
    assert [bool(on_call(schedule, at)) for at in asked] == [False, False, True, True, False, False]


def test_hours_that_end_as_they_start_are_a_day_and_days_in_a_row_are_one() -> None:
    long = Layer(key="d", starts=BEGIN, people=("ana",), hours=(Hours(from_=time(8), to=time(8), days=("mon", "tue")),))
    found = shifts(Schedule(key="x", zone="UTC", layers=(long,)), on(5), on(12))
    assert [(s.starts, s.ends) for s in found] == [(on(5, 8), on(7, 8))]


def test_layers_of_several_zones_follow_the_sun() -> None:
    day = (Hours(from_=time(8), to=time(20)),)
    layers = (
        Layer(key="berlin", starts=BEGIN, people=("ana",), hours=day, zone="Europe/Berlin"),
        Layer(key="auckland", starts=BEGIN, people=("bo",), hours=day, zone="Pacific/Auckland"),
    )
    schedule = Schedule(key="x", zone="UTC", layers=layers)
    assert [on_call(schedule, on(6, hour)) for hour in (6, 7, 18, 19)] == [("bo",), ("ana",), ("ana",), ("bo",)]


@pytest.mark.parametrize(
    ("change", "people"),
    [
        (override(), ("dee",)),
        (override(replaces="ana"), ("dee",)),
        (override(replaces="bo"), ("ana",)),
        (override(kind="add"), ("ana", "dee")),
        (override(kind="add", person="ana"), ("ana",)),
        (override(kind="remove", person="ana"), ()),
        (override(kind="remove", person="bo"), ("ana",)),
        (override(starts=on(5, 9)), ("ana",)),
        (override(ends=on(5, 8)), ("ana",)),
    ],
)
def test_an_override_changes_its_hours(change: Override, people: tuple[str, ...]) -> None:
    assert on_call(replace(PLAIN, overrides=(change,)), on(5, 8)) == people


def test_overrides_apply_in_their_order() -> None:
    chain = (override(replaces="ana"), override(person="eve", replaces="dee"), override(person="cy", kind="add"))
    assert on_call(replace(PLAIN, overrides=chain), on(5, 8)) == ("eve", "cy")


def test_somebody_who_stands_in_beside_themselves_is_there_once() -> None:
    pair = Layer(key="p", starts=BEGIN, groups=(("ana", "bo"),))
    schedule = Schedule(key="x", zone="UTC", layers=(pair,), overrides=(override(person="bo", replaces="ana"),))
    assert on_call(schedule, on(5)) == ("bo",)


def test_a_temporary_schedule_stands_in_for_everything() -> None:
    stint = Stint(people=("eve", "cy"), starts=on(5, 8), ends=on(5, 12))
    temporary = Temporary(starts=on(5), ends=on(6), shifts=(stint,), key="move")
    schedule = replace(PLAIN, temporaries=(temporary,), overrides=(override(),))
    assert [on_call(schedule, at) for at in (on(5, 7), on(5, 8), on(6))] == [(), ("eve", "cy"), ("dee",)]
    assert gaps(schedule, on(5), on(6)) == (Gap(starts=on(5), ends=on(5, 8)), Gap(starts=on(5, 12), ends=on(6)))


def test_swaps_hold_once_taken_and_the_earlier_first() -> None:
    first = Swap(key="1", person="ana", taker="dee", starts=on(5), ends=on(6), asked_at=on(1))
    second = Swap(key="2", person="dee", taker="eve", starts=on(5, 4), ends=on(6), asked_at=on(2))
    untaken = Swap(key="0", person="ana", starts=on(5), ends=on(6), asked_at=on(1))
    schedule = replace(PLAIN, swaps=(second, untaken, first))
    assert [duties(schedule, on(5, hour)) for hour in (0, 4)] == [
        (Duty("dee", "swap/1"),),
        (Duty("eve", "swap/2"),),
    ]
    assert on_call(replace(PLAIN, swaps=(untaken,)), on(5)) == ("ana",)


def test_who_is_on_holiday_is_stood_in_for_by_the_next_and_never_by_nobody() -> None:
    schedule = Schedule(key="x", zone="UTC", layers=(LOW,), holidays={"ana": (date(2026, 1, 5),)})
    assert [on_call(schedule, at) for at in (on(5), on(6), on(7))] == [("bo",), ("bo",), ("ana",)]
    everybody = replace(schedule, holidays={"ana": (date(2026, 1, 5),), "bo": (date(2026, 1, 5),)})
    assert on_call(everybody, on(5)) == ("ana",)


def test_a_change_is_shown_by_the_hours_it_changes() -> None:
    changed = replace(PLAIN, overrides=(override(starts=on(5, 4), ends=on(5, 10), replaces="ana"),))
    assert changes(PLAIN, changed, on(5), on(12)) == (
        Change(starts=on(5, 4), ends=on(5, 9), before=("ana",), after=("dee",)),
    )
    assert changes(PLAIN, PLAIN, on(5), on(12)) == ()


def test_a_report_says_who_carries_what() -> None:
    found = report(replace(PLAIN, layers=(LOW,)), on(5), on(12))
    ana, bo = found.loads
    assert (found.covered, found.gaps) == (1.0, ())
    assert (ana.person, ana.hours, ana.nights, ana.weekends, ana.shifts) == ("ana", 96, 32, 24, 4)
    assert (bo.person, bo.hours, bo.nights, bo.weekends, bo.shifts) == ("bo", 72, 24, 24, 3)
    assert (round(ana.share, 3), ana.longest) == (round(96 / 84, 3), timedelta(days=1))


def test_a_report_of_nobody_is_all_gap() -> None:
    found = report(Schedule(key="x", zone="UTC"), on(5), on(6))
    assert (found.covered, found.gaps, found.loads) == (0.0, (Gap(starts=on(5), ends=on(6)),), ())


def test_a_span_that_ends_before_it_begins_is_empty() -> None:
    assert shifts(PLAIN, on(6), on(5)) == ()
    assert report(PLAIN, on(6), on(5)).covered == 1.0
