"""Work for the world in SQL: rows are leased by a worker and every settle is fenced by the attempt that holds it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import msgspec
import uuid_utils
from sqlalchemy import ColumnElement, Update, bindparam, case, delete, func, or_, select, update

from tocsin.flows.storage import Gathering, Job, NewJob, Timer
from tocsin.store.sql.leased import leased
from tocsin.store.sql.part import Part, Values
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


class OutboxRows(Part):
    """The outbox and the timers of one transaction."""

    def enqueue(self, jobs: Sequence[NewJob]) -> None:
        """Add rows; a key that exists is left as it is."""
        if jobs:
            self.run(self.insert(outbox).on_conflict_do_nothing(index_elements=["key"]), [self._new(j) for j in jobs])
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
        fresh = {"generation": generation, "due": to_us(due), "ready_at": to_us(due), "attempt": 0, "worker": ""}
        newer = or_(
            timers.c.generation < generation, (timers.c.generation == generation) & (timers.c.due != to_us(due))
        )
        statement = self.insert(timers).values(stream=stream, name=name, **fresh)
        self.run(statement.on_conflict_do_update(index_elements=["stream", "name"], set_=fresh, where=newer))
        self.rings = True

    def bring_forward(self, stream: str, name: str, due: datetime) -> None:
        """Set a timer that has no generations to `due`, unless it is due earlier already."""
        at = {"due": to_us(due), "ready_at": to_us(due), "attempt": 0, "worker": ""}
        statement = self.insert(timers).values(stream=stream, name=name, generation=1, **at)
        later = timers.c.due > to_us(due)
        fresh = {**at, "generation": timers.c.generation + 1}
        self.run(statement.on_conflict_do_update(index_elements=["stream", "name"], set_=fresh, where=later))
        self.rings = True

    def clear_timer(self, stream: str, name: str) -> None:
        """Forget a timer; unknown ones too."""
        self.connection.execute(_CLEAR, {"_stream": stream, "_name": name})

    def finish_timer(self, timer: Timer) -> bool:
        """Delete the row if it still has this generation and lease; False otherwise."""
        held = {"_generation": timer.generation, "_due": to_us(timer.due), "_attempt": timer.attempt}
        return self.connection.execute(_FINISH, {"_stream": timer.stream, "_name": timer.name, **held}).rowcount == 1

    def _end(self, job: Job, state: str, result: str) -> bool:
        ended = {"state": state, "ready_at": None, "settled_at": self.now_us(), "result": result}
        return self.connection.execute(_END, {**ended, "_id": job.id, "_attempt": job.attempt}).rowcount == 1

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
