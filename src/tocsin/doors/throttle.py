"""Slows down guessing of passwords: a bounded memory of failures by person and address."""

from __future__ import annotations

import threading
import time
from collections import OrderedDict
from collections.abc import Callable
from typing import Final

FREE_TRIES: Final = 5
FREE_TRIES_PER_ADDRESS: Final = 50
FIRST_WAIT_S: Final = 30.0
LONGEST_WAIT_S: Final = 900.0
KEPT: Final = 10_000


class Throttle:
    """Counts failures; after `FREE_TRIES` of one person from one address each further one doubles the wait.

    At most `KEPT` pairs are remembered, the least recently seen forgotten first. `clock` answers in seconds.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._failures: OrderedDict[tuple[str, str], tuple[int, float]] = OrderedDict()

    def wait_s(self, person: str, address: str) -> float:
        """Return how many seconds this person must wait at this address; 0 when they may try."""
        now = self._clock()
        with self._lock:
            return max(0.0, *(self._until(key, free) - now for key, free in _keys(person, address)))

    def failed(self, person: str, address: str) -> None:
        """Remember a failure."""
        now = self._clock()
        with self._lock:
            for key, _ in _keys(person, address):
                count, last = self._failures.pop(key, (0, now))
                self._failures[key] = (1 if now - last > LONGEST_WAIT_S else count + 1, now)
            while len(self._failures) > KEPT:
                self._failures.popitem(last=False)

    def succeeded(self, person: str, address: str) -> None:
        """Forget this person's failures at this address; the address' own count stays."""
        with self._lock:
            self._failures.pop((person.casefold(), address), None)

    def _until(self, key: tuple[str, str], free: int) -> float:
        count, last = self._failures.get(key, (0, 0.0))
        if count < free:
            return 0.0
        return last + min(LONGEST_WAIT_S, FIRST_WAIT_S * 2.0 ** min(count - free, 10))


def _keys(person: str, address: str) -> tuple[tuple[tuple[str, str], int], ...]:
    return ((person.casefold(), address), FREE_TRIES), (("", address), FREE_TRIES_PER_ADDRESS)
