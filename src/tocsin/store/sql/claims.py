"""Leasing work: due rows are locked, skipping those another worker is taking, and handed out under the next attempt."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any

from sqlalchemy import (
    BigInteger,
    BindParameter,
    ColumnElement,
    Integer,
    Select,
    Text,
    bindparam,
    case,
    func,
    not_,
    select,
    tuple_,
    update,
)

from tocsin.flows.storage import Job, Timer
from tocsin.store.sql.leased import leased
from tocsin.store.sql.part import AnyRow, Part
from tocsin.store.stamps import SECOND_US, from_us
from tocsin.store.tables import outbox, timers

PAGE = "page"
URGENT = 0  # the lane
_NOW: BindParameter[int] = bindparam("_now", type_=BigInteger)
_LIMIT: BindParameter[int] = bindparam("_limit", type_=Integer)
_LEASE: Mapping[str, BindParameter[Any]] = {
    "worker": bindparam("_worker", type_=Text),
    "ready_at": bindparam("_until", type_=BigInteger),
}


def _gathered() -> ColumnElement[bool]:
    """Rows to somebody that waited for their time, and are not critical, while something is on its way to them."""
    other = outbox.alias()
    busy = select(other.c.recipient).where(other.c.ready_at > _NOW, other.c.state == "held", other.c.recipient != "")
    waited = (outbox.c.recipient != "") & (outbox.c.lane == URGENT) & (outbox.c.due > outbox.c.created_at)
    return waited & outbox.c.recipient.in_(busy)


# Put together once: a worker asks all the time, and putting them together costs more than asking.
@lru_cache(maxsize=32)
def _due_jobs(kinds: tuple[str, ...]) -> Select[Any]:
    due = select(outbox).where(outbox.c.ready_at <= _NOW, outbox.c.due <= _NOW)
    due = due.where(outbox.c.kind.in_(kinds)) if kinds else due
    due = due.where(not_(_gathered())) if not kinds or PAGE in kinds else due
    return due.order_by(outbox.c.lane, outbox.c.due, outbox.c.id).limit(_LIMIT).with_for_update(skip_locked=True)


@lru_cache(maxsize=32)
def _any_job(kinds: tuple[str, ...]) -> Select[Any]:
    due = select(outbox.c.id).where(outbox.c.ready_at <= _NOW)
    return (due.where(outbox.c.kind.in_(kinds)) if kinds else due).limit(1)


_LOST = case((outbox.c.state == "held", True), else_=outbox.c.unknown)
_LEASE_JOBS = (
    update(outbox)
    .where(outbox.c.id.in_(bindparam("_ids", expanding=True)))
    .values({**_LEASE, "state": "held", "attempt": outbox.c.attempt + 1, "unknown": _LOST})
)
_ANY_TIMER = select(timers.c.name).where(timers.c.ready_at <= _NOW).limit(1)
_DUE_TIMERS = (
    select(timers)
    .where(timers.c.ready_at <= _NOW)
    .order_by(timers.c.due, timers.c.stream, timers.c.name)
    .limit(_LIMIT)
    .with_for_update(skip_locked=True)
)
# SQLite looks up no pairs in an index: it reads every clock there is, unless the first of each pair is named by itself.
_LEASE_TIMERS = (
    update(timers)
    .where(
        timers.c.stream.in_(bindparam("_streams", expanding=True)),
        tuple_(timers.c.stream, timers.c.name).in_(bindparam("_rows", expanding=True)),
    )
    .values({**_LEASE, "attempt": timers.c.attempt + 1})
)
# The condition is what lets SQLite use the partial index.
_FIRSTS = [select(at).where(at.is_not(None)).order_by(at).limit(1) for at in (outbox.c.ready_at, timers.c.ready_at)]


class Claims(Part):
    """Leases, inside one transaction."""

    def claim_jobs(self, worker: str, *, limit: int, lease_us: int, kinds: Sequence[str]) -> list[Job]:
        """Lease due rows, critical first, then urgent, then oldest."""
        now = self.now_us()
        due = self.connection.execute(_due_jobs(tuple(kinds)), {"_now": now, "_limit": limit}).all()
        found = _one_each(due)
        if found:
            ids = [row.id for row in found]
            self.connection.execute(_LEASE_JOBS, {"_ids": ids, "_worker": worker, "_until": now + lease_us})
        return [leased(row, from_us(now)) for row in found]

    def renew(self, jobs: Sequence[Job], lease_us: int) -> None:
        """Extend leases that are still held."""
        held = tuple_(outbox.c.id, outbox.c.attempt).in_([(job.id, job.attempt) for job in jobs])
        renewed = update(outbox).where(held, outbox.c.state == "held")
        self.run(renewed.values(ready_at=self.now_us() + lease_us))

    def claim_timers(self, worker: str, *, limit: int, lease_us: int) -> list[Timer]:
        """Lease due timers, oldest first."""
        now = self.now_us()
        found = self.connection.execute(_DUE_TIMERS, {"_now": now, "_limit": limit}).all()
        if found:
            rows = [(row.stream, row.name) for row in found]
            given = {"_streams": sorted({row.stream for row in found}), "_rows": rows}
            self.connection.execute(_LEASE_TIMERS, {**given, "_worker": worker, "_until": now + lease_us})
        return [_timer(row) for row in found]

    def is_job_due(self, kinds: Sequence[str]) -> bool:
        """Return whether a row can be claimed now."""
        return self.connection.execute(_any_job(tuple(kinds)), {"_now": self.now_us()}).first() is not None

    def is_timer_due(self) -> bool:
        """Return whether a timer can be claimed now."""
        return self.connection.execute(_ANY_TIMER, {"_now": self.now_us()}).first() is not None

    def next_ready_us(self) -> int | None:
        """Return when the next job or timer can be claimed, None when there is none."""
        firsts = [self.one(first) for first in _FIRSTS]
        return min((int(row[0]) for row in firsts if row is not None), default=None)

    def backlog(self) -> dict[str, float]:
        """Return jobs_due, jobs_dead, oldest_due_s, timers_due, oldest_timer_s."""
        now = self.now_us()
        jobs, oldest_job = self.rows(select(func.count(), func.min(outbox.c.due)).where(outbox.c.ready_at <= now))[0]
        late, oldest_timer = self.rows(select(func.count(), func.min(timers.c.due)).where(timers.c.ready_at <= now))[0]
        dead = self.connection.execute(select(func.count()).where(outbox.c.state == "dead")).scalar_one()
        return {
            "jobs_due": float(jobs),
            "jobs_dead": float(dead),
            "oldest_due_s": 0.0 if oldest_job is None else (now - oldest_job) / SECOND_US,
            "timers_due": float(late),
            "oldest_timer_s": 0.0 if oldest_timer is None else (now - oldest_timer) / SECOND_US,
        }


def _one_each(found: Sequence[AnyRow]) -> list[AnyRow]:
    """Return the rows to be leased: of those that waited for their time the first to each recipient."""
    seen: set[str] = set()
    kept = []
    for row in found:
        waited = row.recipient and row.lane == URGENT and row.due > row.created_at
        if not waited or row.recipient not in seen:
            kept.append(row)
        if row.recipient:
            seen.add(row.recipient)
    return kept


def _timer(row: AnyRow) -> Timer:
    return Timer(
        stream=row.stream, name=row.name, generation=row.generation, due=from_us(row.due), attempt=row.attempt + 1
    )
