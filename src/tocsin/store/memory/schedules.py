"""Changes of schedules in memory."""

from __future__ import annotations

from datetime import datetime

from tocsin.flows.schedule_records import StoredChange
from tocsin.store.memory.part import Part


class ScheduleRows(Part):
    """Changes that people made to schedules."""

    def put_schedule_change(self, change: StoredChange) -> None:
        """Keep a change, or replace the one with its id."""
        self.rows.schedule_changes[change.id] = change

    def schedule_change(self, change_id: str) -> StoredChange | None:
        """Return a change, removed or not, None when unknown."""
        return self.rows.schedule_changes.get(change_id)

    def schedule_changes(self, since: datetime, *, removed: bool = False) -> tuple[StoredChange, ...]:
        """Return changes that end after `since`, the oldest made first; with those taken back if `removed`."""
        found = (c for c in self.rows.schedule_changes.values() if c.ends > since and (removed or c.removed_at is None))
        return tuple(sorted(found, key=lambda c: (c.created_at, c.id)))
