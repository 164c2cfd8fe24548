"""The one formatter for times, spans, numbers and people that people read."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta
from types import MappingProxyType
from typing import Final

# What a sentence about people is told when nobody's name is known: they keep their keys.
NOBODY: Final[Mapping[str, str]] = MappingProxyType({})
MINUTE = 60
HOUR = 3600
DAY = 86400
ALL = 100
ALMOST_ALL = 99.9
ALMOST_NOTHING = 0.001
THOUSAND = 1000
_SHAPES: Final = {1: "▲", 2: "◆", 3: "■"}


def at(moment: datetime | None, *, unknown: str = "unknown") -> str:
    """Return `2026-01-20 10:30 UTC` for an aware instant of any zone."""
    return f"{moment.astimezone(UTC):%Y-%m-%d %H:%M} UTC" if moment else unknown


def clock(moment: datetime | None, *, unknown: str = "unknown") -> str:
    """Return `10:30:05 UTC` for an aware instant of any zone."""
    return f"{moment.astimezone(UTC):%H:%M:%S} UTC" if moment else unknown


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


def lateness(late: timedelta | None, due_in: timedelta | None) -> str:
    """Return `2 min late`, `due in 4 min`, or nothing where there is no deadline."""
    if late is not None:
        return f"{span(late)} late"
    return "" if due_in is None else f"due in {span(due_in)}"


def shape(rank: int) -> str:
    """Return the mark of a severity's rank, the same wherever people see it: a colour alone is not enough."""
    return _SHAPES.get(rank, "●")


def share(percent: float | None, *, unknown: str = "unknown") -> str:
    """Return `0.3 %`: three figures, but what is not quite all, or not quite nothing, never reads as if it were."""
    if percent is None:
        return unknown
    size = abs(percent)
    if size >= THOUSAND:
        return f"{percent:,.0f} %"
    if ALMOST_ALL <= size < ALL:
        return f"{math.copysign(math.floor(size * 100) / 100, percent):g} %"
    if 0 < size < ALMOST_NOTHING:
        return f"{'-' if percent < 0 else ''}less than {ALMOST_NOTHING:g} %"
    return f"{percent:.3g} %"


def count(number: float | None, *, unknown: str = "unknown") -> str:
    """Return `12,450`."""
    return f"{number:,.0f}" if number is not None else unknown


def brief(text: str, *, longest: int = 90) -> str:
    """Return a text for a line that names it: on one line, cut after a word, with `…` where something was left out."""
    line = " ".join(text.split())
    if len(line) <= longest:
        return line
    cut = line[:longest]
    return f"{cut.rpartition(' ')[0] or cut}…"


def bullets(items: Iterable[str], *, unknown: str = "unknown") -> str:
    """Return one item a line with `- ` before each."""
    lines = [f"- {item}" for item in items if item]
    return "\n".join(lines) if lines else unknown


def name(person: str, names: Mapping[str, str]) -> str:
    """Return what a person is called, by their key; the key itself for somebody the configuration does not know (any more)."""
    return names.get(person) or person
