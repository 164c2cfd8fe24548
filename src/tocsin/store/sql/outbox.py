"""Work for the world in SQL: rows are leased by a worker and every settle is fenced by the attempt that holds it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import msgspec
import uuid_utils
from sqlalchemy import ColumnElement, Update, bindparam, case, delete, func, or_, select, tuple_, update

from tocsin.flows.storage import Gathering, Job, NewJob, Timer
from tocsin.store.sql.leased import leased
from tocsin.store.sql.part import Insert, Part, Values, inserting
from tocsin.store.stamps import from_us, to_us
from tocsin.store.tables import outbox, timers

# Put together once: each of a worker's rows and clocks needs them, and putting them together costs more than asking.
_ENDED = ("state", "ready_at", "settled_at", "result")
_END = (
    update(outbox)
    .where(outbox.c.id == bindparam("_id"), outbox.c.attempt == bindparam("_attempt"), outbox.c.state == "held")
    .values({name: bindparam(name) for name in _ENDED})
)
_CLEAR = delete(timers).where(timers.c.stream == bindparam("_stream"), timers.c.name == bindparam("_name"))
_FINISH = _CLEAR.where(
    timers.c.generation == bindparam("_generation"),
    timers.c.due == bindparam("_due"),
    timers.c.attempt == bindparam("_attempt"),
)
# The streams are named by themselves as well: SQLite looks up no tuples in an index.
_FINISH_ALL = (
    delete(timers)
    .where(
        timers.c.stream.in_(bindparam("_streams", expanding=True)),
        tuple_(timers.c.stream, timers.c.name, timers.c.generation, timers.c.due, timers.c.attempt).in_(
            bindparam("_rows", expanding=True)
        ),
    )
    .returning(timers.c.stream, timers.c.name)
)
_LOCK_JOBS = (
    select(outbox.c.id)
    .where(tuple_(outbox.c.id, outbox.c.attempt).in_(bindparam("_rows", expanding=True)), outbox.c.state == "held")
    .with_for_update(skip_locked=True)
)
_TIMER_SET = ("generation", "due", "ready_at", "attempt", "worker")


def _setting(*, on_postgres: bool) -> Insert:
    statement = inserting(timers, on_postgres=on_postgres)
    fresh = statement.excluded
    same_but_due = (timers.c.generation == fresh.generation) & (timers.c.due != fresh.due)
    changed = {name: fresh[name] for name in _TIMER_SET}
    newer = or_(timers.c.generation < fresh.generation, same_but_due)
    return statement.on_conflict_do_update(index_elements=["stream", "name"], set_=changed, where=newer)


def _enqueuing(*, on_postgres: bool) -> Insert:
    return inserting(outbox, on_postgres=on_postgres).on_conflict_do_nothing(index_elements=["key"])


def _bringing(*, on_postgres: bool) -> Insert:
    """Return what sets a timer, or moves it to an earlier time."""
    statement = inserting(timers, on_postgres=on_postgres)
    given = statement.excluded
    fresh = {name: given[name] for name in ("due", "ready_at", "attempt", "worker")}
    changed = {**fresh, "generation": timers.c.generation + 1}
    earlier = given.due < timers.c.due
    return statement.on_conflict_do_update(index_elements=["stream", "name"], set_=changed, where=earlier)


_SET = {on_postgres: _setting(on_postgres=on_postgres) for on_postgres in (False, True)}
_BRING = {on_postgres: _bringing(on_postgres=on_postgres) for on_postgres in (False, True)}
_ENQUEUE = {on_postgres: _enqueuing(on_postgres=on_postgres) for on_postgres in (False, True)}


class OutboxRows(Part):
    """The outbox and the timers of one transaction."""

    _held_ids: frozenset[str] = frozenset()

    def enqueue(self, jobs: Sequence[NewJob]) -> None:
        """Add rows; a key that exists is left as it is."""
        for job in jobs:
            self.defer(_ENQUEUE[self.on_postgres], self._new(job))
            self.rings = True

    def cancel(self, incident: str, kinds: Sequence[str]) -> int:
        """Cancel rows that no worker holds and nobody sent (of every kind when `kinds` is empty); return how many."""
        statement = update(outbox).where(outbox.c.incident == incident, outbox.c.state == "waiting")
        if kinds:
            statement = statement.where(outbox.c.kind.in_(kinds))
        return self.run(statement.values(state="cancelled", ready_at=None, settled_at=self.now_us()))

    def gathering(self, recipient: str, since: datetime) -> Gathering:
        """Return what was enqueued for a recipient since then."""
        its = (outbox.c.recipient == recipient, outbox.c.recipient != "", outbox.c.created_at >= to_us(since))
        waits = (outbox.c.state == "waiting") & (outbox.c.due > self.now_us())
        later = func.min(case((waits, outbox.c.due)))
        rows, due = self.rows(select(func.count(), later).where(*its))[0]
        return Gathering(rows=int(rows), next_due=None if due is None else from_us(due))

    def take_along(self, job: Job, until: datetime, *, limit: int) -> list[Job]:
        """Lease with a held job, under its own lease, what else waits for its recipient and is due by then, oldest first."""
        lead = self.one(select(outbox.c.worker, outbox.c.ready_at).where(outbox.c.id == job.id, *_lease(job)))
        if lead is None or not job.recipient:
            return []
        its = (outbox.c.recipient == job.recipient, outbox.c.recipient != "", outbox.c.state == "waiting")
        due = select(outbox).where(*its, outbox.c.due <= to_us(until)).order_by(outbox.c.due, outbox.c.id)
        found = self.rows(due.limit(limit).with_for_update(skip_locked=True))
        if found:
            lease = {"state": "held", "worker": lead.worker, "attempt": outbox.c.attempt + 1}
            taken = update(outbox).where(outbox.c.id.in_([row.id for row in found]))
            self.run(taken.values(lease | {"ready_at": lead.ready_at}))
        return [leased(row, self.now()) for row in found]

    def settle(self, job: Job, result: str) -> bool:
        """Mark done; False when the lease was lost (another attempt has it): then nothing is written."""
        return self._end(job, "done", result)

    def bury(self, job: Job, reason: str) -> bool:
        """Mark dead; False when the lease was lost."""
        return self._end(job, "dead", reason)

    def postpone(self, job: Job, due: datetime, reason: str, *, unknown: bool = False) -> bool:
        """Give the row back, to be tried again at `due`; False when the lease was lost."""
        again = {"state": "waiting", "due": to_us(due), "ready_at": to_us(due), "worker": "", "result": reason}
        again |= {"unknown": True} if unknown else {}
        held = self.run(_held(job).values(again)) == 1
        self.rings |= held
        return held

    def set_timer(self, stream: str, name: str, generation: int, due: datetime) -> None:
        """Upsert (stream, name); a lower generation than the stored one changes nothing, nor does the same timer again."""
        values = {"stream": stream, "name": name, "generation": generation, "attempt": 0, "worker": ""}
        self.defer(_SET[self.on_postgres], values | {"due": to_us(due), "ready_at": to_us(due)})
        self.rings = True

    def bring_forward(self, stream: str, name: str, due: datetime) -> None:
        """Set a timer that has no generations to `due`, unless it is due earlier already."""
        values = {"stream": stream, "name": name, "generation": 1, "attempt": 0, "worker": ""}
        self.defer(_BRING[self.on_postgres], values | {"due": to_us(due), "ready_at": to_us(due)})
        self.rings = True

    def clear_timer(self, stream: str, name: str) -> None:
        """Forget a timer; unknown ones too."""
        self.connection.execute(_CLEAR, {"_stream": stream, "_name": name})

    def finish_timer(self, timer: Timer) -> bool:
        """Delete the row if it still has this generation and lease; False otherwise."""
        held = {"_generation": timer.generation, "_due": to_us(timer.due), "_attempt": timer.attempt}
        return self.connection.execute(_FINISH, {"_stream": timer.stream, "_name": timer.name, **held}).rowcount == 1

    def finish_timers(self, due: Sequence[Timer]) -> list[Timer]:
        """Delete the rows of those that still have this generation and lease, and return those."""
        rows = [(t.stream, t.name, t.generation, to_us(t.due), t.attempt) for t in due]
        given = {"_streams": sorted({timer.stream for timer in due}), "_rows": rows}
        gone = self.connection.execute(_FINISH_ALL, given).all() if rows else ()
        finished = {(stream, name) for stream, name in gone}
        return [timer for timer in due if (timer.stream, timer.name) in finished]

    def lock_jobs(self, jobs: Sequence[Job]) -> frozenset[str]:
        """Lock the rows whose leases these jobs still have and nobody else works on, and return their ids."""
        held = self.connection.execute(_LOCK_JOBS, {"_rows": [(job.id, job.attempt) for job in jobs]})
        self._held_ids = frozenset(row.id for row in held)
        return self._held_ids

    def _end(self, job: Job, state: str, result: str) -> bool:
        ended = {"state": state, "ready_at": None, "settled_at": self.now_us(), "result": result}
        values = {**ended, "_id": job.id, "_attempt": job.attempt}
        if job.id in self._held_ids:
            self._held_ids -= {job.id}
            self.defer(_END, values)
            return True
        return self.connection.execute(_END, values).rowcount == 1

    def _new(self, job: NewJob) -> Values:
        return {
            "id": str(uuid_utils.uuid7()),
            "key": job.key,
            "kind": job.kind,
            "incident": job.incident,
            "payload": msgspec.json.encode(job.payload).decode(),
            "lane": -1 if job.critical else 0 if job.urgent else 1,
            "state": "waiting",
            "due": to_us(job.due),
            "ready_at": to_us(job.due),
            "attempt": 0,
            "unknown": False,
            "worker": "",
            "created_at": self.now_us(),
            "settled_at": None,
            "result": "",
            "recipient": job.recipient,
        }


def _held(job: Job) -> Update:
    return update(outbox).where(outbox.c.id == job.id, *_lease(job))


def _lease(job: Job) -> tuple[ColumnElement[bool], ...]:
    return outbox.c.attempt == job.attempt, outbox.c.state == "held"
