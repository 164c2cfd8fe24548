"""Leasing work: due rows are locked, skipping those another worker is taking, and handed out under the next attempt."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import ColumnElement, case, func, not_, select, tuple_, update

from tocsin.flows.storage import Job, Timer
from tocsin.store.sql.leased import leased
from tocsin.store.sql.part import AnyRow, Part
from tocsin.store.stamps import SECOND_US, from_us
from tocsin.store.tables import outbox, timers

PAGE = "page"
URGENT = 0  # the lane


class Claims(Part):
    """Leases, inside one transaction."""

    def claim_jobs(self, worker: str, *, limit: int, lease_us: int, kinds: Sequence[str]) -> list[Job]:
        """Lease due rows, critical first, then urgent, then oldest."""
        now = self.now_us()
        due = select(outbox).where(outbox.c.ready_at <= now, outbox.c.due <= now)
        if kinds:
            due = due.where(outbox.c.kind.in_(kinds))
        if not kinds or PAGE in kinds:
            due = due.where(not_(_gathered() & outbox.c.recipient.in_(self._busy(now))))
        due = due.order_by(outbox.c.lane, outbox.c.due, outbox.c.id).limit(limit)
        found = _one_each(self.rows(due.with_for_update(skip_locked=True)))
        if found:
            lost = case((outbox.c.state == "held", True), else_=outbox.c.unknown)
            lease = {"state": "held", "worker": worker, "attempt": outbox.c.attempt + 1, "unknown": lost}
            claimed = update(outbox).where(outbox.c.id.in_([row.id for row in found]))
            self.run(claimed.values(lease | {"ready_at": now + lease_us}))
        return [leased(row, from_us(now)) for row in found]

    def _busy(self, now: int) -> list[str]:
        """Return the recipients to whom something is on its way."""
        held = select(outbox.c.recipient).where(outbox.c.ready_at > now, outbox.c.state == "held")
        return [row.recipient for row in self.rows(held.where(outbox.c.recipient != ""))]

    def renew(self, jobs: Sequence[Job], lease_us: int) -> None:
        """Extend leases that are still held."""
        held = tuple_(outbox.c.id, outbox.c.attempt).in_([(job.id, job.attempt) for job in jobs])
        renewed = update(outbox).where(held, outbox.c.state == "held")
        self.run(renewed.values(ready_at=self.now_us() + lease_us))

    def claim_timers(self, worker: str, *, limit: int, lease_us: int) -> list[Timer]:
        """Lease due timers, oldest first."""
        now = self.now_us()
        due = select(timers).where(timers.c.ready_at <= now).order_by(timers.c.due, timers.c.stream, timers.c.name)
        found = self.rows(due.limit(limit).with_for_update(skip_locked=True))
        if found:
            named = tuple_(timers.c.stream, timers.c.name).in_([(row.stream, row.name) for row in found])
            lease = {"ready_at": now + lease_us, "worker": worker, "attempt": timers.c.attempt + 1}
            self.run(update(timers).where(named).values(lease))
        return [_timer(row) for row in found]

    def is_job_due(self, kinds: Sequence[str]) -> bool:
        """Return whether a row can be claimed now."""
        due = select(outbox.c.id).where(outbox.c.ready_at <= self.now_us())
        return self.one((due.where(outbox.c.kind.in_(kinds)) if kinds else due).limit(1)) is not None

    def is_timer_due(self) -> bool:
        """Return whether a timer can be claimed now."""
        return self.one(select(timers.c.name).where(timers.c.ready_at <= self.now_us()).limit(1)) is not None

    def next_ready_us(self) -> int | None:
        """Return when the next job or timer can be claimed, None when there is none."""
        ready = (outbox.c.ready_at, timers.c.ready_at)  # the condition is what lets SQLite use the partial index
        firsts = [self.one(select(at).where(at.is_not(None)).order_by(at).limit(1)) for at in ready]
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


def _gathered() -> ColumnElement[bool]:
    """Rows to somebody that waited for their time, and are not critical."""
    return (outbox.c.recipient != "") & (outbox.c.lane == URGENT) & (outbox.c.due > outbox.c.created_at)


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
