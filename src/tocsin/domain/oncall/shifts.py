"""A schedule over a span of time: its shifts, its gaps, and what a change of it would change.

Who is on call can change only at an edge: a hand-off, the start or end of hours, a layer or a change, or a holiday's
midnight. `duties` is asked at each, so that a list of shifts says at every instant what `on_call` says.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise
from typing import TypeVar
from zoneinfo import ZoneInfo

from tocsin.domain.oncall.rotation import begins, turn_by
from tocsin.domain.oncall.schedule import Duty, duties, on_call
from tocsin.domain.oncall.wall_clock import instant, reached, shown, zone
from tocsin.domain.schedules import Layer, Override, Schedule, Swap, Temporary

T = TypeVar("T")
_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Shift:
    """Hours without a hand-off: who is on call, and by what each of them is."""

    starts: datetime
    ends: datetime
    duties: tuple[Duty, ...]

    @property
    def people(self) -> tuple[str, ...]:
        """Who is on call."""
        return tuple(duty.person for duty in self.duties)


@dataclass(frozen=True, slots=True, kw_only=True)
class Gap:
    """Hours in which nobody is on call."""

    starts: datetime
    ends: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """Hours in which another version of a schedule has other people on call."""

    starts: datetime
    ends: datetime
    before: tuple[str, ...]
    after: tuple[str, ...]


def shifts(schedule: Schedule, begin: datetime, end: datetime) -> tuple[Shift, ...]:
    """Return who is on call from `begin` to `end`, cut there, in order; hours with nobody are left out."""
    spans = _spans(edges(schedule, begin, end), lambda at: duties(schedule, at))
    return tuple(Shift(starts=starts, ends=ends, duties=found) for starts, ends, found in spans if found)


def gaps(schedule: Schedule, begin: datetime, end: datetime) -> tuple[Gap, ...]:
    """Return the hours from `begin` to `end` in which nobody is on call."""
    spans = _spans(edges(schedule, begin, end), lambda at: bool(duties(schedule, at)))
    return tuple(Gap(starts=starts, ends=ends) for starts, ends, found in spans if not found)


def changes(old: Schedule, new: Schedule, begin: datetime, end: datetime) -> tuple[Change, ...]:
    """Return where from `begin` to `end` other people are on call by `new` than by `old`; their order does not count."""
    cuts = sorted({*edges(old, begin, end), *edges(new, begin, end)})
    spans = _spans(cuts, lambda at: (on_call(old, at), on_call(new, at)))
    return tuple(
        Change(starts=starts, ends=ends, before=before, after=after)
        for starts, ends, (before, after) in spans
        if set(before) != set(after)
    )


def edges(schedule: Schedule, begin: datetime, end: datetime) -> list[datetime]:
    """Return the instants, in order, at which who is on call may change, with `begin` and `end`."""
    found = {at for layer in schedule.rotations for at in _layer_edges(schedule, layer, begin, end)}
    changing: tuple[Override | Temporary | Swap, ...] = (*schedule.overrides, *schedule.temporaries, *schedule.swaps)
    found |= {at for one in changing for at in (one.starts, one.ends)}
    found |= {at for t in schedule.temporaries for shift in t.shifts for at in (shift.starts, shift.ends)}
    return sorted({begin, end} | {at for at in found if begin < at < end}) if begin < end else []


def _spans(cuts: list[datetime], answer: Callable[[datetime], T]) -> Iterator[tuple[datetime, datetime, T]]:
    """Ask at every edge, and join neighbours with the same answer."""
    open_: tuple[datetime, datetime, T] | None = None
    for starts, ends in pairwise(cuts):
        found = answer(starts)
        if open_ is not None and open_[2] == found:
            open_ = (open_[0], ends, found)
            continue
        if open_ is not None:
            yield open_
        open_ = (starts, ends, found)
    if open_ is not None:
        yield open_


def _layer_edges(schedule: Schedule, layer: Layer, begin: datetime, end: datetime) -> Iterator[datetime]:
    where = zone(layer.zone or schedule.zone)
    yield instant(layer.starts, where)
    if layer.ends is not None:
        yield instant(layer.ends, where)
    number, last = turn_by(layer, reached(begin, where)), reached(end, where)
    while len(layer.turns) > 1 and begins(layer, number) <= last:
        yield instant(begins(layer, number), where)
        number += 1
    if layer.hours or schedule.holidays:
        yield from _daily_edges(schedule, layer, (begin, end), where)


def _daily_edges(
    schedule: Schedule, layer: Layer, span: tuple[datetime, datetime], where: ZoneInfo
) -> Iterator[datetime]:
    """Edges of hours on every day, and midnights around holidays."""
    free = {day for dates in schedule.holidays.values() for day in dates}
    midnight = datetime.combine(shown(span[0], where) - _DAY, datetime.min.time())
    last = shown(span[1], where) + _DAY
    while midnight <= last:
        for hours in layer.hours:
            yield instant(datetime.combine(midnight, hours.from_), where)
            yield instant(datetime.combine(midnight, hours.to), where)
        if {midnight.date(), (midnight - _DAY).date()} & free:
            yield instant(midnight, where)
        midnight += _DAY
