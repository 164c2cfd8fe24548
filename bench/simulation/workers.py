"""The worker process, as `doors/worker.py` has it: lanes, leases that are kept while work goes on, and clocks."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial

from bench.simulation.processes import FaultyStore, Killed, Process
from tocsin.doors.worker import BEAT_S, LANES
from tocsin.flows import aside, heartbeats, ingest, investigate, verify, wake, write_back
from tocsin.flows.deliver import MESSAGE_KINDS, deliver
from tocsin.flows.engine import Engine
from tocsin.flows.spreading import SPREAD
from tocsin.flows.storage import ConflictError, Job, StoreUnavailableError, Timer

LEASE_S = 8.0
THREADS = 3
AWAY_S = 1.0
# What a commit's bell and a thread's start take, at most.
PROMPT_S = 0.02


@dataclass(slots=True, kw_only=True)
class SimulatedWorker:
    """One worker; `stale` keeps timers it once held, to be carried out again by mistake."""

    process: Process
    store: FaultyStore
    engine: Engine
    complain: Callable[[str], None]
    stale: list[Timer] = field(default_factory=list)
    _held: dict[str, Job] = field(default_factory=dict)
    _lanes: dict[str, int] = field(default_factory=dict)
    _look_at: datetime | None = None
    _duties: Mapping[str, Callable[[Job], str]] = field(default_factory=dict)
    _lookers: Mapping[str, wake.Looker] = field(default_factory=dict)

    def __post_init__(self) -> None:
        engine, jitter = self.engine, self.process.chance.random
        self._duties = {kind: partial(deliver, engine, jitter=jitter) for kind in MESSAGE_KINDS} | {
            **dict.fromkeys(("write_back", SPREAD), partial(write_back.write_back, engine, jitter=jitter)),
            "diagnose": partial(investigate.run_diagnosis, engine, probes={}, clock=self.process.clockwork),
        }
        self._lookers = {
            "gates": partial(verify.check, engine),
            ingest.LEASES: partial(ingest.lapse, engine),
            ingest.HELD: partial(ingest.release, engine),
            ingest.MEMBERSHIP: partial(ingest.tell, engine),
            heartbeats.STREAM: partial(heartbeats.lapse, engine),
            investigate.REDIAGNOSE: partial(investigate.look_again, engine),
        }

    def started(self) -> None:
        """Begin again with nothing in hand."""
        self._held.clear()
        self._lanes.clear()
        self._look_at = None
        self.poke()

    def poke(self, seconds: float = 0.0) -> None:
        """Look for work soon, unless that is planned already."""
        if not self.process.alive:
            return
        clockwork = self.process.clockwork
        at = clockwork.now + timedelta(seconds=seconds + self.process.chance.uniform(0.001, PROMPT_S))
        if self._look_at is None or at < self._look_at:
            self._look_at = at
            self._plan(at, self.process.life)

    def _plan(self, at: datetime, life: int) -> None:
        clockwork = self.process.clockwork
        clockwork.after((at - clockwork.now).total_seconds(), lambda: self._look(at, life))

    def _look(self, planned: datetime, life: int) -> None:
        if self.process.life != life or self._look_at != planned:
            return  # it died since, or has looked or will look at another time
        if frozen := self.process.frozen_s():
            self._look_at = self.process.clockwork.now + timedelta(seconds=frozen)
            self._plan(self._look_at, life)
            return
        self._look_at = None
        pause: float | None = None
        try:
            self._take()
            due = self.store.next_due()
            pause = None if due is None else (due - self.process.clockwork()).total_seconds()
        except StoreUnavailableError:
            pause = AWAY_S
        except Killed:
            return
        if pause is not None:
            self.poke(max(0.05 if self._full() else 0.0, pause))

    def _full(self) -> bool:
        return any(count >= THREADS for count in self._lanes.values())

    def _take(self) -> None:
        for lane, kinds in LANES.items():
            free = THREADS - self._lanes.get(lane, 0)
            found = self.store.claim_jobs(self.process.name, limit=free, lease_s=LEASE_S, kinds=kinds) if free else []
            for job in found:
                self._lanes[lane] = self._lanes.get(lane, 0) + 1
                self._hold(job)
                self._soon(partial(self._do, lane, job), sends=True)
        timers = self.store.claim_timers(self.process.name, limit=THREADS, lease_s=LEASE_S)
        if timers:
            self._soon(partial(self._wake_together, timers))

    def _soon(self, act: Callable[[int], None], *, sends: bool = False) -> None:
        life = self.process.life

        def begin() -> None:
            if self.process.life != life:
                return
            if frozen := self.process.frozen_s():
                self.process.clockwork.after(frozen, begin)
            elif sends:
                self.process.clockwork.begin(partial(act, life))
            else:  # a clock's flow waits for nothing
                act(life)

        self.process.clockwork.after(self.process.chance.uniform(0.0, PROMPT_S), begin)

    def _hold(self, job: Job) -> None:
        if not self._held:
            life = self.process.life
            self.process.clockwork.after(BEAT_S, lambda: self._keep(life))
        self._held[job.id] = job

    def _keep(self, life: int) -> None:
        if self.process.life != life or not self._held:
            return
        if frozen := self.process.frozen_s():
            self.process.clockwork.after(frozen, lambda: self._keep(life))
            return
        self.store.renew(list(self._held.values()), LEASE_S)
        self.process.clockwork.after(BEAT_S, lambda: self._keep(life))

    def _do(self, lane: str, job: Job, life: int) -> None:
        try:
            outcome = self._duties[job.kind](job)
            self.process.say("settled", job.key, outcome, f"attempt {job.attempt}")
        except StoreUnavailableError:
            self.process.say("unsettled", job.key, f"attempt {job.attempt}")
        except Killed:
            return
        except Exception as error:  # noqa: BLE001 (as the worker does)
            why = self._broke(job.key, error)
            put_aside = partial(aside.put_aside, self.engine, job, why, jitter=self.process.chance.random)
            self._quietly(put_aside)
        finally:
            if self.process.life == life:
                self._lanes[lane] -= 1
                self._held.pop(job.id, None)
                self.poke()

    def _wake_together(self, timers: Sequence[Timer], life: int) -> None:
        """Carry out what was claimed together in one transaction, and each alone what cannot be."""
        try:
            left = wake.wake_together(self.engine, timers, self._lookers)
        except (StoreUnavailableError, Killed) as error:
            self.process.say("not woken", len(timers), type(error).__name__)
            return
        for timer in timers:
            if timer not in left:
                self.process.say("woke", timer.stream, timer.name, timer.generation)
                self.stale.append(timer)
        for timer in left:
            if self.process.life == life:
                self._wake(timer, life)

    def _wake(self, timer: Timer, life: int) -> None:
        del life
        try:
            wake.wake(self.engine, timer, self._lookers)
            self.process.say("woke", timer.stream, timer.name, timer.generation)
            self.stale.append(timer)
        except StoreUnavailableError:
            self.process.say("not woken", timer.stream, timer.name)
        except Killed:
            return
        except Exception as error:  # noqa: BLE001 (as the worker does)
            self._quietly(partial(aside.put_off, self.engine, timer, self._broke(timer.name, error)))

    def again(self, timer: Timer) -> None:
        """Carry out a timer that this worker held long ago."""
        self._soon(partial(self._wake, timer))

    def _broke(self, what: str, error: Exception) -> str:
        """Return the error's name; one that no fault of ours explains is a fault of Tocsin's."""
        if not isinstance(error, ConflictError):
            self.complain(f"{what} broke: {error!r}")
        return type(error).__name__

    def _quietly(self, act: Callable[[], object]) -> None:
        try:
            act()
        except Killed:
            return
        except Exception as error:  # noqa: BLE001 (an expired lease does it again)
            self.process.say("not put aside", type(error).__name__)
