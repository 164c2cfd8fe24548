"""`on_call` against a definition by brute force: walk the clock on the wall, and take down what it has shown.

Nothing of the counted answer is used here: times of day are compared as text would be, turns are counted one by one.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, time, timedelta
from functools import cache
from itertools import pairwise
from zoneinfo import ZoneInfo, available_timezones

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tocsin.domain.oncall.rotation import Rotation, handoff, turn_at
from tocsin.domain.oncall.schedule import on_call
from tocsin.domain.oncall.shifts import gaps, shifts
from tocsin.domain.schedules import WEEK, Hours, Layer, Override, Schedule, Stint, Swap, Temporary

ZONES = sorted(available_timezones() - {"localtime", "Factory"})
STEP, DAY, WALK = timedelta(minutes=15), timedelta(days=1), timedelta(days=4)
FIRST, LAST = datetime(2020, 1, 1, tzinfo=UTC), datetime(2030, 1, 1, tzinfo=UTC)
PEOPLE = ("ana", "bo", "cy", "dee", "eve")


def shown_by(zone: str, begin: datetime, end: datetime) -> Iterator[tuple[datetime, datetime]]:
    """Yield each instant with the latest time the zone's clocks have shown, from a day before, so that a fold is known."""
    at, latest = begin - 2 * DAY, datetime.min  # noqa: DTZ901 (what a clock on a wall shows has no zone)
    while at < end:
        latest = max(latest, at.astimezone(ZoneInfo(zone)).replace(tzinfo=None, fold=0))
        if at >= begin:
            yield at, latest
        at += STEP


