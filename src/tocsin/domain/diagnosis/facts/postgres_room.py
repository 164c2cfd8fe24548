"""How much room a PostgreSQL server's tables, indexes and WAL take, from its statistics: no table is read for it."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Stored:
    """One large table or B-tree index. `row_bytes` is the mean width of a row's values, None where that may not be seen.

    `bytes` and `rows` are those of the last vacuum or analyze, `fill` how full a page is meant to be (0 to 1).
    """

    name: str
    bytes: int
    rows: int
    fill: float = 1.0
    row_bytes: float | None = None
    columns: int = 1
    nullable: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class VacuumDebt:
    """One table's dead rows, and how many make autovacuum come (`due`) where it is on (`automatic`).

    `vacuumed_s` is how long ago it was vacuumed, None: never.
    """

    name: str
    dead: int
    due: int
    automatic: bool = True
    vacuumed_s: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Wal:
    """The WAL on disk, what the server means it to be at `most`, what is `kept` on purpose, and how much came in `window_s`."""

    files: int
    bytes: int
    most: int
    kept: int = 0
    grew: int = 0
    window_s: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Room:
    """What takes room. None was not seen."""

    tables: tuple[Stored, ...] | None = None
    indexes: tuple[Stored, ...] | None = None
    debts: tuple[VacuumDebt, ...] | None = None
    wal: Wal | None = None
