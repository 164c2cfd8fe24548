"""Amounts with their units, as code, settings and logs write them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Literal

import re2

Measure = Literal["", "s", "B", "%"]
_AMOUNT = re2.compile(
    r"(?:\bof(Nanos|Millis|Seconds|Minutes|Hours|Days)\(\s*|\b(milliseconds|seconds|minutes|hours|days)\s*=\s*"
    r"|^|[^A-Za-z0-9_.])(-?[0-9][0-9_]*(?:\.[0-9]+)?)"
    r"(?:\s*\*\s*time\.(Nanosecond|Microsecond|Millisecond|Second|Minute|Hour)"
    r"|\s?(ns|us|µs|msec|ms|millis|secs?|seconds?|mins?|minutes?|hours?|days?|Ki|Mi|Gi|Ti|KiB|MiB|GiB|KB|MB|GB|%|s|m|h|d|k|K|M|G)\b|(%))?"
)
_MULTIPLIED = re2.compile(r"\btime\.(Nanosecond|Microsecond|Millisecond|Second|Minute|Hour)\s*\*\s*([0-9]+)")
_ALONE = re2.compile(
    r"((?:^|[^*\s])\s*)\btime\.(Nanosecond|Microsecond|Millisecond|Second|Minute|Hour)\b(\s*$|[,);}\s])"
)
_SUFFIX = re2.compile(r"(?i)(?:_|\b|[a-z])(ms|millis|milliseconds|msec|seconds|secs|minutes|mins|hours|days)$")

_UNITS: Final[Mapping[str, tuple[float, Measure]]] = {
    "Nanosecond": (1e-9, "s"), "Microsecond": (1e-6, "s"), "Millisecond": (1e-3, "s"), "Second": (1.0, "s"),
    "Minute": (60.0, "s"), "Hour": (3600.0, "s"), "Nanos": (1e-9, "s"), "Millis": (1e-3, "s"), "Seconds": (1.0, "s"),
    "Minutes": (60.0, "s"), "Hours": (3600.0, "s"), "Days": (86400.0, "s"), "ns": (1e-9, "s"), "us": (1e-6, "s"),
    "µs": (1e-6, "s"), "ms": (1e-3, "s"), "msec": (1e-3, "s"), "millis": (1e-3, "s"), "milliseconds": (1e-3, "s"),
    "s": (1.0, "s"), "sec": (1.0, "s"), "secs": (1.0, "s"), "second": (1.0, "s"), "seconds": (1.0, "s"),
    "min": (60.0, "s"), "mins": (60.0, "s"), "minute": (60.0, "s"), "minutes": (60.0, "s"), "h": (3600.0, "s"),
    "hour": (3600.0, "s"), "hours": (3600.0, "s"), "d": (86400.0, "s"), "day": (86400.0, "s"), "days": (86400.0, "s"),
    "Ki": (2**10, "B"), "Mi": (2**20, "B"), "Gi": (2**30, "B"), "Ti": (2**40, "B"), "KiB": (2**10, "B"),
    "MiB": (2**20, "B"), "GiB": (2**30, "B"), "KB": (2**10, "B"), "MB": (2**20, "B"), "GB": (2**30, "B"), "k": (1000.0, ""),
    "K": (2**10, "B"), "M": (2**20, "B"), "G": (2**30, "B"), "%": (1.0, "%"),
}  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Quantity:
    """A number in its base unit (seconds, bytes); `written` is how it stood there."""

    value: float
    measure: Measure
    written: str


def quantities(text: str) -> tuple[Quantity, ...]:
    """Return every amount in `text`, in order."""
    turned = str(_ALONE.sub(r"\g<1>1 * time.\2", _MULTIPLIED.sub(r"\2 * time.\1", text)))
    minutes = "cpu" not in turned.lower()
    return tuple(_quantity(*found, minutes=minutes) for found in _AMOUNT.findall(turned))


def field_quantity(name: str, value: str) -> Quantity | None:
    """Return a field's amount, its unit taken from the value or from the end of the name (`deadline_ms`)."""
    found = quantities(f" {value}")
    if len(found) != 1 or found[0].written not in value:
        return None
    ending = _SUFFIX.search(name)
    if found[0].measure or not ending:
        return found[0]
    return _scaled(found[0].written, ending.group(1).lower())


def _quantity(*found: str, minutes: bool) -> Quantity:
    of, keyword, digits, go, unit, percent = found
    # `m` is minutes, but in manifests thousandths of a processor.
    return _scaled(digits, of or keyword or go or ("min" if unit == "m" and minutes else unit) or percent)


def _scaled(digits: str, unit: str) -> Quantity:
    factor, measure = _UNITS.get(unit, (1.0, ""))
    return Quantity(value=float(digits.replace("_", "")) * factor, measure=measure, written=digits + unit)
