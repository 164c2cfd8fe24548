"""Whether a series stepped to another level: medians and their spread, so that one odd sample moves nothing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median

_ENOUGH_BEFORE = 8
_RECENT_ROWS = 5
_ENOUGH_RECENT = 3
_SPREADS = 3.0
_NORMAL = 1.4826  # the median deviation of a normal distribution times this is its standard deviation


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """From level `before` to level `now`, from row `row` on."""

    before: float
    now: float
    row: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Floors:
    """What a change must reach to count: a share of what was before, and an amount; both of them."""

    relative: float
    absolute: float

    def reached(self, before: float, now: float) -> bool:
        """Whether the change from `before` to `now` counts."""
        change = abs(now - before)
        return change > 0 and change >= self.relative * abs(before) and change >= self.absolute


def step_of(
    values: Sequence[float | None], quiet: int, floors: Floors, yesterday: Sequence[float | None] = ()
) -> Step | None:
    """Return the step from the first `quiet` rows to the newest ones; None where there is none, or too little is known.

    It must reach the floors, stand three spreads away from quiet times, and not have been there at the same hour yesterday.
    """
    before = _known(values[:quiet])
    level = recent_level(values, quiet)
    if len(before) < _ENOUGH_BEFORE or level is None:
        return None
    centre = median(before)
    spread = _NORMAL * median(abs(one - centre) for one in before)
    if not floors.reached(centre, level) or abs(level - centre) < _SPREADS * spread:
        return None
    usual = recent_level(yesterday, quiet)
    if usual is not None and not floors.reached(usual, level):
        return None
    return Step(before=centre, now=level, row=_since(values, quiet, (centre + level) / 2, rising=level > centre))


def recent_level(values: Sequence[float | None], quiet: int) -> float | None:
    """Return the median of the newest rows after the quiet ones, None where hardly any has a value."""
    newest = _known(values[max(quiet, len(values) - _RECENT_ROWS) :])
    return median(newest) if len(newest) >= _ENOUGH_RECENT else None


def vanished(values: Sequence[float | None], quiet: int) -> bool:
    """Whether a series was there in quiet times and has no newest value."""
    return len(_known(values[:quiet])) >= _ENOUGH_BEFORE and not _known(values[-_RECENT_ROWS:])


def _known(values: Sequence[float | None]) -> list[float]:
    return [one for one in values if one is not None]


def _since(values: Sequence[float | None], quiet: int, halfway: float, *, rising: bool) -> int:
    """Return the first row of the newest run of rows beyond the halfway mark; one row on the other side ends no run."""
    first, misses = len(values) - 1, 0
    for row in range(len(values) - 1, quiet - 1, -1):
        value = values[row]
        if value is None:
            continue
        if (value > halfway) == rising:
            first, misses = row, 0
        elif misses:
            break
        else:
            misses += 1
    return first
