"""What the store promises about schedules: changes that people made to single hours, beside the configuration."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal, Protocol

ChangeKind = Literal["override", "temporary", "swap"]


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredChange:
    """An override, a temporary schedule or a swap as it is kept. One that was taken back stays, with who did it."""

    id: str
    schedule: str
    kind: ChangeKind
    starts: datetime
    ends: datetime
    body: str
    created_at: datetime
    created_by: str
    removed_at: datetime | None = None
    removed_by: str = ""


class ScheduleRecords(Protocol):
    """Changes of schedules, inside one transaction."""

    def put_schedule_change(self, change: StoredChange) -> None:
        """Keep a change, or replace the one with its id."""
        ...

    def schedule_change(self, change_id: str) -> StoredChange | None:
        """Return a change, removed or not, None when unknown; a writing transaction has it to itself."""
        ...

    def schedule_changes(self, since: datetime, *, removed: bool = False) -> tuple[StoredChange, ...]:
        """Return changes that end after `since`, the oldest made first; with those taken back if `removed`."""
        ...
