"""What a connection pooler said about itself: PgBouncer's pools, databases and limits."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from tocsin.domain.diagnosis.facts.blind_spots import BlindSpot
from tocsin.domain.diagnosis.facts.postgres import ConnectError


@dataclass(frozen=True, slots=True, kw_only=True)
class PooledDatabase:
    """One entry of the pooler: where it leads, how many server connections each of its pools may open, whether it is held."""

    name: str
    address: str = ""
    pool_size: int = 0
    reserve: int = 0
    most: int = 0
    connections: int = 0
    paused: bool = False
    disabled: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class ServerPool:
    """One pool, of a database and a user. `waited` is how many clients waited already when the probe looked first.

    `serving` are server connections that a client has, `idle` those that are free, `opening` those that log in.
    """

    database: str
    user: str
    mode: str = ""
    clients: int = 0
    waiting: int = 0
    waited: int = 0
    longest_wait_s: float = 0.0
    serving: int = 0
    idle: int = 0
    opening: int = 0

    @property
    def servers(self) -> int:
        """How many connections to the server the pool has open."""
        return self.serving + self.idle + self.opening

    @property
    def held_up(self) -> bool:
        """Whether clients waited at both looks: one that is served within a second is a busy pool, not a full one."""
        return bool(self.waiting and self.waited)


@dataclass(frozen=True, slots=True, kw_only=True)
class DatabaseWork:
    """What went through one database in `window_s`, and for how long clients waited for a server connection."""

    database: str
    window_s: float
    transactions: int = 0
    waited_s: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class PgbouncerFacts:
    """One pooler. With `error` set nothing else was seen; None elsewhere means not seen, and `blind` says why."""

    target: str
    at: datetime
    service: str = ""
    error: ConnectError | None = None
    error_text: str = ""
    version: str = ""
    databases: tuple[PooledDatabase, ...] | None = None
    pools: tuple[ServerPool, ...] | None = None
    work: tuple[DatabaseWork, ...] | None = None
    clients: int | None = None
    max_clients: int | None = None
    took_s: float = 0.0
    blind: tuple[BlindSpot, ...] = ()
