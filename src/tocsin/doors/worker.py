"""The worker: leases what is due and runs it in threads, so that a slow send delays no other."""

from __future__ import annotations

import threading
import time
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import timedelta

import structlog

from tocsin.flows.deliver import backoff
from tocsin.flows.storage import Heartbeat, Job, Store, Timer
from tocsin.wiring import Duties

LOG = structlog.get_logger()
LANES: Mapping[str, tuple[str, ...]] = {
    # Pages have threads of their own: a full lane of slow mail never keeps anyone asleep.
    "page": ("page",),
    "act": ("run_plan",),
    "say": ("message", "reminder", "write_back"),
    "look": ("diagnose", "check_gates"),
}
POLL_S = 1.0
BEAT_S = 2.0
TRIES = 6


@dataclass(slots=True, kw_only=True)
class Worker:
    """One worker process's loop. `name` identifies its leases; `threads` bounds each lane."""

    store: Store
    duties: Duties
    name: str
    lease: timedelta = timedelta(seconds=10)
    threads: int = 8
    stopping: threading.Event = field(default_factory=threading.Event)
    _running: dict[str, Job] = field(default_factory=dict)
    _lanes: dict[str, int] = field(default_factory=dict)
    _timers: int = 0
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def run(self) -> None:
        """Work until `stopping` is set, then finish what is under way."""
        with ThreadPoolExecutor(max_workers=self.threads * (len(LANES) + 1)) as pool:
            keeper = threading.Thread(target=self._keep_leases, name="leases", daemon=True)
            keeper.start()
            while not self.stopping.is_set():
                try:
                    busy = self._once(pool)
                except Exception:
                    # The database may be restarting: say so, wait, go on. Leases run out by themselves.
                    LOG.exception("worker.loop")
                    busy = False
                    self.stopping.wait(POLL_S)
                if not busy:
                    self.store.wait(self._pause())
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
        return min(POLL_S, max(0.005, left))

    def _once(self, pool: ThreadPoolExecutor) -> bool:
        busy = False
        with self._lock:
            free = self.threads - self._timers
        for timer in self.store.claim_timers(self.name, limit=free, lease_s=self.lease.total_seconds()) if free else ():
            busy = True
            with self._lock:
                self._timers += 1
            pool.submit(self._wake, timer)
        for lane, kinds in LANES.items():
            with self._lock:
                free = self.threads - self._lanes.get(lane, 0)
            if free <= 0:
                continue
            for job in self.store.claim_jobs(self.name, limit=free, lease_s=self.lease.total_seconds(), kinds=kinds):
                busy = True
                with self._lock:
                    self._lanes[lane] = self._lanes.get(lane, 0) + 1
                    self._running[job.id] = job
                pool.submit(self._do, lane, job)
        return busy

    def _wake(self, timer: Timer) -> None:
        try:
            self.duties.timer(timer)
        except Exception:
            # The lease runs out and the timer is tried again; the log says why.
            LOG.exception("timer.failed", stream=timer.stream, timer=timer.name)
        finally:
            with self._lock:
                self._timers -= 1

    def _do(self, lane: str, job: Job) -> None:
        started = time.monotonic()
        try:
            outcome = self.duties.jobs[job.kind](job)
            took = round(time.monotonic() - started, 3)
            LOG.info("outbox.settled", key=job.key, kind=job.kind, outcome=outcome, attempt=job.attempt, took_s=took)
        except Exception as error:
            LOG.exception("outbox.failed", key=job.key, kind=job.kind, attempt=job.attempt)
            self._aside(job, f"{type(error).__name__}: {error}")
        finally:
            with self._lock:
                self._lanes[lane] -= 1
                self._running.pop(job.id, None)
            self.store.wake()

    def _aside(self, job: Job, reason: str) -> None:
        """Put a row that cannot be done out of the way, later or for good, so that the others go on."""
        with self.store.transaction() as tx:
            if job.attempt >= TRIES:
                tx.bury(job, reason)
            else:
                tx.postpone(job, tx.now() + backoff(job.attempt), reason)

    def _keep_leases(self) -> None:
        interval = min(BEAT_S, self.lease.total_seconds() / 3)
        while not self.stopping.wait(interval):
            try:
                with self._lock:
                    held = list(self._running.values())
                if held:
                    self.store.renew(held, self.lease.total_seconds())
                with self.store.reading() as tx:
                    now = tx.now()
                self.store.beat(Heartbeat(process=self.name, role="work", at=now, facts={"running": len(held)}))
            except Exception:
                LOG.exception("worker.leases")
