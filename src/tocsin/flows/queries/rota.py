"""Schedules day by day, as a calendar shows them."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta

from tocsin.domain.oncall.shifts import Shift
from tocsin.domain.oncall.wall_clock import instant, shown, zone
from tocsin.flows.engine import Engine
from tocsin.flows.history import Piece, gaps_then, pieces, shifts_then
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
        spans = pieces(tx, begins[0], begins[-1])
    only = reader if mine else ""
    return Rota(
        zone=name,
        today=today,
        days=tuple(
            CalendarDay(
                day=(first or today) + n * _DAY, lines=_lines(spans, begins[n], begins[n + 1], name=name, only=only)
            )
            for n in range(days)
        ),
    )


def _midnight(day: date, name: str) -> datetime:
    return instant(datetime.combine(day, time()), zone(name))


def _lines(spans: tuple[Piece, ...], begin: datetime, end: datetime, *, name: str, only: str) -> tuple[Line, ...]:
    where = zone(name)
    of_day = tuple(
        replace(one, starts=max(one.starts, begin), ends=min(one.ends, end))
        for one in spans
        if one.starts < end and one.ends > begin
    )
    found = []
    for key in dict.fromkeys(s.key for one in of_day for s in one.catalogue.schedules):
        for shift in _parts(of_day, key):
            if only in {"", *shift.people}:
                local = shift.starts.astimezone(where), shift.ends.astimezone(where)
                found.append(Line(schedule=key, starts=local[0], ends=local[1], people=shift.people))
    return tuple(found)


def _parts(of_day: tuple[Piece, ...], key: str) -> list[Shift]:
    """Return shifts, joined where only the reason changes, and gaps among them."""
    parts: list[Shift] = []
    for shift in shifts_then(of_day, key):
        if parts and parts[-1].ends == shift.starts and parts[-1].people == shift.people:
            shift = Shift(starts=parts.pop().starts, ends=shift.ends, duties=shift.duties)  # noqa: PLW2901 (one longer)
        parts.append(shift)
    parts += [Shift(starts=gap.starts, ends=gap.ends, duties=()) for gap in gaps_then(of_day, key)]
    return sorted(parts, key=lambda part: part.starts)
