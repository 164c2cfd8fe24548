"""What templates see: plain values, and one honest stand-in for everything that nobody told us."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from datetime import UTC, date, datetime, timedelta
from enum import Enum
from itertools import islice

from jinja2 import ChainableUndefined

UNKNOWN = "unknown"
MAX_DEPTH = 8
MAX_ITEMS = 1_000


class Unknown(ChainableUndefined):
    """Prints as 'unknown', is false, has no parts, stays unknown in sums and lies on no side of a comparison."""

    __slots__ = ()

    def __str__(self) -> str:
        return UNKNOWN

    def __html__(self) -> str:
        return UNKNOWN

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Unknown) or other == UNKNOWN

    def __ne__(self, other: object) -> bool:
        return not self == other

    def __hash__(self) -> int:
        return hash(UNKNOWN)

    def _same(self, *_: object, **__: object) -> Unknown:
        return self

    def _no(self, *_: object) -> bool:
        return False

    __call__ = __add__ = __radd__ = __sub__ = __rsub__ = __mul__ = __rmul__ = _same  # type: ignore[assignment]  # Undefined raises in these
    __truediv__ = __rtruediv__ = __floordiv__ = __rfloordiv__ = __mod__ = __rmod__ = _same  # type: ignore[assignment]  # Undefined raises in these
    __pos__ = __neg__ = _same  # type: ignore[assignment]  # Undefined raises in these
    __lt__ = __le__ = __gt__ = __ge__ = _no  # type: ignore[assignment]  # Undefined raises in these


def plain(value: object, depth: int = 0) -> object:
    """Return `value` without methods to call: records become mappings, None becomes `Unknown`."""
    if depth > MAX_DEPTH:
        return "…"
    match value:
        case None:
            return Unknown()
        case Enum():
            return plain(value.value, depth)
        case bool() | int() | float() | datetime() | date() | timedelta():
            return value
        case str():
            return str(value)
        case Mapping():
            return {str(key): plain(part, depth + 1) for key, part in value.items()}
        case bytes():
            return value.decode("utf-8", "replace")
        case Sequence():
            return [plain(part, depth + 1) for part in value]
        case AbstractSet():
            return sorted((plain(part, depth + 1) for part in value), key=str)
        case _ if dataclasses.is_dataclass(value):
            fields = dataclasses.fields(value)
            return {field.name: plain(getattr(value, field.name), depth + 1) for field in fields}
        case _:
            return str(value)


def printed(value: object) -> object:
    """Return how `value` reads in a message: times to the minute in UTC, no float noise, lists with commas."""
    match value:
        case None:
            return UNKNOWN
        case bool():
            return "yes" if value else "no"
        case float():
            return f"{value:.4f}".rstrip("0").rstrip(".")
        case datetime():
            at = value.astimezone(UTC) if value.tzinfo else value
            return f"{at:%Y-%m-%d %H:%M} UTC"
        case list() | tuple() | Iterator():
            return ", ".join(str(printed(part)) for part in islice(value, MAX_ITEMS))
        case _:
            return value
