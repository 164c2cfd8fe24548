"""An outbox row as the worker that has just leased it sees it."""

from __future__ import annotations

from datetime import datetime

import msgspec

from tocsin.flows.storage import Job
from tocsin.store.sql.part import AnyRow
from tocsin.store.stamps import from_us


def leased(row: AnyRow, now: datetime) -> Job:
    """Return the job of a row as it was before its lease: under the next attempt."""
    return Job(
        id=row.id,
        key=row.key,
        kind=row.kind,
        incident=row.incident,
        payload=msgspec.json.decode(row.payload),
        due=from_us(row.due),
        attempt=row.attempt + 1,
        created_at=from_us(row.created_at),
        taken_at=now,
        previous_outcome_unknown=row.unknown or row.state == "held",
        recipient=row.recipient,
    )
