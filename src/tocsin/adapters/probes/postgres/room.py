"""Bloat, vacuum that is due, and WAL: what takes room that nobody uses."""

from __future__ import annotations

from collections.abc import Sequence

from psycopg.rows import DictRow
from psycopg.sql import SQL

from tocsin.adapters.probes.postgres import room_statements as ask
from tocsin.adapters.probes.postgres.asking import Asking
from tocsin.domain.diagnosis.facts import Room, Stored, VacuumDebt, Wal


def read_room(asking: Asking) -> Room:
    """Return what is stored and how much of it could be less; what may not be seen is None, with a blind spot."""
    wal = asking.tried("the WAL's size", lambda: asking.one(ask.WAL))
    debts = asking.tried("vacuum that is due", lambda: tuple(VacuumDebt(**row) for row in asking.rows(ask.DEBTS)))
    return Room(
        tables=_stored(asking, "tables", ask.TABLES),
        indexes=_stored(asking, "indexes", ask.INDEXES),
        debts=debts,
        wal=Wal(**wal) if wal else None,
    )


def read_written(asking: Asking) -> int | None:
    """Return how many bytes of WAL were ever written."""
    row = asking.tried("the WAL's growth", lambda: asking.one(ask.WRITTEN))
    return int(row["bytes"]) if row and row["bytes"] is not None else None


def _stored(asking: Asking, what: str, query: SQL) -> tuple[Stored, ...] | None:
    rows = asking.tried(f"the size of {what}", lambda: asking.rows(query))
    if rows is None:
        return None
    hidden = sum(row["known"] < row["columns"] for row in rows)
    if hidden:
        why = f"the statistics of {hidden} of {len(rows)} large ones are hidden, or were never gathered"
        asking.miss(f"bloat of {what}", why, "ANALYZE, and GRANT SELECT on them where the probe may read them")
    return _sized(rows)


def _sized(rows: Sequence[DictRow]) -> tuple[Stored, ...]:
    return tuple(
        Stored(
            name=row["name"],
            bytes=row["bytes"],
            rows=row["rows"],
            fill=row["fill"],
            row_bytes=row["row_bytes"] if row["known"] >= row["columns"] else None,
            columns=row["columns"],
            nullable=row["nullable"],
        )
        for row in rows
    )
