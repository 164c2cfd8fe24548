"""What a PostgreSQL server said about itself. Literals in statements are redacted before they get here."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

from tocsin.domain.diagnosis.facts.blind_spots import BlindSpot
from tocsin.domain.diagnosis.facts.postgres_room import Room
from tocsin.domain.diagnosis.facts.postgres_upkeep import TableUse, Upkeep

ConnectError = Literal["too_many", "starting", "auth", "no_database", "refused", "timeout", "tls", "dns", "other"]


@dataclass(frozen=True, slots=True, kw_only=True)
class ConnectionLimits:
    """The server's slots; `reserved` exists from PostgreSQL 16."""

    max_connections: int
    superuser_reserved: int = 0
    reserved: int = 0

    @property
    def usable(self) -> int:
        """Slots an ordinary role can take."""
        return self.max_connections - self.superuser_reserved - self.reserved


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionGroup:
    """Client sessions alike in application, user, database and state; `oldest_s` is the longest time in that state."""

    application: str
    user: str
    database: str
    state: str
    count: int
    oldest_s: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Session:
    """One client session. (pid, backend_start) names it for good; a pid alone may be used again.

    Ages are seconds at the server's clock; `tags` are the sqlcommenter pairs of its last statement.
    """

    pid: int
    backend_start: datetime | None = None
    xact_start: datetime | None = None
    state_change: datetime | None = None
    state: str = ""
    application: str = ""
    user: str = ""
    database: str = ""
    client: str = ""
    wait_event_type: str = ""
    query_id: int | None = None
    query: str = ""
    query_s: float = 0.0
    state_s: float = 0.0
    xact_s: float = 0.0
    tags: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class LockWait:
    """`session` has waited `wait_s` for the sessions in `blockers` (pid 0 is a prepared transaction).

    `mode` is the lock it asks for, such as AccessExclusiveLock.
    """

    session: Session
    blockers: tuple[int, ...]
    wait_s: float = 0.0
    mode: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Statement:
    """One row of pg_stat_statements; `_grew` is what came in while the probe watched. Blocks are 8 KiB."""

    query_id: int
    query: str
    calls: int
    mean_s: float
    total_s: float
    blocks: int = 0
    calls_grew: int = 0
    total_grew_s: float = 0.0
    blocks_grew: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Standby:
    """One replication connection of a primary, or the lag of this server when it is a replica itself (name `self`)."""

    name: str
    state: str = ""
    lag_s: float | None = None
    lag_bytes: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Counters:
    """Cumulative counters of the databases, and how much each grew over `window_s`."""

    window_s: float
    deadlocks: int
    deadlocks_grew: int = 0
    commits_grew: int = 0
    rollbacks_grew: int = 0
    blocks_hit_grew: int = 0
    blocks_read_grew: int = 0
    temp_bytes_grew: int = 0
    conflicts_grew: int = 0
    checksum_failures: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class PostgresFacts:
    """One server. With `error` set nothing else was seen; None elsewhere means not seen, and `blind` says why."""

    target: str
    at: datetime
    service: str = ""
    error: ConnectError | None = None
    sqlstate: str = ""
    error_text: str = ""
    connect_s: float | None = None
    server_version: int | None = None
    database: str = ""
    limits: ConnectionLimits | None = None
    used: int | None = None
    groups: tuple[SessionGroup, ...] | None = None
    idle_in_transaction: tuple[Session, ...] | None = None
    lock_waits: tuple[LockWait, ...] | None = None
    blockers: tuple[Session, ...] = ()
    long_queries: tuple[Session, ...] | None = None
    counters: Counters | None = None
    size_bytes: int | None = None
    statements: tuple[Statement, ...] | None = None
    replication: tuple[Standby, ...] | None = None
    tables: tuple[TableUse, ...] | None = None
    room: Room | None = None
    upkeep: Upkeep | None = None
    took_s: float = 0.0
    blind: tuple[BlindSpot, ...] = ()

    def sessions_of(self, application: str) -> int:
        """Count the sessions an application holds, in every state."""
        return sum(group.count for group in self.groups or () if group.application == application)
