"""What was done to services, in SQL."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import msgspec
from sqlalchemy import select

from tocsin.domain.changes import Change
from tocsin.flows.change_log import MOST_CHANGES, ToldChange
from tocsin.store.sql.part import Part
from tocsin.store.stamps import from_us, to_us
from tocsin.store.tables import changes


class ChangeRows(Part):
    """Changes by the source that told of them."""

    def put_change(self, source: str, change: Change) -> None:
        """Keep a change; one with the same key from the same source takes the former's place, unless that is of a later time."""
        values = {
            "source": source,
            "key": change.key,
            "service": change.service,
            "at": to_us(change.at),
            "recorded_at": self.now_us(),
            "body": msgspec.json.encode(change).decode(),
        }
        statement = self.insert(changes).values(values)
        told = statement.excluded
        self.run(
            statement.on_conflict_do_update(
                index_elements=[changes.c.source, changes.c.key],
                set_={name: told[name] for name in ("service", "at", "recorded_at", "body")},
                where=changes.c.at <= told.at,
            )
        )

    def list_changes(
        self,
        *,
        services: Sequence[str] = (),
        since: datetime | None = None,
        until: datetime | None = None,
        limit: int = MOST_CHANGES,
    ) -> list[ToldChange]:
        """Return changes of some services (of all without any) from `since` up to, not including, `until`, newest first."""
        wanted = select(changes).order_by(changes.c.at.desc(), changes.c.source, changes.c.key).limit(limit)
        if services:
            wanted = wanted.where(changes.c.service.in_(services))
        if since is not None:
            wanted = wanted.where(changes.c.at >= to_us(since))
        if until is not None:
            wanted = wanted.where(changes.c.at < to_us(until))
        return [
            ToldChange(
                source=row.source,
                change=msgspec.json.decode(row.body, type=Change),
                recorded_at=from_us(row.recorded_at),
            )
            for row in self.rows(wanted)
        ]
