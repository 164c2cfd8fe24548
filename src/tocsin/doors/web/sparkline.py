"""A series as the path of a small picture, and as a sentence for those who do not see it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

WIDTH: Final = 160
HEIGHT: Final = 36
MARGIN: Final = 3
MOST_POINTS: Final = 60

Points = Sequence[tuple[datetime, float]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Spark:
    """`path` draws the series; `mark` is where the marked instant lies, None outside. `label` says it in words."""

    path: str
    label: str
    last: float
    mark: float | None = None


def spark(name: str, points: Points, *, marked: datetime | None = None) -> Spark | None:
    """Return a picture `WIDTH` x `HEIGHT` of `points` in time order, highest value on top; None below two points.

    Long series are thinned to their highest values, so that no spike is lost.
    """
    if len(points) < 2:  # noqa: PLR2004 (a line has two ends)
        return None
    thin = _thinned(points)
    begin, end = points[0][0], points[-1][0]
    length = (end - begin).total_seconds() or 1.0
    values = [value for _, value in points]
    low, high = min(0.0, *values), max(values)
    spread = (high - low) or 1.0

    def across(at: datetime) -> float:
        return round(WIDTH * (at - begin).total_seconds() / length, 1)

    def up(value: float) -> float:
        return round(HEIGHT - MARGIN - (HEIGHT - 2 * MARGIN) * (value - low) / spread, 1)

    path = "M" + "L".join(f"{across(at):g} {up(value):g}" for at, value in thin)
    last = values[-1]
    label = f"{name}: first {values[0]:.4g}, lowest {min(values):.4g}, highest {high:.4g}, now {last:.4g}"
    mark = across(marked) if marked is not None and begin <= marked <= end else None
    return Spark(path=path, label=label, last=last, mark=mark)


def _thinned(points: Points) -> Points:
    size = -(-len(points) // MOST_POINTS)
    return [max(points[n : n + size], key=lambda point: point[1]) for n in range(0, len(points), size)]
