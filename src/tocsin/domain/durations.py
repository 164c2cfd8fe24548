"""Durations as people write them: `15m`, `1h30m`, `3d`, or ISO 8601 (`PT15M`)."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Final

from tocsin.domain.errors import InvalidError

_UNITS: Final = {"ms": 0.001, "s": 1, "m": 60, "min": 60, "h": 3600, "d": 86400, "w": 604800}
_PART: Final = re.compile(r"(\d+(?:\.\d+)?)\s*(ms|min|s|m|h|d|w)\s*")
_ISO: Final = re.compile(
    r"P(?:(?P<w>\d+)W)?(?:(?P<d>\d+)D)?(?:T(?:(?P<h>\d+)H)?(?:(?P<m>\d+)M)?(?:(?P<s>\d+(?:\.\d+)?)S)?)?"
)
MEND: Final = "Write a number with a unit, such as 30s, 15m, 4h, 3d or PT15M."


def parse_duration(text: str) -> timedelta:
    """Return the duration `text` says.

    Raises:
        InvalidError: it is no duration, is negative, or lacks a unit.
    """
    plain = text.strip()
    if plain == "0":
        return timedelta(0)
    seconds = _iso_seconds(plain) if plain.startswith("P") else _short_seconds(plain.lower())
    try:
        if seconds is not None:
            return timedelta(seconds=seconds)
    except OverflowError as error:
        raise InvalidError(f"{text!r} is longer than any clock", mend=MEND) from error
    raise InvalidError(f"{text!r} is not a duration", mend=MEND)


def say_duration(span: timedelta) -> str:
    """Return the shortest exact way to write `span`, which `parse_duration` reads back."""
    if not span:
        return "0s"
    left = round(span.total_seconds() * 1000)
    parts = []
    for unit, size in (("d", 86_400_000), ("h", 3_600_000), ("m", 60_000), ("s", 1000), ("ms", 1)):
        count, left = divmod(left, size)
        if count:
            parts.append(f"{count}{unit}")
    return "".join(parts) or f"{span.total_seconds():f}s"


def _short_seconds(text: str) -> float | None:
    at, seconds = 0, 0.0
    while at < len(text):
        part = _PART.match(text, at)
        if part is None:
            return None
        seconds += float(part[1]) * _UNITS[part[2]]
        at = part.end()
    return seconds if text else None


def _iso_seconds(text: str) -> float | None:
    found = _ISO.fullmatch(text)
    if found is None or not any(found.groups()):
        return None
    return sum(float(value) * _UNITS[unit] for unit, value in found.groupdict().items() if value)
