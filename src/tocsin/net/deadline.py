"""One time limit for a whole call, however many steps it has."""

from __future__ import annotations

import time


class Deadline:
    """Counts down from `limit_s` seconds on the monotonic clock, beginning now."""

    def __init__(self, limit_s: float) -> None:
        self.limit_s = limit_s
        self._began = time.monotonic()

    def elapsed_s(self) -> float:
        """Return the seconds since the beginning."""
        return time.monotonic() - self._began

    def remaining_s(self) -> float:
        """Return the seconds left, never below a millisecond: sockets read 0 as 'do not block'."""
        return max(self.limit_s - self.elapsed_s(), 0.001)

    def passed(self) -> bool:
        """Tell whether the time is up."""
        return self.elapsed_s() >= self.limit_s
