"""Schedules day by day, as a calendar shows them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from tocsin.domain.catalogue import Catalogue
from tocsin.domain.oncall.shifts import Shift, gaps, shifts
from tocsin.domain.oncall.wall_clock import instant, shown, zone
from tocsin.domain.schedules import Schedule
from tocsin.flows.engine import Engine
from tocsin.flows.policies import catalogue

_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """A part of a day in which the same people are on call; nobody where `people` is empty. Times are local."""

    schedule: str
    starts: datetime
    ends: datetime
    people: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class CalendarDay:
    """A day by the reader's clock."""

    day: date
    lines: tuple[Line, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Rota:
    """Days of every schedule, by the clock of `zone`. `today` is the reader's day."""

    zone: str
    today: date
    days: tuple[CalendarDay, ...]


def rota(engine: Engine, reader: str, first: date | None = None, days: int = 7, *, mine: bool = False) -> Rota:
    """Return `days` days from `first` (today), by the clock of `reader`; with `mine` only the reader's own hours."""
    with engine.store.reading() as tx:
        now = tx.now()
        person = catalogue(tx).person(reader)
        name = person.zone if person else "UTC"
        today = shown(now, zone(name)).date()
        begins = [_midnight((first or today) + n * _DAY, name) for n in range(days + 1)]
        known = catalogue(tx, since=begins[0])
    only = reader if mine else ""
    return Rota(
        zone=name,
        today=today,
        days=tuple(
            CalendarDay(
                day=(first or today) + n * _DAY, lines=_lines(known, begins[n], begins[n + 1], name=name, only=only)
            )
            for n in range(days)
        ),
    )


def _midnight(day: date, name: str) -> datetime:
    return instant(datetime.combine(day, time()), zone(name))


def _lines(known: Catalogue, begin: datetime, end: datetime, *, name: str, only: str) -> tuple[Line, ...]:
    where = zone(name)
    found = []
    for schedule in known.schedules:
        for shift in _parts(schedule, begin, end):
            if only in {"", *shift.people}:
                local = shift.starts.astimezone(where), shift.ends.astimezone(where)
                found.append(Line(schedule=schedule.key, starts=local[0], ends=local[1], people=shift.people))
    return tuple(found)


def _parts(schedule: Schedule, begin: datetime, end: datetime) -> list[Shift]:
    """Return shifts, joined where only the reason changes, and gaps among them."""
    parts: list[Shift] = []
    for shift in shifts(schedule, begin, end):
        if parts and parts[-1].ends == shift.starts and parts[-1].people == shift.people:
            shift = Shift(starts=parts.pop().starts, ends=shift.ends, duties=shift.duties)  # noqa: PLW2901 (one longer)
        parts.append(shift)
    parts += [Shift(starts=gap.starts, ends=gap.ends, duties=()) for gap in gaps(schedule, begin, end)]
    return sorted(parts, key=lambda part: part.starts)
