"""Ranges as people write them: `monday:friday`, `09:00-17:00`, `-3:-1`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from tocsin.domain.alerts.intervals.spans import MONTHS, WEEKDAYS, MonthDays, Months, Times, TimeSpan, Weekdays, Years
from tocsin.domain.errors import InvalidError

_LONGEST_MONTH: Final = 31
_HOUR_MINUTES: Final = 60
_DAY_MINUTES: Final = 24 * _HOUR_MINUTES
_LAST_YEAR: Final = 9999


def parse_span(
    *,
    times: Sequence[str] = (),
    weekdays: Sequence[str] = (),
    days_of_month: Sequence[str] = (),
    months: Sequence[str] = (),
    years: Sequence[str] = (),
    zone: str = "UTC",
) -> TimeSpan:
    """Return the span that these ranges make.

    Raises:
        InvalidError: a range is none, or the zone is no name of the IANA database.
    """
    try:
        ZoneInfo(zone)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        mend = "Use a name of the IANA database, such as Europe/Berlin."
        raise InvalidError(f"{zone!r} is no time zone", field="zone", mend=mend) from error
    return TimeSpan(
        times=tuple(map(parse_times, times)),
        weekdays=tuple(map(parse_weekdays, weekdays)),
        days_of_month=tuple(map(parse_month_days, days_of_month)),
        months=tuple(map(parse_months, months)),
        years=tuple(map(parse_years, years)),
        zone=zone,
    )


def parse_weekdays(text: str) -> Weekdays:
    """Return the days in `monday:friday`, `sunday`, or `saturday:monday`: wherever a week is held to begin.

    Raises:
        InvalidError: they are none.
    """
    first, last = _ends(text, WEEKDAYS, 0, "day of the week")
    return Weekdays(first=first, last=last)


def parse_months(text: str) -> Months:
    """Return the months in `january:march`, `12` or `may`.

    Raises:
        InvalidError: they are none, or the first comes after the last.
    """
    first, last = _ends(text, MONTHS, 1, "month")
    if last < first:
        raise InvalidError(
            f"{text!r} ends before it begins", field="months", mend="Write the months of each year apart."
        )
    return Months(first=first, last=last)


def parse_month_days(text: str) -> MonthDays:
    """Return the days in `1:5`, `15` or `-3:-1`.

    Raises:
        InvalidError: they are none, or the first can never come before the last.
    """
    first, last = _numbers(text, "days_of_month", -_LONGEST_MONTH, _LONGEST_MONTH)
    mend = "Count days from 1 to 31, or back from -1, the last of the month; the first before the last."
    if not first or not last:
        raise InvalidError(f"{text!r}: no month has a day 0", field="days_of_month", mend=mend)
    if first < 0 < last:
        raise InvalidError(f"{text!r} begins at the month's end", field="days_of_month", mend=mend)
    longest = last if last > 0 else _LONGEST_MONTH + last + 1
    if (first if first > 0 else _LONGEST_MONTH + first + 1) > longest:
        raise InvalidError(f"{text!r} ends before it begins", field="days_of_month", mend=mend)
    return MonthDays(first=first, last=last)


def parse_years(text: str) -> Years:
    """Return the years in `2026:2028` or `2026`.

    Raises:
        InvalidError: they are none, or the first comes after the last.
    """
    first, last = _numbers(text, "years", 1, _LAST_YEAR)
    if last < first:
        raise InvalidError(f"{text!r} ends before it begins", field="years", mend="Swap them.")
    return Years(first=first, last=last)


def parse_times(text: str) -> Times:
    """Return the times in `09:00-17:00`; `22:00-06:00` passes midnight, and 24:00 is the day's end.

    Raises:
        InvalidError: they are none, or take no time.
    """
    begin, _, end = text.partition("-")
    start, stop = _minute(begin), _minute(end)
    mend = "Write two times of 24 hours, such as 09:00-17:00."
    if start is None or stop is None or start == _DAY_MINUTES:
        raise InvalidError(f"{text!r} is no range of times", field="times", mend=mend)
    if start == stop:
        raise InvalidError(
            f"{text!r} begins when it ends", field="times", mend="The whole day is 00:00-24:00, or no times at all."
        )
    return Times(start=start, end=stop)


def _ends(text: str, names: Sequence[str], base: int, kind: str) -> tuple[int, int]:
    first, colon, last = text.strip().lower().partition(":")
    found = [_index(name.strip(), names, base) for name in (first, last if colon else first)]
    if None in found:
        mend = f"Write one, such as {names[0]}, or a range, such as {names[0]}:{names[2]}."
        raise InvalidError(f"{text!r} is no {kind}", field=kind, mend=mend)
    return found[0] or 0, found[1] or 0


def _index(name: str, names: Sequence[str], base: int) -> int | None:
    if name in names:
        return names.index(name) + base
    number = _whole(name)
    # Weekdays have no numbers: 1 is Monday for some and Sunday for others.
    return number if base and number is not None and base <= number < len(names) + base else None


def _numbers(text: str, field: str, least: int, most: int) -> tuple[int, int]:
    first, colon, last = text.strip().partition(":")
    begin, end = _whole(first.strip()), _whole((last if colon else first).strip())
    if begin is None or end is None or not (least <= begin <= most and least <= end <= most):
        mend = f"Write whole numbers from {least} to {most}, or a range such as 1:5."
        raise InvalidError(f"{text!r} is no number of {field}, nor a range", field=field, mend=mend)
    return begin, end


def _whole(text: str) -> int | None:
    digits = text.removeprefix("-")
    usable = digits.isascii() and digits.isdecimal() and len(digits) <= len(str(_LAST_YEAR))
    return int(text) if usable else None


def _minute(text: str) -> int | None:
    hour, colon, minute = text.strip().partition(":")
    both = _whole(hour), _whole(minute)
    if not colon or both[0] is None or both[1] is None or len(minute) != len("00"):
        return None
    if not 0 <= both[1] < _HOUR_MINUTES or both[0] < 0:
        return None
    total = both[0] * _HOUR_MINUTES + both[1]
    return total if total <= _DAY_MINUTES else None
