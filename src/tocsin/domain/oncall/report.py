"""How good a schedule is: what it leaves uncovered, and how evenly it weighs on people."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from itertools import pairwise

from tocsin.domain.oncall.shifts import Gap, Shift, gaps, shifts
from tocsin.domain.oncall.wall_clock import instant, shown, zone
from tocsin.domain.schedules import Schedule

_DAY, _HOUR = timedelta(days=1), timedelta(hours=1)
_MORNING, _EVENING, _SATURDAY = time(6), time(22), 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Load:
    """What one person carries. Nights are 22:00 to 06:00 and weekends Saturday and Sunday, by the schedule's clock.

    `share` is 1 for the even share of everybody's hours; `longest` is the longest time without an end of duty.
    """

    person: str
    hours: float
    nights: float
    weekends: float
    shifts: int
    longest: timedelta
    share: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """A schedule over a span: `covered` is the part of it, from 0 to 1, in which somebody is on call."""

    starts: datetime
    ends: datetime
    covered: float
    gaps: tuple[Gap, ...]
    loads: tuple[Load, ...]


def report(schedule: Schedule, begin: datetime, end: datetime) -> Report:
    """Return how the schedule covers the hours from `begin` to `end`, and what each of its people carries."""
    return weigh(schedule, (begin, end), shifts(schedule, begin, end), gaps(schedule, begin, end))


def weigh(
    schedule: Schedule, span: tuple[datetime, datetime], held_by: Sequence[Shift], missing: tuple[Gap, ...]
) -> Report:
    """Return the same of shifts and gaps that are known, such as those of former versions of the schedule."""
    begin, end = span
    held: dict[str, list[tuple[datetime, datetime]]] = {person: [] for person in schedule.everybody}
    for shift in held_by:
        for person in shift.people:
            _hold(held.setdefault(person, []), shift.starts, shift.ends)
    total = sum((ends - starts for spans in held.values() for starts, ends in spans), timedelta(0))
    even = total / len(held) if held else timedelta(0)
    days = _days(schedule.zone, begin, end)
    uncovered = sum((gap.ends - gap.starts for gap in missing), timedelta(0))
    return Report(
        starts=begin,
        ends=end,
        covered=1 - uncovered / (end - begin) if begin < end else 1.0,
        gaps=missing,
        loads=tuple(_load(person, spans, days, even) for person, spans in held.items()),
    )


def _hold(spans: list[tuple[datetime, datetime]], starts: datetime, ends: datetime) -> None:
    if spans and spans[-1][1] == starts:
        starts = spans.pop()[0]
    spans.append((starts, ends))


def _load(
    person: str,
    spans: Sequence[tuple[datetime, datetime]],
    days: Sequence[tuple[datetime, bool, bool]],
    even: timedelta,
) -> Load:
    lengths = [ends - starts for starts, ends in spans]
    nights = weekends = timedelta(0)
    for (edge, night, weekend), (following, _, _) in pairwise(days):
        inside = sum((max(timedelta(0), min(e, following) - max(s, edge)) for s, e in spans), timedelta(0))
        nights += inside if night else timedelta(0)
        weekends += inside if weekend else timedelta(0)
    return Load(
        person=person,
        hours=sum(lengths, timedelta(0)) / _HOUR,
        nights=nights / _HOUR,
        weekends=weekends / _HOUR,
        shifts=len(spans),
        longest=max(lengths, default=timedelta(0)),
        share=sum(lengths, timedelta(0)) / even if even else 1.0,
    )


def _days(name: str, begin: datetime, end: datetime) -> list[tuple[datetime, bool, bool]]:
    """Return the instants at which day, night or weekend begin, and whether it is night and weekend from then on."""
    return sorted(_parts(name, begin, end))


def _parts(name: str, begin: datetime, end: datetime) -> Iterator[tuple[datetime, bool, bool]]:
    where = zone(name)
    day = datetime.combine(shown(begin, where) - _DAY, time())
    while day <= shown(end, where) + _DAY:
        weekend = day.weekday() >= _SATURDAY
        for hour, night in ((time(), True), (_MORNING, False), (_EVENING, True)):
            yield instant(datetime.combine(day, hour), where), night, weekend
        day += _DAY
