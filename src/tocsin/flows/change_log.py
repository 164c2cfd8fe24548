"""The store's promise about changes: what was done to services, by whose word, kept apart from incidents."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from tocsin.domain.changes import Change

MOST_CHANGES = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class ToldChange:
    """A change and the integration (or the person) who told of it; `recorded_at` is when it was last told."""

    source: str
    change: Change
    recorded_at: datetime


class ChangeLog(Protocol):
    """Changes, inside one transaction."""

    def put_change(self, source: str, change: Change) -> None:
        """Keep a change; one with the same key from the same source takes the former's place, unless that is of a later time."""
        ...

    def list_changes(
        self,
        *,
        services: Sequence[str] = (),
        since: datetime | None = None,
        until: datetime | None = None,
        limit: int = MOST_CHANGES,
    ) -> list[ToldChange]:
        """Return changes of some services (of all without any) from `since` up to, not including, `until`, newest first."""
        ...
