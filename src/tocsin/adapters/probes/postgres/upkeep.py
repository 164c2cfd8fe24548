"""Vacuum, WAL, slots, sequences and settings, one question each, asked once."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeVar

from psycopg.rows import DictRow
from psycopg.sql import SQL, Composed

from tocsin.adapters.probes.postgres import upkeep_statements as ask
from tocsin.adapters.probes.postgres.asking import Asking
from tocsin.domain.diagnosis.facts import Age, Archiver, Checkpoints, Horizon, Prepared, Slot, TableUse, Upkeep

T = TypeVar("T")
_HAS_WAL_STATUS = 130000
_HAS_CHECKPOINTER = 170000


def read_upkeep(asking: Asking, *, hidden: bool) -> Upkeep:
    """Return what the server's catalogues say; with sessions `hidden`, what holds old rows back cannot be seen."""
    state = asking.tried("uptime and recovery", lambda: asking.one(ask.STATE)) or {}
    settings = asking.tried("settings", lambda: asking.rows(ask.SETTINGS)) or ()
    slots = _slots(asking)
    return Upkeep(
        uptime_s=state.get("uptime_s"),
        in_recovery=bool(state.get("in_recovery")),
        read_only=bool(state.get("read_only")),
        settings={row["name"]: row["value"] for row in settings},
        pending_restart=tuple(row["name"] for row in settings if row["pending_restart"]),
        ages=_each(asking, "transaction ages", ask.AGES, Age),
        horizons=None if hidden else _each(asking, "what holds old rows", ask.HORIZONS, Horizon),
        slots=_each(asking, "replication slots", slots, Slot),
        prepared=_each(asking, "prepared transactions", ask.PREPARED, Prepared),
        archiver=next(iter(_each(asking, "archiving", ask.ARCHIVER, Archiver) or ()), None),
        sequences=_sequences(asking),
        invalid_indexes=_names(asking, "invalid indexes", ask.INVALID_INDEXES),
        vacuums=_names(asking, "running vacuums", ask.VACUUMS),
    )


def read_checkpoints(asking: Asking) -> Checkpoints | None:
    """Return the checkpoints so far."""
    query = ask.CHECKPOINTS if asking.version >= _HAS_CHECKPOINTER else ask.CHECKPOINTS_BEFORE_17
    return next(iter(_each(asking, "checkpoints", query, Checkpoints) or ()), None)


def read_tables(asking: Asking) -> Sequence[DictRow] | None:
    """Return the tables that are read most or hold most dead rows."""
    return asking.tried("table statistics", lambda: asking.rows(ask.TABLES))


def tables_grown(before: Sequence[DictRow], after: Sequence[DictRow]) -> tuple[TableUse, ...]:
    """Return the tables of `after` with what they gained since `before`."""
    earlier = {row["name"]: row for row in before}
    return tuple(TableUse(**{**row, **_gained(earlier.get(row["name"]), row)}) for row in after)


def _gained(before: Mapping[str, Any] | None, row: Mapping[str, Any]) -> dict[str, int]:  # Any: columns differ in type
    if before is None:
        return {}
    return {f"{name}_grew": max(0, row[name] - before[name]) for name in ("seq_scans", "seq_rows")}


def _slots(asking: Asking) -> Composed:
    return ask.SLOTS.format(wal_status=SQL("wal_status" if asking.version >= _HAS_WAL_STATUS else "NULL"))


def _each(asking: Asking, what: str, query: SQL | Composed, kind: Callable[..., T]) -> tuple[T, ...] | None:
    return asking.tried(what, lambda: tuple(kind(**row) for row in asking.rows(query)))


def _names(asking: Asking, what: str, query: SQL) -> tuple[str, ...] | None:
    return asking.tried(what, lambda: tuple(row["name"] for row in asking.rows(query)))


def _sequences(asking: Asking) -> Mapping[str, float] | None:
    hidden = asking.tried("sequences", lambda: int(asking.one(ask.SEQUENCES_HIDDEN)["hidden"]))
    if hidden:
        grant = "GRANT SELECT ON ALL SEQUENCES IN SCHEMA … TO the probe's role"
        asking.miss("how far sequences are used up", f"no privilege for {hidden} sequences", grant)
    return asking.tried("sequences", lambda: {row["name"]: row["used"] for row in asking.rows(ask.SEQUENCES)})
