"""Work for the world in memory: jobs and timers, enqueued, leased and settled."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from tocsin.flows.storage import Gathering, Job, NewJob, Timer
from tocsin.store.memory.part import Part, plain
from tocsin.store.memory.rows import JobRow, JobState, TimerRow


class OutboxRows(Part):
    """The outbox and the timers of one transaction."""

    def enqueue(self, jobs: Sequence[NewJob]) -> None:
        """Add rows; a key that exists is left as it is."""
        for job in jobs:
            kept = replace(job, payload=plain(job.payload))
            row = JobRow(number=self.count("job"), job=kept, created_at=self.now(), ready_at=job.due)
            self.rows.jobs.setdefault(job.key, row)
        self.rings |= bool(jobs)

    def cancel(self, incident: str, kinds: Sequence[str]) -> int:
        """Cancel rows that no worker holds and nobody sent (of every kind when `kinds` is empty); return how many."""
        doomed = [
            row
            for row in self.rows.jobs.values()
            if row.job.incident == incident and row.state == "waiting" and (not kinds or row.job.kind in kinds)
        ]
        for row in doomed:
            self._keep(replace(row, state="cancelled", ready_at=None, settled_at=self.now()))
        return len(doomed)

    def gathering(self, recipient: str, since: datetime) -> Gathering:
        """Return what was enqueued for a recipient since then."""
        its = [r for r in self._to(recipient) if r.created_at >= since]
        waiting = [r.job.due for r in its if r.state == "waiting" and r.job.due > self.now()]
        return Gathering(rows=len(its), next_due=min(waiting, default=None))

    def take_along(self, job: Job, until: datetime, *, limit: int) -> list[Job]:
        """Lease with a held job, under its own lease, what else waits for its recipient and is due by then, oldest first."""
        lead = self._held(job)
        if lead is None:
            return []
        its = [r for r in self._to(job.recipient) if r.state == "waiting" and r.job.due <= until]
        its.sort(key=lambda row: (row.job.due, row.id))
        taken = [replace(r, state="held", attempt=r.attempt + 1, ready_at=lead.ready_at) for r in its[:limit]]
        for row in taken:
            self._keep(row)
        return [row.leased(self.now()) for row in taken]

    def _to(self, recipient: str) -> list[JobRow]:
        return [row for row in self.rows.jobs.values() if recipient and row.job.recipient == recipient]

    def settle(self, job: Job, result: str) -> bool:
        """Mark done; False when the lease was lost (another attempt has it): then nothing is written."""
        return self._end(job, "done", result)

    def bury(self, job: Job, reason: str) -> bool:
        """Mark dead; False when the lease was lost."""
        return self._end(job, "dead", reason)

    def postpone(self, job: Job, due: datetime, reason: str, *, unknown: bool = False) -> bool:
        """Give the row back, to be tried again at `due`; False when the lease was lost."""
        row = self._held(job)
        if row is not None:
            back = replace(row, state="waiting", job=replace(row.job, due=due), ready_at=due, result=reason)
            self._keep(replace(back, unknown=row.unknown or unknown))
            self.rings = True
        return row is not None

    def set_timer(self, stream: str, name: str, generation: int, due: datetime) -> None:
        """Upsert (stream, name); a lower generation than the stored one changes nothing, nor does the same timer again."""
        stored = self.rows.timers.get((stream, name))
        self.rings = True
        if stored is None or stored.generation < generation or (stored.generation == generation and stored.due != due):
            self.rows.timers[stream, name] = TimerRow(generation=generation, due=due, ready_at=due)

    def bring_forward(self, stream: str, name: str, due: datetime) -> None:
        """Set a timer that has no generations to `due`, unless it is due earlier already."""
        stored = self.rows.timers.get((stream, name))
        self.rings = True
        if stored is None or stored.due > due:
            generation = stored.generation + 1 if stored else 1
            self.rows.timers[stream, name] = TimerRow(generation=generation, due=due, ready_at=due)

    def clear_timer(self, stream: str, name: str) -> None:
        """Forget a timer; unknown ones too."""
        self.rows.timers.pop((stream, name), None)

    def finish_timer(self, timer: Timer) -> bool:
        """Delete the row if it still has this generation and lease; False otherwise."""
        row = self.rows.timers.get((timer.stream, timer.name))
        if row is None or (row.generation, row.due, row.attempt) != (timer.generation, timer.due, timer.attempt):
            return False
        del self.rows.timers[timer.stream, timer.name]
        return True

    def finish_timers(self, due: Sequence[Timer]) -> list[Timer]:
        """Delete the rows of those that still have this generation and lease, and return those."""
        return [timer for timer in due if self.finish_timer(timer)]

    def lock_jobs(self, jobs: Sequence[Job]) -> frozenset[str]:
        """Return the ids of the rows whose leases these jobs still have."""
        return frozenset(job.id for job in jobs if self._held(job) is not None)

    def claim_jobs(self, *, limit: int, lease_s: float, kinds: Sequence[str]) -> list[Job]:
        """Lease due rows, critical first, then urgent, then oldest."""
        due = [
            row
            for row in self.rows.jobs.values()
            if row.ready_at is not None and row.ready_at <= self.now() and (not kinds or row.job.kind in kinds)
        ]
        due.sort(key=lambda row: (not row.job.critical, not row.job.urgent, row.job.due, row.id))
        until = self.now() + timedelta(seconds=lease_s)
        leased = []
        for row in self._one_each(due)[:limit]:
            unknown = row.unknown or row.state == "held"
            held = replace(row, state="held", attempt=row.attempt + 1, ready_at=until, unknown=unknown)
            self._keep(held)
            leased.append(held.leased(self.now()))
        return leased

    def _one_each(self, due: Sequence[JobRow]) -> list[JobRow]:
        """Return the rows that may be leased: of those that waited for their time one to each recipient, none while one is held."""
        seen = {r.job.recipient for r in self.rows.jobs.values() if r.state == "held" and r not in due}
        kept = []
        for row in due:
            job = row.job
            waited = job.recipient and job.urgent and not job.critical and job.due > row.created_at
            if not waited or job.recipient not in seen:
                kept.append(row)
            seen.add(job.recipient)
        return kept

    def renew(self, jobs: Sequence[Job], lease_s: float) -> None:
        """Extend leases that are still held."""
        for job in jobs:
            row = self._held(job)
            if row is not None:
                self._keep(replace(row, ready_at=self.now() + timedelta(seconds=lease_s)))

    def claim_timers(self, *, limit: int, lease_s: float) -> list[Timer]:
        """Lease due timers, oldest first."""
        due = [(key, row) for key, row in self.rows.timers.items() if row.ready_at <= self.now()]
        due.sort(key=lambda item: (item[1].due, item[0]))
        leased = []
        for (stream, name), row in due[:limit]:
            held = replace(row, attempt=row.attempt + 1, ready_at=self.now() + timedelta(seconds=lease_s))
            self.rows.timers[stream, name] = held
            generation, due_at, attempt = held.generation, held.due, held.attempt
            leased.append(Timer(stream=stream, name=name, generation=generation, due=due_at, attempt=attempt))
        return leased

    def next_ready(self) -> datetime | None:
        """Return when the next job or timer can be claimed, None when there is none."""
        jobs = [row.ready_at for row in self.rows.jobs.values() if row.ready_at is not None]
        return min(jobs + [row.ready_at for row in self.rows.timers.values()], default=None)

    def _held(self, job: Job) -> JobRow | None:
        row = self.rows.jobs.get(job.key)
        return row if row and row.id == job.id and row.state == "held" and row.attempt == job.attempt else None

    def _end(self, job: Job, state: JobState, result: str) -> bool:
        row = self._held(job)
        if row is not None:
            self._keep(replace(row, state=state, ready_at=None, settled_at=self.now(), result=result))
        return row is not None

    def _keep(self, row: JobRow) -> None:
        self.rows.jobs[row.job.key] = row
