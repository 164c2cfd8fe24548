"""Counts over time in a fixed number of buckets, whose width grows with what the log spans."""

from __future__ import annotations

from collections.abc import Callable

BUCKETS = 64
_FIRST_WIDTH_S = 1


class Timeline:
    """Buckets that all counts share. `start_s` and `width_s` are whole seconds; widths are powers of two."""

    def __init__(self) -> None:
        self.start_s = 0
        self.width_s = 0

    def covers(self, at_s: float) -> bool:
        """Whether a bucket exists for `at_s`."""
        return self.width_s > 0 and self.start_s <= at_s < self.start_s + BUCKETS * self.width_s

    def index(self, at_s: float) -> int:
        """Return the bucket of `at_s`, which must be covered."""
        return int((at_s - self.start_s) // self.width_s)

    def widen(self, at_s: float) -> Callable[[list[int]], list[int]] | None:
        """Make room for `at_s`; return what moves old counts into the new buckets, None where none were held yet."""
        if not self.width_s:
            self.width_s = _FIRST_WIDTH_S
            self.start_s = int(at_s // 1)
            return None
        low = min(self.start_s, int(at_s // 1))
        high = max(self.start_s + BUCKETS * self.width_s, int(at_s // 1) + 1)
        old_start, old_width, width = self.start_s, self.width_s, self.width_s
        start = low - low % width
        while high - start > BUCKETS * width:
            width *= 2
            start = low - low % width
        self.start_s, self.width_s = start, width

        def moved(counts: list[int]) -> list[int]:
            new = blank()
            for number, count in enumerate(counts):
                if count:
                    new[(old_start + number * old_width - start) // width] += count
            return new

        return moved


def blank() -> list[int]:
    """Return empty buckets."""
    return [0] * BUCKETS
