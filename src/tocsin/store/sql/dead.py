"""Rows that were given up, tried again because somebody asks, in SQL."""

from __future__ import annotations

from sqlalchemy import update

from tocsin.store.sql.part import Part
from tocsin.store.tables import outbox


class DeadRows(Part):
    """The dead letters of one transaction."""

    def revive(self, job_id: str) -> bool:
        """Let a dead row be tried again from now on, as one whose earlier tries may have been heard; False for any other row."""
        now = self.now_us()
        again = {"state": "waiting", "due": now, "ready_at": now, "settled_at": None, "worker": "", "unknown": True}
        revived = self.run(update(outbox).where(outbox.c.id == job_id, outbox.c.state == "dead").values(again)) == 1
        self.rings |= revived
        return revived
