"""Whose turn it is: hand-offs counted by wall clock, so that one at 09:00 stays at 09:00 when clocks change (R-ONC-1).

Turn n begins at the start plus n times the length, in naive local time. A turn whose hour is left out has no length;
one whose hour comes twice is longer.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Protocol

from tocsin.domain.oncall.wall_clock import instant, reached, zone
from tocsin.domain.schedules import TurnLength

_LENGTHS = {"hourly": timedelta(hours=1), "daily": timedelta(days=1), "weekly": timedelta(weeks=1)}
_MONTHS = 12
_WEEK = 7
_DAY = timedelta(days=1)


class Turns(Protocol):
    """What counts turns: `length` hours, days, weeks or months each, from `starts` in naive local time."""

    @property
    def starts(self) -> datetime:
        """When turn 0 begins."""
        ...

    @property
    def turn(self) -> TurnLength:
        """The unit of a turn."""
        ...

    @property
    def length(self) -> int:
        """How many units a turn has."""
        ...

    @property
    def worked(self) -> tuple[int, ...]:
        """The weekdays that daily turns count, Monday 0, in order; none where they count all."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Rotation:
    """Turns of `length` hours, days, weeks or months from `starts` (naive local time of `zone`, an IANA name).

    A month's hand-off on the 29th to 31st falls on the last day of a shorter month. Daily turns count only the weekdays
    `worked`, where there are any; turn 0 begins with the first of them.
    """

    zone: str
    starts: datetime
    turn: TurnLength = "weekly"
    length: int = 1
    worked: tuple[int, ...] = ()


def handoff(rotation: Rotation, number: int) -> datetime:
    """Return the instant, in UTC, at which turn `number` begins; turn 0 begins at `starts`, earlier ones count down."""
    return instant(begins(rotation, number), zone(rotation.zone))


def turn_at(rotation: Rotation, at: datetime) -> int:
    """Return the number of the last turn that has begun by the aware instant `at`; negative before the start."""
    return turn_by(rotation, reached(at, zone(rotation.zone)))


def turn_by(turns: Turns, clock: datetime) -> int:
    """Return the number of the last turn that has begun when clocks have shown `clock`."""
    start = turns.starts
    if turns.worked and turns.turn == "daily":
        day = (clock - timedelta(hours=start.hour, minutes=start.minute, seconds=start.second)).date()
        return (_worked_by(turns, day) - _first_worked(turns)) // turns.length
    if turns.turn != "monthly":
        return (clock - start) // (turns.length * _LENGTHS[turns.turn])
    number = ((clock.year - start.year) * _MONTHS + clock.month - start.month) // turns.length
    return number - 1 if begins(turns, number) > clock else number


def begins(turns: Turns, number: int) -> datetime:
    """Return the naive local time at which turn `number` begins."""
    start = turns.starts
    if turns.worked and turns.turn == "daily":
        week, place = divmod(_first_worked(turns) + number * turns.length - 1, len(turns.worked))
        return datetime.combine(date.fromordinal(1 + week * _WEEK + turns.worked[place]), start.time())
    if turns.turn != "monthly":
        return start + number * turns.length * _LENGTHS[turns.turn]
    months = start.year * _MONTHS + start.month - 1 + number * turns.length
    year, month = divmod(months, _MONTHS)
    following = datetime(year + (month + 1) // _MONTHS, (month + 1) % _MONTHS + 1, 1)  # noqa: DTZ001 (local, as the start)
    return start.replace(year=year, month=month + 1, day=min(start.day, (following - _DAY).day))


def _worked_by(turns: Turns, day: date) -> int:
    """Return how many worked days there were up to `day`, counted from the first Monday of all."""
    weeks, weekday = divmod(day.toordinal() - 1, _WEEK)
    return weeks * len(turns.worked) + sum(1 for worked in turns.worked if worked <= weekday)


def _first_worked(turns: Turns) -> int:
    return _worked_by(turns, turns.starts.date() - _DAY) + 1
