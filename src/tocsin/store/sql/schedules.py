"""Changes of schedules in SQL."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select

from tocsin.flows.schedule_records import StoredChange
from tocsin.store.sql.part import AnyRow, Part
from tocsin.store.stamps import from_us, maybe_at, to_us
from tocsin.store.tables import schedule_changes


class ScheduleRows(Part):
    """Changes that people made to schedules."""

    def put_schedule_change(self, change: StoredChange) -> None:
        """Keep a change, or replace the one with its id."""
        self.upsert(
            schedule_changes,
            {
                "id": change.id,
                "schedule": change.schedule,
                "kind": change.kind,
                "starts": to_us(change.starts),
                "ends": to_us(change.ends),
                "body": change.body,
                "created_at": to_us(change.created_at),
                "created_by": change.created_by,
                "removed_at": None if change.removed_at is None else to_us(change.removed_at),
                "removed_by": change.removed_by,
            },
        )

    def schedule_change(self, change_id: str) -> StoredChange | None:
        """Return a change, removed or not, None when unknown; a writing transaction has it to itself."""
        self.serialise(f"schedule-change/{change_id}")
        row = self.one(select(schedule_changes).where(schedule_changes.c.id == change_id))
        return _change(row) if row else None

    def schedule_changes(self, since: datetime, *, removed: bool = False) -> tuple[StoredChange, ...]:
        """Return changes that end after `since`, the oldest made first; with those taken back if `removed`."""
        wanted = select(schedule_changes).where(schedule_changes.c.ends > to_us(since))
        if not removed:
            wanted = wanted.where(schedule_changes.c.removed_at.is_(None))
        ordered = wanted.order_by(schedule_changes.c.created_at, schedule_changes.c.id)
        return tuple(_change(row) for row in self.rows(ordered))


def _change(row: AnyRow) -> StoredChange:
    return StoredChange(
        id=row.id,
        schedule=row.schedule,
        kind=row.kind,
        starts=from_us(row.starts),
        ends=from_us(row.ends),
        body=row.body,
        created_at=from_us(row.created_at),
        created_by=row.created_by,
        removed_at=maybe_at(row.removed_at),
        removed_by=row.removed_by,
    )
