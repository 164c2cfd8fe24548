"""The worker: leases what is due and runs it in threads, so that a slow send delays no other."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import timedelta
from functools import partial

import structlog

from tocsin.flows.spreading import SPREAD
from tocsin.flows.storage import Heartbeat, Job, Store, StoreUnavailableError, Timer
from tocsin.wiring.duties import Duties

LOG = structlog.get_logger()
LANES: Mapping[str, tuple[str, ...]] = {
    # Pages have threads of their own: a full lane of slow mail never keeps anyone asleep.
    "page": ("page",),
    "act": ("run_plan",),
    "say": ("message", "reminder", "write_back", SPREAD),
    "look": ("diagnose",),
}
# Timers whose flow talks to the outside: they wait for threads of their own, never in an escalation's way.
SLOW_STREAMS = ("monitor/", "housekeeping/")
POLL_S = 1.0
SHORTEST_S = 0.005
# Due work that cannot be taken now (its lane is full) is asked for again this often; its end rings the bell anyway. So is
# every other lane while pages and clocks keep coming.
FULL_S = 0.05
# Who has just found work looks again this much later: what comes due meanwhile is taken together, at half the cost.
PACE_S = 0.02
# Clocks that are told in one transaction.
CLOCKS = 24
BEAT_S = 2.0
AWAY_S = 1.0
# Outcomes that whoever reads the log should see; every other one is a row that went as it should.
TROUBLE = frozenset({"retried", "failed", "lost", "unknown", "stale", "refused"})


@dataclass(slots=True, kw_only=True)
class Worker:
    """One worker process's loop. `name` identifies its leases; `threads` bounds each lane."""

    store: Store
    duties: Duties
    name: str
    lease: timedelta = timedelta(seconds=10)
    threads: int = 8
    stopping: threading.Event = field(default_factory=threading.Event)
    _drained: threading.Event = field(default_factory=threading.Event)
    _running: dict[str, Job] = field(default_factory=dict)
    _lanes: dict[str, int] = field(default_factory=dict)
    _timers: int = 0
    _asked: float = 0.0
    _slow: dict[tuple[str, str], Timer] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def run(self) -> None:
        """Work until `stopping` is set, then finish what is under way; a database that is away is waited for."""
        keeper = threading.Thread(target=self._keep_leases, name="leases", daemon=True)
        keeper.start()
        slow = ThreadPoolExecutor(max_workers=self.threads, thread_name_prefix="slow")
        with slow, ThreadPoolExecutor(max_workers=self.threads * len(LANES) + CLOCKS) as pool:
            begun = False
            while not self.stopping.is_set():
                try:
                    if not begun:
                        self.duties.begin()
                        begun = True
                    if self._once(pool, slow):
                        self.stopping.wait(PACE_S)
                    else:
                        self.store.wait(self._pause())
                except StoreUnavailableError as error:
                    # It may be restarting. Leases run out by themselves.
                    LOG.warning("worker.database_away", reason=str(error))
                    self.stopping.wait(AWAY_S)
                except Exception:
                    LOG.exception("worker.loop")
                    self.stopping.wait(AWAY_S)
            slow.shutdown(wait=True, cancel_futures=True)
        # Leases are kept until the last row under way is settled: nobody else may begin it meanwhile.
        self._drained.set()
        keeper.join(timeout=BEAT_S * 2)

    def stop(self) -> None:
        """Ask the loop to end."""
        self.stopping.set()
        self.store.wake()

    def _pause(self) -> float:
        due = self.store.next_due()
        if due is None:
            return POLL_S
        with self.store.reading() as tx:
            left = (due - tx.now()).total_seconds()
        return min(POLL_S, max(FULL_S if left < 0 else SHORTEST_S, left))

    def _once(self, pool: ThreadPoolExecutor, slow: ThreadPoolExecutor) -> bool:
        """Take what is due and there is a thread for; say whether there was any."""
        took = [self._take_jobs("page", pool)]  # nobody waits for the clocks before a page that is due
        took.append(self._take_timers(pool, slow))
        if any(took) and time.monotonic() - self._asked < FULL_S:
            return True
        self._asked = time.monotonic()
        took.extend(self._take_jobs(lane, pool) for lane in LANES if lane != "page")
        return any(took)

    def _take_timers(self, pool: ThreadPoolExecutor, slow: ThreadPoolExecutor) -> bool:
        with self._lock:
            free = CLOCKS - self._timers
        if free <= 0:
            return False
        claimed = self.store.claim_timers(self.name, limit=free, lease_s=self.lease.total_seconds())
        for timer in claimed:
            if timer.stream.startswith(SLOW_STREAMS):
                self._wait_for_thread(timer, slow)
        quick = [timer for timer in claimed if not timer.stream.startswith(SLOW_STREAMS)]
        if quick:
            with self._lock:
                self._timers += len(quick)
            pool.submit(self._wake, quick, pool)
        return bool(claimed)

    def _wait_for_thread(self, timer: Timer, slow: ThreadPoolExecutor) -> None:
        """Queue a slow timer once; one that is claimed anew while it waits replaces its older lease."""
        key = (timer.stream, timer.name)
        with self._lock:
            waits = key in self._slow
            self._slow[key] = timer
        if not waits:
            slow.submit(self._look, key)

    def _look(self, key: tuple[str, str]) -> None:
        with self._lock:
            timer = self._slow.pop(key)
        self._carry_out(timer)

    def _wake(self, timers: Sequence[Timer], pool: ThreadPoolExecutor) -> None:
        """Carry out what was claimed together: in one transaction what allows it, the others each in a thread of its own."""
        left: Sequence[Timer] = ()
        try:
            left = self.duties.timers(timers)
        except StoreUnavailableError as error:
            LOG.warning("timers.database_away", timers=len(timers), reason=str(error))
        except Exception:
            LOG.exception("timers.failed", timers=len(timers))
        finally:
            with self._lock:
                self._timers -= len(timers) - len(left)
        for timer in left:
            if self.stopping.is_set() or len(left) == 1:  # a pool that ends takes nothing new
                self._wake_alone(timer)
            else:
                pool.submit(self._wake_alone, timer)

    def _wake_alone(self, timer: Timer) -> None:
        try:
            self._carry_out(timer)
        finally:
            with self._lock:
                self._timers -= 1

    def _carry_out(self, timer: Timer) -> None:
        try:
            self.duties.timer(timer)
        except StoreUnavailableError as error:
            LOG.warning("timer.database_away", stream=timer.stream, timer=timer.name, reason=str(error))
        except Exception as error:
            # The lease runs out and the timer is tried again; the log says why.
            LOG.exception("timer.failed", stream=timer.stream, timer=timer.name, attempt=timer.attempt)
            self._quietly("timer.put_off", partial(self.duties.put_off, timer, f"{type(error).__name__}: {error}"))

    def _take_jobs(self, lane: str, pool: ThreadPoolExecutor) -> bool:
        with self._lock:
            free = self.threads - self._lanes.get(lane, 0)
        if free <= 0:
            return False
        lease_s = self.lease.total_seconds()
        claimed = self.store.claim_jobs(self.name, limit=free, lease_s=lease_s, kinds=LANES[lane])
        if not claimed:
            return False
        with self._lock:
            self._lanes[lane] = self._lanes.get(lane, 0) + len(claimed)
            self._running |= {job.id: job for job in claimed}
        ways = self._together(claimed)
        for job in claimed:
            pool.submit(self._do, lane, job, ways.get(job.id))
        return True

    def _together(self, jobs: Sequence[Job]) -> Mapping[str, Callable[[], str]]:
        try:
            return self.duties.together(jobs)
        except Exception:
            # Each meets its trouble alone then, and what is well is sent.
            LOG.exception("outbox.together", jobs=len(jobs))
            return {}

    def _do(self, lane: str, job: Job, carry_out: Callable[[], str] | None) -> None:
        started = time.monotonic()
        try:
            outcome = carry_out() if carry_out else self.duties.jobs[job.kind](job)
            took = round(time.monotonic() - started, 3)
            say = LOG.warning if outcome in TROUBLE else LOG.debug
            say("outbox.settled", key=job.key, kind=job.kind, outcome=outcome, attempt=job.attempt, took_s=took)
        except StoreUnavailableError as error:
            # Nobody can write down what became of it: its lease runs out, and whoever takes it knows that it may be a repeat.
            LOG.warning("outbox.database_away", key=job.key, kind=job.kind, attempt=job.attempt, reason=str(error))
        except Exception as error:
            LOG.exception("outbox.failed", key=job.key, kind=job.kind, attempt=job.attempt)
            self._quietly("outbox.put_aside", partial(self.duties.put_aside, job, f"{type(error).__name__}: {error}"))
        finally:
            with self._lock:
                full = self._lanes[lane] >= self.threads
                self._lanes[lane] -= 1
                self._running.pop(job.id, None)
            # Only a full lane can have kept due work waiting; what this row led to has rung with its own commit.
            if full:
                self._quietly("worker.wake", self.store.wake)

    def _quietly(self, what: str, act: Callable[[], object]) -> None:
        """Do what must not take a thread down: what it could not do, an expired lease does again."""
        try:
            act()
        except StoreUnavailableError as error:
            LOG.warning(what, reason=str(error))
        except Exception:
            LOG.exception(what)

    def _keep_leases(self) -> None:
        interval = min(BEAT_S, self.lease.total_seconds() / 3)
        pause = 0.0  # the first sign of life is given at once
        while not self._drained.wait(pause):
            pause = interval
            try:
                with self._lock:
                    held = list(self._running.values())
                if held:
                    self.store.renew(held, self.lease.total_seconds())
                with self.store.reading() as tx:
                    now = tx.now()
                self.store.beat(Heartbeat(process=self.name, role="work", at=now, facts={"running": len(held)}))
            except StoreUnavailableError as error:
                LOG.warning("worker.leases", reason=str(error))
            except Exception:
                LOG.exception("worker.leases")
