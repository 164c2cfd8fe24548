"""Times that come again: `office-hours` is Monday to Friday, 09:00 to 17:00, in Berlin.

Alertmanager's rules. A span holds at an instant when each of its fields has a range that does; a field without ranges
always does. Days, months and clocks are those of the span's zone, so 09:00 stays 09:00 across a change of summer time:
an hour that is left out is in no range, one that comes twice is in it twice. Two things more than Alertmanager: a range
of times may pass midnight, and then belongs to the day it begins on; and one of weekdays may pass the week's end, which
is Saturday there.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

WEEKDAYS: Final = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
MONTHS: Final = (
    "january", "february", "march", "april", "may", "june",
    "july", "august", "september", "october", "november", "december",
)  # fmt: skip
_HOUR_MINUTES: Final = 60


@dataclass(frozen=True, slots=True, kw_only=True)
class Weekdays:
    """Days of the week, Monday 0 to Sunday 6, both ends included; a `last` before `first` is in the next week."""

    first: int
    last: int

    def holds(self, day: date) -> bool:
        """Return whether the day is in the range."""
        since = (day.weekday() - self.first) % len(WEEKDAYS)
        return since <= (self.last - self.first) % len(WEEKDAYS)

    def __str__(self) -> str:
        return _shown(WEEKDAYS[self.first], WEEKDAYS[self.last])


@dataclass(frozen=True, slots=True, kw_only=True)
class MonthDays:
    """Days of the month, both ends included; -1 is the last day."""

    first: int
    last: int

    def __str__(self) -> str:
        return _shown(str(self.first), str(self.last))

    def holds(self, day: date) -> bool:
        """Return whether the day is in the range; what reaches past the month's end stops there."""
        length = _month_length(day)
        first = self.first if self.first > 0 else max(length + self.first + 1, 1)
        last = self.last if self.last > 0 else length + self.last + 1
        return first <= day.day <= last


@dataclass(frozen=True, slots=True, kw_only=True)
class Months:
    """Months, January 1 to December 12, both ends included."""

    first: int
    last: int

    def __str__(self) -> str:
        return _shown(MONTHS[self.first - 1], MONTHS[self.last - 1])


@dataclass(frozen=True, slots=True, kw_only=True)
class Years:
    """Years, both ends included."""

    first: int
    last: int

    def __str__(self) -> str:
        return _shown(str(self.first), str(self.last))


@dataclass(frozen=True, slots=True, kw_only=True)
class Times:
    """Minutes of the day, from `start` up to, not including, `end`; an `end` before `start` is on the next day."""

    start: int
    end: int

    def __str__(self) -> str:
        return f"{_clock(self.start)}-{_clock(self.end)}"


@dataclass(frozen=True, slots=True, kw_only=True)
class TimeSpan:
    """One recurring stretch of time. Every field given must hold; one of its ranges is enough."""

    times: tuple[Times, ...] = ()
    weekdays: tuple[Weekdays, ...] = ()
    days_of_month: tuple[MonthDays, ...] = ()
    months: tuple[Months, ...] = ()
    years: tuple[Years, ...] = ()
    zone: str = "UTC"

    def holds(self, at: datetime) -> bool:
        """Return whether the aware instant lies in the span."""
        local = at.astimezone(ZoneInfo(self.zone))
        today = local.date()
        if not self.times:
            return self._on(today)
        minute = local.hour * _HOUR_MINUTES + local.minute
        for times in self.times:
            overnight = times.end <= times.start
            if minute >= times.start and (overnight or minute < times.end) and self._on(today):
                return True
            if overnight and minute < times.end and today > date.min and self._on(today - timedelta(days=1)):
                return True
        return False

    def _on(self, day: date) -> bool:
        return (
            (not self.weekdays or any(days.holds(day) for days in self.weekdays))
            and (not self.days_of_month or any(days.holds(day) for days in self.days_of_month))
            and _within(self.months, day.month)
            and _within(self.years, day.year)
        )

    def __str__(self) -> str:
        fields = (self.weekdays, self.days_of_month, self.months, self.years, self.times)
        said = [", ".join(str(one) for one in ranges) for ranges in fields if ranges]
        return f"{'; '.join(said) or 'always'} {self.zone}"


@dataclass(frozen=True, slots=True, kw_only=True)
class TimeInterval:
    """A named time: it holds while one of its spans does."""

    key: str
    any_of: tuple[TimeSpan, ...]


def holds(spans: Iterable[TimeSpan], at: datetime) -> bool:
    """Return whether one of the spans holds at the aware instant."""
    return any(span.holds(at) for span in spans)


def holding(names: Sequence[str], intervals: Mapping[str, TimeInterval], at: datetime) -> tuple[str, ...]:
    """Return which of the named intervals hold at the aware instant; an unknown one never does."""
    return tuple(name for name in names if name in intervals and holds(intervals[name].any_of, at))


def _month_length(day: date) -> int:
    if day.month == len(MONTHS):
        return 31
    return (date(day.year, day.month + 1, 1) - timedelta(days=1)).day


def _within(ranges: Sequence[Months | Years], value: int) -> bool:
    return not ranges or any(one.first <= value <= one.last for one in ranges)


def _clock(minute: int) -> str:
    return f"{minute // _HOUR_MINUTES:02}:{minute % _HOUR_MINUTES:02}"


def _shown(first: str, last: str) -> str:
    return first if first == last else f"{first}:{last}"
