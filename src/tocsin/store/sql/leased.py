"""An outbox row as the worker that has just leased it sees it."""

from __future__ import annotations

import msgspec

from tocsin.flows.storage import Job
from tocsin.store.sql.part import AnyRow
from tocsin.store.stamps import from_us


def leased(row: AnyRow) -> Job:
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
        previous_outcome_unknown=row.unknown or row.state == "held",
        recipient=row.recipient,
    )
