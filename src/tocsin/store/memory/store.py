"""The memory store: one writer at a time on a copy of the tables, which a commit puts in their place."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from tocsin.domain.errors import InvalidError
from tocsin.flows.storage import Heartbeat, Job, StoreUnavailableError, Timer, Tx
from tocsin.store.bell import LocalBell
from tocsin.store.memory.accounts import AccountRows
from tocsin.store.memory.alerts import AlertRows
from tocsin.store.memory.changes import ChangeRows
from tocsin.store.memory.dead import DeadRows
from tocsin.store.memory.inhibitors import InhibitorRows
from tocsin.store.memory.outbox import OutboxRows
from tocsin.store.memory.part import plain
from tocsin.store.memory.reading import ReadingRows
from tocsin.store.memory.records import RecordRows
from tocsin.store.memory.rows import Rows
from tocsin.store.memory.schedules import ScheduleRows
from tocsin.store.memory.silences import SilenceRows

START = datetime(2026, 1, 5, 12, 0, tzinfo=UTC)
PATIENCE_S = 15  # a transaction begun inside another of the same thread would wait for ever


class ManualClock:
    """A clock that stands until it is moved."""

    def __init__(self, at: datetime = START) -> None:
        self.at = at

    def __call__(self) -> datetime:
        """Return the time it shows."""
        return self.at

    def advance(self, by: timedelta) -> datetime:
        """Move it on and return the new time."""
        self.at += by
        return self.at


class MemoryTx(
    ReadingRows,
    OutboxRows,
    DeadRows,
    AlertRows,
    InhibitorRows,
    RecordRows,
    ChangeRows,
    AccountRows,
    SilenceRows,
    ScheduleRows,
):
    """One transaction in memory."""


class MemoryStore:
    """The promise of `flows.storage.Store` without a disk. `clock` stands for the database's."""

    def __init__(self, clock: Callable[[], datetime] | None = None) -> None:
        self.clock = clock or ManualClock()
        self.rows = Rows()
        self._writing = threading.Lock()
        self._bell = LocalBell()

    @contextmanager
    def transaction(self) -> Iterator[Tx]:
        """Begin writing; commits on leaving, rolls back on an exception."""
        with self._writing_tx() as tx:
            yield tx
        if tx.rings:
            self._bell.ring()

    @contextmanager
    def reading(self) -> Iterator[Tx]:
        """Begin a read-only snapshot."""
        yield MemoryTx(self.rows.frozen(), self.clock(), writable=False)

    def claim_jobs(self, worker: str, *, limit: int, lease_s: float, kinds: Sequence[str] = ()) -> list[Job]:
        """Lease due rows, urgent first, then oldest; an expired lease is claimed again with `previous_outcome_unknown`."""
        del worker
        with self._writing_tx() as tx:
            return tx.claim_jobs(limit=limit, lease_s=lease_s, kinds=kinds)

    def renew(self, jobs: Sequence[Job], lease_s: float) -> None:
        """Extend leases that are still held (heartbeat)."""
        with self._writing_tx() as tx:
            tx.renew(jobs, lease_s)

    def claim_timers(self, worker: str, *, limit: int, lease_s: float) -> list[Timer]:
        """Lease due timers, oldest first."""
        del worker
        with self._writing_tx() as tx:
            return tx.claim_timers(limit=limit, lease_s=lease_s)

    def beat(self, heartbeat: Heartbeat) -> None:
        """Record a sign of life; `at` becomes the clock's time."""
        with self._writing_tx() as tx:
            kept = replace(heartbeat, at=tx.now(), facts=plain(heartbeat.facts))
            tx.rows.heartbeats[heartbeat.process] = kept

    def next_due(self) -> datetime | None:
        """Return when the next job or timer comes due; None when there is none."""
        return MemoryTx(self.rows, self.clock(), writable=False).next_ready()

    def wait(self, timeout_s: float) -> None:
        """Sleep until work may have arrived or `timeout_s` is over; work since this thread's last wait ends it at once."""
        self._bell.wait(timeout_s)

    def wake(self) -> None:
        """Tell waiting workers that work arrived. A commit that enqueued or set a timer has done so already."""
        self._bell.ring()

    def prune(self, kind: str, before: datetime) -> int:
        """Delete what retention allows; return how many."""
        with self._writing_tx() as tx:
            doomed = _doomed(tx.rows, kind, before)
            for table, key in doomed:
                del table[key]
            return len(doomed)

    def close(self) -> None:
        """End every wait."""
        self._bell.close()

    @contextmanager
    def _writing_tx(self) -> Iterator[MemoryTx]:
        if not self._writing.acquire(timeout=PATIENCE_S):
            raise StoreUnavailableError(f"another transaction has been writing for {PATIENCE_S} s")
        try:
            tx = MemoryTx(self.rows.copy(), self.clock(), writable=True)
            yield tx
            self.rows = tx.rows
        finally:
            self._writing.release()


def _doomed(rows: Rows, kind: str, before: datetime) -> list[tuple[dict[Any, Any], object]]:
    settled = [k for k, row in rows.jobs.items() if row.settled_at is not None and row.settled_at < before]
    closed = [k for k, (at, alert) in rows.alerts.items() if at < before and alert.state.status == "resolved"]
    quiet = [k for k, group in rows.groups.items() if group.last_alert_at < before]
    sessions = [k for k, session in rows.sessions.items() if session.expires_at < before]
    kinds: dict[str, list[tuple[dict[Any, Any], list[Any]]]] = {  # the tables' keys differ
        "raw": [(rows.raws, [k for k, raw in rows.raws.items() if raw.received_at < before])],
        "jobs": [(rows.jobs, settled)],
        "alerts": [(rows.alerts, closed), (rows.groups, quiet)],
        "silences": [(rows.silences, [k for k, one in rows.silences.items() if one.ends_at < before])],
        "bundles": [(rows.bundles, [k for k, (at, _) in rows.bundles.items() if at < before])],
        "samples": [(rows.samples, [k for k in rows.samples if k[1] < before])],
        "heartbeats": [(rows.heartbeats, [k for k, beat in rows.heartbeats.items() if beat.at < before])],
        "changes": [(rows.service_changes, [k for k, c in rows.service_changes.items() if c.change.at < before])],
        "answers": [(rows.answers, [k for k, (at, _) in rows.answers.items() if at < before])],
        "logins": [
            (rows.sessions, sessions),
            (rows.once, [k for k, (_, at) in rows.once.items() if at < before]),
            (rows.tries, [k for k, (_, at) in rows.tries.items() if at < before]),
        ],
    }
    if kind not in kinds:
        raise InvalidError(f"nothing called {kind!r} can be pruned", field="kind", mend=f"One of {', '.join(kinds)}.")
    return [(table, key) for table, keys in kinds[kind] for key in keys]
