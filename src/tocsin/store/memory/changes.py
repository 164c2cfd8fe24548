"""What was done to services, in memory."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from tocsin.domain.changes import Change
from tocsin.flows.change_log import MOST_CHANGES, ToldChange
from tocsin.store.memory.part import Part


class ChangeRows(Part):
    """Changes by the source that told of them."""

    def put_change(self, source: str, change: Change) -> None:
        """Keep a change; one with the same key from the same source takes the former's place, unless that is of a later time."""
        known = self.rows.service_changes.get((source, change.key))
        if known is None or known.change.at <= change.at:
            told = ToldChange(source=source, change=change, recorded_at=self.now())
            self.rows.service_changes[source, change.key] = told

    def list_changes(
        self,
        *,
        services: Sequence[str] = (),
        since: datetime | None = None,
        until: datetime | None = None,
        limit: int = MOST_CHANGES,
    ) -> list[ToldChange]:
        """Return changes of some services (of all without any) from `since` up to, not including, `until`, newest first."""
        found = [
            told
            for _, told in sorted(self.rows.service_changes.items())
            if (not services or told.change.service in services)
            and (since is None or told.change.at >= since)
            and (until is None or told.change.at < until)
        ]
        return sorted(found, key=lambda told: told.change.at, reverse=True)[:limit]
