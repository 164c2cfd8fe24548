"""The store over SQL: transactions, leases, bells and retention."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime

import msgspec
from sqlalchemy import Connection, text

from tocsin.domain.incident.state import Incident
from tocsin.flows.storage import Heartbeat, Job, Timer, Tx
from tocsin.store.bell import CHANNEL, Bell, PostgresBell, SocketBell
from tocsin.store.sql.accounts import AccountRows
from tocsin.store.sql.alerts import AlertRows
from tocsin.store.sql.changes import ChangeRows
from tocsin.store.sql.claims import Claims
from tocsin.store.sql.dead import DeadRows
from tocsin.store.sql.engine import Engines, file_of
from tocsin.store.sql.inhibitors import InhibitorRows
from tocsin.store.sql.outbox import OutboxRows
from tocsin.store.sql.reading import ReadingRows
from tocsin.store.sql.records import RecordRows
from tocsin.store.sql.retention import Retention
from tocsin.store.sql.schedules import ScheduleRows
from tocsin.store.sql.silences import SilenceRows
from tocsin.store.stamps import SECOND_US, from_us, to_us
from tocsin.store.tables import heartbeats

Refold = Callable[[Tx, str], Incident]
NOTIFY = text("SELECT pg_notify(:channel, '')")


class SqlTx(
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
    """One transaction over SQL."""

    refold: Refold | None = None

    def refolded(self, incident: str) -> Incident:
        """Return a state from its events."""
        return self.refold(self, incident) if self.refold else super().refolded(incident)

    def finish(self) -> None:
        """Do what must come last before the commit."""
        self.catch_up()
        if self.rings and self.on_postgres:
            self.connection.execute(NOTIFY, {"channel": CHANNEL})  # delivered by the commit itself
        self.write_events()


class SqlStore:
    """SQLite or PostgreSQL behind the promise of `flows.storage.Store`."""

    def __init__(self, engines: Engines, *, refold: Refold | None = None) -> None:
        self._engines = engines
        self._refold = refold
        self._kept: dict[object, str] = {}
        self._bell = self._make_bell()

    @contextmanager
    def transaction(self) -> Iterator[Tx]:
        """Begin writing; commits on leaving, rolls back on an exception."""
        with self._engines.writing() as connection:
            tx = self._tx(connection, writable=True)
            yield tx
            tx.finish()
        if tx.rings:
            self._bell.ring()

    @contextmanager
    def reading(self) -> Iterator[Tx]:
        """Begin a read-only snapshot."""
        with self._engines.reading() as connection:
            yield self._tx(connection, writable=False)

    def claim_jobs(self, worker: str, *, limit: int, lease_s: float, kinds: Sequence[str] = ()) -> list[Job]:
        """Lease due rows, urgent first, then oldest; an expired lease is claimed again with `previous_outcome_unknown`."""
        if not self._worth_writing(lambda claims: claims.is_job_due(kinds)):
            return []
        with self._engines.writing() as connection:
            return self._claims(connection).claim_jobs(worker, limit=limit, lease_us=_us(lease_s), kinds=kinds)

    def renew(self, jobs: Sequence[Job], lease_s: float) -> None:
        """Extend leases that are still held (heartbeat)."""
        if jobs:
            with self._engines.writing() as connection:
                self._claims(connection).renew(jobs, _us(lease_s))

    def claim_timers(self, worker: str, *, limit: int, lease_s: float) -> list[Timer]:
        """Lease due timers, oldest first."""
        if not self._worth_writing(lambda claims: claims.is_timer_due()):
            return []
        with self._engines.writing() as connection:
            return self._claims(connection).claim_timers(worker, limit=limit, lease_us=_us(lease_s))

    def beat(self, heartbeat: Heartbeat) -> None:
        """Record a sign of life; `at` becomes the database's time."""
        facts = msgspec.json.encode(heartbeat.facts).decode()
        with self._engines.writing() as connection:
            part = self._claims(connection)
            values = {"process": heartbeat.process, "role": heartbeat.role, "at": part.now_us(), "facts": facts}
            part.upsert(heartbeats, values)

    def next_due(self) -> datetime | None:
        """Return when the next job or timer comes due; None when there is none."""
        with self._engines.reading() as connection:
            soonest = self._claims(connection).next_ready_us()
        return None if soonest is None else from_us(soonest)

    def wait(self, timeout_s: float) -> None:
        """Sleep until work may have arrived or `timeout_s` is over; work since this thread's last wait ends it at once."""
        self._bell.wait(timeout_s)

    def wake(self) -> None:
        """Tell waiting workers that work arrived. A commit that enqueued or set a timer has done so already."""
        self._bell.ring()
        if not self._engines.single_writer:
            with self._engines.writing() as connection:
                connection.execute(NOTIFY, {"channel": CHANNEL})

    def prune(self, kind: str, before: datetime) -> int:
        """Delete what retention allows, a thousand rows a transaction; return how many."""
        deleted = batch = self._prune_some(kind, before)
        while batch == Retention.BATCH:
            batch = self._prune_some(kind, before)
            deleted += batch
        return deleted

    def close(self) -> None:
        """Release connections."""
        self._bell.close()
        self._engines.close()

    def _prune_some(self, kind: str, before: datetime) -> int:
        with self._engines.writing() as connection:
            return Retention(connection, self._engines.clock, writable=True).prune(kind, to_us(before))

    def _tx(self, connection: Connection, *, writable: bool) -> SqlTx:
        tx = SqlTx(connection, self._engines.clock, writable=writable)
        tx.refold = self._refold
        tx.kept = self._kept
        return tx

    def _claims(self, connection: Connection) -> Claims:
        return Claims(connection, self._engines.clock, writable=True)

    def _worth_writing(self, due: Callable[[Claims], bool]) -> bool:
        """Whether to look for due work under the write lock, which on SQLite everybody shares."""
        if not self._engines.single_writer:
            return True
        with self._engines.reading() as connection:
            return due(self._claims(connection))

    def _make_bell(self) -> Bell:
        url = self._engines.url
        if not self._engines.single_writer:
            return PostgresBell(url.set(drivername="postgresql").render_as_string(hide_password=False))
        path = file_of(url)
        return SocketBell(path.with_name(f"{path.name}.wake"), self._engines.commits_elsewhere)


def _us(seconds: float) -> int:
    return round(seconds * SECOND_US)
