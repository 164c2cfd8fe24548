"""Values as strangers write them: times, levels, numbers and nested fields, read leniently."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime

from tocsin.domain.diagnosis.correlation.incident import Level

_DEEPEST = 4
_LONGEST = 2_000
_MILLIS_FROM = 1e11
_LEVELS: Mapping[str, Level] = {
    "trace": "debug", "debug": "debug", "warn": "warn", "warning": "warn", "error": "error", "err": "error",
    "fatal": "error", "critical": "error", "crit": "error", "alert": "error", "emergency": "error", "panic": "error",
}  # fmt: skip


def moment(value: object) -> datetime | None:
    """Return an aware UTC time from ISO text or a Unix time in seconds or milliseconds, or None."""
    try:
        if isinstance(value, int | float) and not isinstance(value, bool):
            return datetime.fromtimestamp(value / 1000 if value > _MILLIS_FROM else value, UTC)
        if not isinstance(value, str) or not value.strip():
            return None
        found = datetime.fromisoformat(value.strip())
    except (ValueError, OverflowError, OSError):
        return None
    return found.replace(tzinfo=UTC) if found.tzinfo is None else found.astimezone(UTC)


def number(value: object) -> float | None:
    """Return a finite number, or None."""
    try:
        found = float(value)  # type: ignore[arg-type]  # whatever is no number raises
    except (TypeError, ValueError, OverflowError):
        return None
    return found if math.isfinite(found) else None


def whole(value: object) -> int:
    """Return a count such as `12` or `+12`, or 0."""
    found = number(str(value).replace(",", "").strip())
    return int(found) if found is not None else 0


def text(value: object) -> str:
    """Return text of bounded length; what is no text or number is empty."""
    if isinstance(value, bool):
        return str(value).lower()
    return str(value)[:_LONGEST] if isinstance(value, str | int | float) else ""


def level(value: object) -> Level:
    """Return the level that a sender's word means; an unknown word means `info`."""
    return _LEVELS.get(text(value).strip().lower(), "info")


def fields(record: Mapping[str, object], taken: frozenset[str]) -> dict[str, str]:
    """Return the other values of a record, nested ones under dotted names."""
    return {name: value for name, value in _flat(record, "", 0) if name.partition(".")[0] not in taken and value}


def _flat(record: Mapping[str, object], prefix: str, depth: int) -> Iterator[tuple[str, str]]:
    for name, value in record.items():
        key = f"{prefix}{name}"
        if isinstance(value, Mapping):
            if depth < _DEEPEST:
                yield from _flat(value, f"{key}.", depth + 1)
        elif isinstance(value, list):
            yield key, " ".join(text(one) for one in value)[:_LONGEST]
        else:
            yield key, text(value)


def first(record: Mapping[str, object], *names: str) -> object:
    """Return the first of several spellings that has a value, or an empty string."""
    return next((record[name] for name in names if record.get(name) not in (None, "")), "")
