"""Rows that were given up, tried again because somebody asks, in memory."""

from __future__ import annotations

from dataclasses import replace

from tocsin.store.memory.part import Part


class DeadRows(Part):
    """The dead letters of one transaction."""

    def revive(self, job_id: str) -> bool:
        """Let a dead row be tried again from now on, as one whose earlier tries may have been heard; False for any other row."""
        row = next((r for r in self.rows.jobs.values() if r.id == job_id and r.state == "dead"), None)
        if row is None:
            return False
        now = self.now()
        job = replace(row.job, due=now)
        self.rows.jobs[job.key] = replace(row, state="waiting", job=job, ready_at=now, settled_at=None, unknown=True)
        self.rings = True
        return True
