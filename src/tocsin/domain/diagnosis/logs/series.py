"""A number that a template carries, sampled evenly over the whole log in bounded memory."""

from __future__ import annotations

MOST_SAMPLES = 64

_UNITS_S = {"ns": 1e-9, "us": 1e-6, "µs": 1e-6, "ms": 1e-3, "s": 1.0, "sec": 1.0, "secs": 1.0, "seconds": 1.0}
_STRIPPED = "([{<'\"`,.;:!?)]}>|"
_NUMBER = frozenset("0123456789.+-eE")
_PLAIN = frozenset("0123456789.-")


class Series:
    """Every `stride`-th value with its time, oldest first; the stride doubles when the room is used up."""

    __slots__ = ("stride", "times", "values")

    def __init__(self) -> None:
        self.times: list[float] = []
        self.values: list[float] = []
        self.stride = 1

    def add(self, at_s: float, value: float) -> None:
        """Keep a value; thin out what is held when there is no room."""
        self.times.append(at_s)
        self.values.append(value)
        if len(self.times) >= 2 * MOST_SAMPLES:
            self.times = self.times[::2]
            self.values = self.values[::2]
            self.stride *= 2

    def joined(self, other: Series) -> Series:
        """Return both in one, in the order of time."""
        both = Series()
        pairs = sorted([*zip(self.times, self.values, strict=True), *zip(other.times, other.values, strict=True)])
        step = max(1, -(-len(pairs) // (2 * MOST_SAMPLES - 1)))
        for at_s, value in pairs[::step]:
            both.times.append(at_s)
            both.values.append(value)
        both.stride = max(self.stride, other.stride)
        return both


def number_in(word: str) -> float | None:
    """Return the number a word is, without `name=`, brackets and unit: durations in seconds, anything else as written."""
    text = word.strip(_STRIPPED)
    if "=" in text:
        text = text.rpartition("=")[2].strip(_STRIPPED)
    unit = text.lstrip("0123456789.-+")
    if unit:
        text = text[: -len(unit)]
    if not text or not _PLAIN.issuperset(text):
        return None
    try:
        value = float(text)
    except ValueError:
        return None
    if not unit or unit == "%":
        return value
    factor = _UNITS_S.get(unit)
    if factor is not None:
        return value * factor
    return value if unit.isalpha() and len(unit) <= 3 else None  # noqa: PLR2004 (MiB, kB, rps)
