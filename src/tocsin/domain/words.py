"""The one formatter for times, spans and numbers that people read."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta

MINUTE = 60
HOUR = 3600
DAY = 86400


def at(moment: datetime | None, *, unknown: str = "unknown") -> str:
    """Return `2026-01-20 10:30 UTC`."""
    return f"{moment:%Y-%m-%d %H:%M} UTC" if moment else unknown


def clock(moment: datetime | None, *, unknown: str = "unknown") -> str:
    """Return `10:30:05 UTC`."""
    return f"{moment:%H:%M:%S} UTC" if moment else unknown


def span(length: timedelta | None, *, unknown: str = "unknown") -> str:
    """Return the two largest units: `35 s`, `12 min 5 s`, `1 h 22 min`, `3 d 4 h`; negative spans keep their sign."""
    if length is None:
        return unknown
    seconds = round(length.total_seconds())
    sign, seconds = ("-", -seconds) if seconds < 0 else ("", seconds)
    if seconds < MINUTE:
        return f"{sign}{seconds} s"
    for big, big_name, small, small_name in (
        (DAY, "d", HOUR, "h"), (HOUR, "h", MINUTE, "min"), (MINUTE, "min", 1, "s"),
    ):  # fmt: skip
        if seconds >= big:
            whole, rest = divmod(seconds, big)
            return f"{sign}{whole} {big_name}" + (f" {rest // small} {small_name}" if rest // small else "")
    return f"{sign}{seconds} s"


def share(percent: float | None, *, unknown: str = "unknown") -> str:
    """Return `0.3 %`."""
    return f"{percent:.3g} %" if percent is not None else unknown


def count(number: float | None, *, unknown: str = "unknown") -> str:
    """Return `12,450`."""
    return f"{number:,.0f}" if number is not None else unknown


def bullets(items: Iterable[str], *, unknown: str = "unknown") -> str:
    """Return one item a line with `- ` before each."""
    lines = [f"- {item}" for item in items if item]
    return "\n".join(lines) if lines else unknown
