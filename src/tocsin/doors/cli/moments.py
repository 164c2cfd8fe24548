"""Times as people type them and spans as they read them; always UTC."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from tocsin.domain import words
from tocsin.doors.cli.exits import CommandError, ExitCode

UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days"}
MEND = "Write 14:23 (UTC), 15m (ago), or 2026-01-20T14:23Z."


def moment(text: str, now: datetime, *, flag: str = "--at") -> datetime:
    """Return the time that `text` names: `14:23` is the latest such time in UTC, `15m` is that long before `now`.

    Raises:
        CommandError: it names none (exit 2).
    """
    found = _ago(text, now) or _clock(text, now) or _stamp(text)
    if found is None:
        raise CommandError(f"{text!r} is not a time", ExitCode.USAGE, where=flag, mend=MEND)
    return found


def deadline(text: str, now: datetime, *, flag: str = "--due") -> datetime:
    """Return the time that `text` names as something still to come: `3d` is three days from `now`.

    Raises:
        CommandError: it names none (exit 2).
    """
    past = _ago(text, now)
    found = now + (now - past) if past else _stamp(text)
    if found is None:
        raise CommandError(
            f"{text!r} is not a date", ExitCode.USAGE, where=flag, mend="Write 3d (from now) or 2026-01-20."
        )
    return found


def stamp(text: str, now: datetime, *, flag: str = "--at") -> str | None:
    """Return the time as the API takes it, or None for an empty text."""
    return moment(text, now, flag=flag).isoformat() if text else None


def _ago(text: str, now: datetime) -> datetime | None:
    number, unit = text.removesuffix(" ago").removeprefix("-")[:-1], text.removesuffix(" ago")[-1:]
    if unit not in UNITS or not number.isascii() or not number.isdecimal():
        return None
    return now - timedelta(**{UNITS[unit]: int(number)})


def _clock(text: str, now: datetime) -> datetime | None:
    for form in ("%H:%M", "%H:%M:%S"):
        try:
            clock = datetime.strptime(text, form).replace(tzinfo=UTC).timetz()
        except ValueError:
            continue
        today = datetime.combine(now.astimezone(UTC).date(), clock)
        return today if today <= now else today - timedelta(days=1)
    return None


def _stamp(text: str) -> datetime | None:
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        return None
    return found if found.tzinfo else found.replace(tzinfo=UTC)


def read(text: object) -> datetime | None:
    """Return a time as the API writes it, or None."""
    return datetime.fromisoformat(text) if isinstance(text, str) and text else None


def length(text: object) -> timedelta | None:
    """Return a span as the API writes it (ISO 8601, such as `-PT4M30S`, or seconds), or None."""
    if isinstance(text, int | float):
        return timedelta(seconds=text)
    if not isinstance(text, str) or "P" not in text:
        return None
    sign = -1 if text.startswith("-") else 1
    days, _, clock = text.lstrip("+-").removeprefix("P").partition("T")
    total = timedelta()
    for part, units in ((days, {"W": "weeks", "D": "days"}), (clock, {"H": "hours", "M": "minutes", "S": "seconds"})):
        number = ""
        for sign_or_digit in part:
            if sign_or_digit in units:
                total += timedelta(**{units[sign_or_digit]: float(number)})
                number = ""
            else:
                number += sign_or_digit
    return sign * total


def ago(text: object, now: datetime) -> str:
    """Return `14:23:05 UTC, 12 min 5 s ago` for a time as the API writes it; with the day when that is not today."""
    when = read(text)
    if when is None:
        return "unknown"
    when = when.astimezone(UTC)
    shown = words.clock(when) if when.date() == now.astimezone(UTC).date() else words.at(when)
    apart = now - when
    return f"{shown}, {words.span(apart)} ago" if apart >= timedelta(0) else f"{shown}, in {words.span(-apart)}"
