"""Processes that die, freeze and come back, and the store as they see it: conflicts, a database that goes away, lost answers."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from random import Random

from bench.simulation.clockwork import Clockwork
from tocsin.flows.storage import ConflictError, Heartbeat, Job, StoreUnavailableError, Timer, Tx
from tocsin.store.memory import MemoryStore


class Killed(BaseException):
    """The process is gone: nothing of it goes on, not even its exception handlers' good intentions."""


@dataclass(slots=True, kw_only=True)
class Odds:
    """How often what goes wrong, for each transaction; all of it is nought once the world is calm."""

    conflict: float = 0.0
    away: float = 0.0
    unheard: float = 0.0
    killed: float = 0.0

    def calm(self) -> None:
        """Let nothing go wrong from now on."""
        self.conflict = self.away = self.unheard = self.killed = 0.0


@dataclass(slots=True, kw_only=True)
class Process:
    """One process. `life` counts its starts: what began in an earlier one is dead."""

    name: str
    clockwork: Clockwork
    chance: Random
    say: Callable[..., None]
    on_start: Callable[[], None] = lambda: None
    alive: bool = True
    life: int = 1
    frozen_until: datetime | None = None
    calm: bool = field(default=False)

    def kill(self, why: str) -> None:
        """End it; it is started again after a while."""
        if not self.alive:
            return
        self.alive = False
        self.life += 1
        self.frozen_until = None
        away = 0.1 if self.calm else self.chance.choice((0.1, 1.0, 3.0, 20.0, 60.0, 900.0))
        self.say("killed", self.name, why, f"away {away} s")
        self.clockwork.after(away, self._start)

    def freeze(self, seconds: float) -> None:
        """Let nothing of it move for a while, as a machine that swaps or a debugger would."""
        if self.alive:
            self.say("frozen", self.name, seconds)
            self.frozen_until = self.clockwork.now + timedelta(seconds=seconds)

    def frozen_s(self) -> float:
        """Return for how long it will not move."""
        until = self.frozen_until
        return max(0.0, (until - self.clockwork.now).total_seconds()) if until else 0.0

    def sleep(self, seconds: float) -> None:
        """Let time pass for one of its threads.

        Raises:
            Killed: the process ended meanwhile.
        """
        life = self.life
        self.clockwork.sleep(seconds)
        while self.life == life and (left := self.frozen_s()):
            self.clockwork.sleep(left)
        if self.life != life:
            raise Killed

    def _start(self) -> None:
        self.alive = True
        self.say("started", self.name)
        self.on_start()


class FaultyStore:
    """The store as one process sees it."""

    def __init__(self, store: MemoryStore, process: Process, odds: Odds, committed: Callable[[], None]) -> None:
        self._store = store
        self._process = process
        self._odds = odds
        self._committed = committed

    @contextmanager
    def transaction(self) -> Iterator[Tx]:
        """Begin writing; what goes wrong goes wrong around the commit."""
        with self._store.transaction() as tx:
            yield tx
            self._before_commit()
        self._after_commit()

    @contextmanager
    def reading(self) -> Iterator[Tx]:
        """Begin a read-only snapshot."""
        if self._happens(self._odds.away):
            raise StoreUnavailableError("the database is away")
        with self._store.reading() as tx:
            yield tx

    def claim_jobs(self, worker: str, *, limit: int, lease_s: float, kinds: Sequence[str] = ()) -> list[Job]:
        """Lease due rows; the worker may die, or never hear, before it has begun any."""
        if not self._due():
            return []
        found = self._store.claim_jobs(worker, limit=limit, lease_s=lease_s, kinds=kinds)
        if found:
            self._after_commit()
        return found

    def renew(self, jobs: Sequence[Job], lease_s: float) -> None:
        """Extend leases."""
        self._store.renew(jobs, lease_s)

    def claim_timers(self, worker: str, *, limit: int, lease_s: float) -> list[Timer]:
        """Lease due timers; as with jobs."""
        if not self._due():
            return []
        found = self._store.claim_timers(worker, limit=limit, lease_s=lease_s)
        if found:
            self._after_commit()
        return found

    def beat(self, heartbeat: Heartbeat) -> None:
        """Record a sign of life."""
        self._store.beat(heartbeat)

    def next_due(self) -> datetime | None:
        """Return when the next job or timer comes due."""
        return self._store.next_due()

    def wait(self, timeout_s: float) -> None:
        """Nobody waits in real time here."""
        raise AssertionError(f"a simulated process waits by its clock, not for {timeout_s} s")

    def wake(self) -> None:
        """Ring."""
        self._committed()

    def prune(self, kind: str, before: datetime) -> int:
        """Delete what retention allows."""
        return self._store.prune(kind, before)

    def close(self) -> None:
        """Release nothing."""

    def _due(self) -> bool:
        soonest = self._store.next_due()
        return soonest is not None and soonest <= self._store.clock()

    def _happens(self, odds: float) -> bool:
        return odds > 0 and self._process.chance.random() < odds

    def _before_commit(self) -> None:
        if self._happens(self._odds.conflict):
            raise ConflictError("somebody else wrote first")
        if self._happens(self._odds.away):
            raise StoreUnavailableError("the database went away before the commit")
        if self._happens(self._odds.killed):
            self._process.kill("before a commit")
            raise Killed

    def _after_commit(self) -> None:
        self._committed()
        if self._happens(self._odds.unheard):
            raise StoreUnavailableError("the commit's answer was lost")
        if self._happens(self._odds.killed):
            self._process.kill("after a commit")
            raise Killed