def begun(layer: Layer, number: int) -> datetime:
    start = layer.starts
    if layer.turn != "monthly":
        unit = {"hourly": timedelta(hours=1), "daily": DAY, "weekly": 7 * DAY}[layer.turn]
        return start + unit * number * layer.length
    month = start.month - 1 + number * layer.length
    for day in range(start.day, 0, -1):
        try:
            return start.replace(year=start.year + month // 12, month=month % 12 + 1, day=day)
        except ValueError:
            continue
    raise AssertionError(start)


def inside(hours: Hours, latest: datetime) -> bool:
    for back in range(3):
        day = datetime.combine(latest, time()) - back * DAY
        ends = datetime.combine(day + (DAY if hours.to <= hours.from_ else 0 * DAY), hours.to)
        if WEEK[day.weekday()] in hours.days and datetime.combine(day, hours.from_) <= latest < ends:
            return True
    return False


def crew(layer: Layer, latest: datetime, schedule: Schedule) -> list[str]:
    if latest < layer.starts or (layer.ends and latest >= layer.ends):
        return []
    if layer.hours and not any(inside(h, latest) for h in layer.hours):
        return []
    number = 0
    while begun(layer, number + 1) <= latest:
        number += 1
    groups = layer.groups or [(p,) for p in layer.people]
    order = [groups[(number + n) % len(groups)] for n in range(len(groups))]
    for group in order:
        there = [p for p in group if latest.date() not in schedule.holidays.get(p, ())]
        if there:
            return there
    return list(order[0]) if order else []


def brute(schedule: Schedule, at: datetime, latest: dict[str, datetime]) -> set[str]:
    for temporary in reversed(schedule.temporaries):
        if temporary.starts <= at < temporary.ends:
            return {p for s in temporary.shifts if s.starts <= at < s.ends for p in s.people}
    found: set[str] = set()
    for layer in schedule.layers:
        found = set(crew(layer, latest[layer.zone or schedule.zone], schedule)) or found
    for o in (o for o in schedule.overrides if o.starts <= at < o.ends):
        match o.kind, o.replaces:
            case "add", _:
                found = found | {o.person}
            case "remove", _:
                found = found - {o.person}
            case _, "":
                found = {o.person}
            case _:
                found = found - {o.replaces} | {o.person} if o.replaces in found else found
    for s in sorted(schedule.swaps, key=lambda s: s.asked_at):
        if s.taker and s.starts <= at < s.ends and s.person in found:
            found = found - {s.person} | {s.taker}
    return found


@cache
def changes_of_clocks(zone: str) -> tuple[datetime, ...]:
    """Return a day before each change of the zone's clocks in ten years."""
    where = ZoneInfo(zone)
    days = [FIRST + n * DAY for n in range((LAST - FIRST).days)]
    return tuple(
        a - DAY for a, b in pairwise(days) if a.astimezone(where).utcoffset() != b.astimezone(where).utcoffset()
    )


quarters = st.integers(0, 95).map(lambda n: time(n // 4, n % 4 * 15))


@st.composite
def schedules(draw: st.DrawFn) -> tuple[Schedule, datetime]:
    zones = draw(st.lists(st.sampled_from(ZONES), min_size=1, max_size=2))
    near = changes_of_clocks(zones[0])
    begin = draw(st.sampled_from(near)) if near else draw(st.integers(0, 3640).map(lambda n: FIRST + n * DAY))

    def moment() -> datetime:
        return begin + STEP * draw(st.integers(-100, 480))

    def local() -> datetime:
        return datetime.combine(begin - draw(st.integers(-2, 40)) * DAY, draw(quarters))

    def layer(number: int) -> Layer:
        groups = draw(st.lists(st.lists(st.sampled_from(PEOPLE), min_size=1, max_size=2, unique=True), max_size=4))
        days = tuple(draw(st.lists(st.sampled_from(WEEK), min_size=1, max_size=7, unique=True)))
        hours = tuple(Hours(from_=draw(quarters), to=draw(quarters), days=days) for _ in range(draw(st.integers(0, 2))))
        return Layer(
            key=f"l{number}",
            zone=draw(st.sampled_from(["", *zones])),
            starts=local(),
            ends=draw(st.sampled_from([None, local()])),
            groups=tuple(tuple(g) for g in groups),
            turn=draw(st.sampled_from(["hourly", "daily", "weekly", "monthly"])),
            length=draw(st.integers(1, 25)),
            hours=hours,
        )

    def override() -> Override:
        kind = draw(st.sampled_from(["replace", "add", "remove"]))
        replaces = draw(st.sampled_from(["", *PEOPLE])) if kind == "replace" else ""
        return Override(
            person=draw(st.sampled_from(PEOPLE)), starts=moment(), ends=moment(), kind=kind, replaces=replaces
        )

    def temporary() -> Temporary:
        stints = [Stint(people=(draw(st.sampled_from(PEOPLE)),), starts=moment(), ends=moment()) for _ in range(2)]
        return Temporary(starts=moment(), ends=moment(), shifts=tuple(stints))

    swaps = tuple(
        Swap(
            key=str(n),
            person=draw(st.sampled_from(PEOPLE)),
            taker=draw(st.sampled_from(["", *PEOPLE])),
            starts=moment(),
            ends=moment(),
            asked_at=FIRST + n * STEP,
        )
        for n in range(draw(st.integers(0, 2)))
    )
    away = draw(st.lists(st.sampled_from(PEOPLE), max_size=2, unique=True))
    schedule = Schedule(
        key="x",
        zone=zones[0],
        layers=tuple(layer(n) for n in range(draw(st.integers(0, 3)))),
        overrides=tuple(override() for _ in range(draw(st.integers(0, 3)))),
        temporaries=tuple(temporary() for _ in range(draw(st.integers(0, 1)))),
        swaps=swaps,
        holidays={p: ((begin + draw(st.integers(-1, 4)) * DAY).date(),) for p in away},
    )
    return schedule, begin


@settings(max_examples=250, deadline=None)
@given(schedules())
def test_who_is_on_call_is_what_the_clock_on_the_wall_says(drawn: tuple[Schedule, datetime]) -> None:
    schedule, begin = drawn
    end = begin + WALK
    zones = {schedule.zone, *(layer.zone or schedule.zone for layer in schedule.layers)}
    walks = {zone: dict(shown_by(zone, begin, end)) for zone in zones}
    listed, missing = shifts(schedule, begin, end), gaps(schedule, begin, end)

    spans = sorted([(s.starts, s.ends, s.people) for s in listed] + [(g.starts, g.ends, ()) for g in missing])

    assert [a[1] for a in spans[:-1]] == [b[0] for b in spans[1:]], "a gap or an overlap at a hand-off"
    assert (spans[0][0], spans[-1][1]) == (begin, end)
    place = 0
    for at in walks[schedule.zone]:
        found = on_call(schedule, at)
        assert len(found) == len(set(found))
        assert set(found) == brute(schedule, at, {zone: walk[at] for zone, walk in walks.items()}), at
        while spans[place][1] <= at:
            place += 1
        assert spans[place][2] == found, at


@pytest.mark.parametrize("turn", ["hourly", "daily", "weekly", "monthly"])
def test_hand_offs_leave_no_gap_and_no_overlap_in_any_zone_at_any_change_of_clocks(turn: str) -> None:
    for zone in ZONES:
        rotation = Rotation(zone=zone, starts=datetime(2020, 1, 31, 2, 30), turn=turn)  # type: ignore[arg-type]  # noqa: DTZ001 (one of the literals; wall clock)
        for before in changes_of_clocks(zone):
            number = turn_at(rotation, before)
            edges = [handoff(rotation, number + n) for n in range(60 if turn == "hourly" else 4)]
            assert edges == sorted(edges)
            for n, (starts, ends) in enumerate(pairwise(edges)):
                if starts < ends:
                    assert (
                        turn_at(rotation, starts) == turn_at(rotation, ends - timedelta(microseconds=1)) == number + n
                    )
