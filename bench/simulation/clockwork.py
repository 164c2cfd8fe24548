"""A virtual clock and what happens on it: one thing at a time, in an order that follows from the seed."""

from __future__ import annotations

import heapq
import itertools
import threading
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

START = datetime(2026, 1, 5, 12, 0, tzinfo=UTC)
Act = Callable[[], object]


class Clockwork:
    """Time that jumps from one thing to the next. `offset` is what the database's clock differs by."""

    def __init__(self) -> None:
        self.now = START
        self.offset = timedelta()
        self._due: list[tuple[datetime, int, Act]] = []
        self._numbers = itertools.count()
        self._hand: _Hand | None = None
        self._resting: list[_Hand] = []

    def __call__(self) -> datetime:
        """Return what the database's clock shows."""
        return self.now + self.offset

    def after(self, seconds: float, act: Act) -> None:
        """Have something happen later; what is due at the same instant happens in the order of asking."""
        heapq.heappush(self._due, (self.now + timedelta(seconds=seconds), next(self._numbers), act))

    def run(self, until: datetime, *, broken: Callable[[], bool]) -> None:
        """Let everything happen that is due by `until`; stop at once when something is broken."""
        while self._due and self._due[0][0] <= until and not broken():
            self.now, _, act = heapq.heappop(self._due)
            act()
        self.now = max(self.now, until)

    def begin(self, act: Act) -> None:
        """Let `act` run now, up to its end or its first `sleep`."""
        hand = self._resting.pop() if self._resting else _Hand(self._resting)
        hand.act = act
        self._resume(hand)

    def sleep(self, seconds: float) -> None:
        """Let time pass for whoever was begun by `begin`; meanwhile other things happen."""
        hand = self._hand
        assert hand is not None, "only what was begun may sleep"
        self.after(seconds, lambda: self._resume(hand))
        hand.wait()

    def close(self) -> None:
        """End the threads; one that sleeps still is left to the end of the process."""
        for hand in self._resting:
            hand.act = None
            hand.resume()

    def _resume(self, hand: _Hand) -> None:
        before, self._hand = self._hand, hand
        hand.resume()
        self._hand = before


class _Hand:
    """A thread that runs only while whoever resumed it waits, so that there is never more than one."""

    def __init__(self, resting: list[_Hand]) -> None:
        self.act: Act | None = None
        self._resting = resting
        # Bare locks, always taken: they pass one thread's turn to the other, some hundred times a run.
        self._go, self._back = threading.Lock(), threading.Lock()
        self._go.acquire()
        self._back.acquire()
        threading.Thread(target=self._loop, name="hand", daemon=True).start()

    def resume(self) -> None:
        self._go.release()
        self._back.acquire()

    def wait(self) -> None:
        self._back.release()
        self._go.acquire()

    def _loop(self) -> None:
        self._go.acquire()
        while self.act is not None:
            self.act()
            self._resting.append(self)
            self.wait()
        self._back.release()
