"""What keeps a PostgreSQL server able to go on: vacuum, WAL, slots, sequences, settings."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True, kw_only=True)
class TableUse:
    """How one table is read and kept; `_grew` is what came in while the probe watched. `vacuumed_s` ago, None: never."""

    name: str
    live: int
    dead: int = 0
    seq_scans: int = 0
    seq_rows: int = 0
    index_scans: int = 0
    seq_scans_grew: int = 0
    seq_rows_grew: int = 0
    vacuumed_s: float | None = None
    bytes: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Age:
    """How far a database's oldest row is from being frozen, in transactions and in multixacts."""

    database: str
    xids: int
    multixacts: int = 0
    freeze_max: int = 200_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Horizon:
    """Something that keeps old row versions: a session, a prepared transaction, a slot, a standby."""

    kind: str
    name: str
    age: int
    detail: str = ""
    held_s: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Slot:
    """One replication slot and the WAL it keeps on disk."""

    name: str
    active: bool
    retained_bytes: int = 0
    wal_status: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Prepared:
    """A transaction prepared for a commit in two phases that nobody has ended."""

    gid: str
    age_s: float
    owner: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Archiver:
    """How the archiving of WAL goes; times are seconds ago, None: never."""

    failed: int
    failed_s: float | None = None
    archived_s: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Checkpoints:
    """Checkpoints by the clock and by the amount of WAL, since the counters were reset."""

    timed: int
    requested: int
    timed_grew: int = 0
    requested_grew: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Upkeep:
    """The slow side of a server. `sequences` are the used shares (0 to 1) of those most used; None was not seen."""

    uptime_s: float | None = None
    in_recovery: bool = False
    read_only: bool = False
    settings: Mapping[str, str] = field(default_factory=dict)
    pending_restart: tuple[str, ...] = ()
    ages: tuple[Age, ...] | None = None
    horizons: tuple[Horizon, ...] | None = None
    slots: tuple[Slot, ...] | None = None
    prepared: tuple[Prepared, ...] | None = None
    archiver: Archiver | None = None
    checkpoints: Checkpoints | None = None
    sequences: Mapping[str, float] | None = None
    invalid_indexes: tuple[str, ...] | None = None
    vacuums: tuple[str, ...] | None = None
