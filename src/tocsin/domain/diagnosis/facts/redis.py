"""What a Redis or Valkey server said about itself."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

from tocsin.domain.diagnosis.facts.blind_spots import BlindSpot

RedisError = Literal[
    "refused", "timeout", "dns", "tls", "auth", "loading", "misconf", "masterdown", "clusterdown", "other"
]


@dataclass(frozen=True, slots=True, kw_only=True)
class SlowCommand:
    """One slowlog entry: the command and its first argument only, since the others are data."""

    at: datetime
    took_s: float
    command: str
    client: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class RedisRates:
    """How much counters grew over `window_s`; `busiest` is the command that took most time, for `busiest_s` of it."""

    window_s: float
    evicted: int = 0
    rejected: int = 0
    oom_errors: int = 0
    hits: int = 0
    misses: int = 0
    expired: int = 0
    commands: int = 0
    full_syncs: int = 0
    errors: int = 0
    expire_capped: int = 0
    busiest: str = ""
    busiest_s: float = 0.0
    busiest_calls: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class BlockedBy:
    """How many clients wait in one command, the longest for `longest_s`."""

    command: str
    count: int
    longest_s: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Queue:
    """A list or stream that the operator named: its length, how it changed over `window_s`, and who waits to read it."""

    key: str
    length: int
    grew: int = 0
    window_s: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class BigKey:
    """A key among those that were looked at: the beginning of its name, its type, and the memory it takes (estimated)."""

    name: str
    kind: str
    bytes: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Replication:
    """The server's place in replication; `link_up` is a replica's link to its primary."""

    role: str
    replicas: int = 0
    link_up: bool | None = None
    link_down_s: float | None = None
    lag_bytes: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RedisFacts:
    """One server. With `error` set nothing else was seen; None elsewhere means not seen, and `blind` says why.

    `stale_percent` are keys that have expired and are still there. `big_keys` are the largest of `sampled_keys`.
    """

    target: str
    at: datetime
    service: str = ""
    error: RedisError | None = None
    error_text: str = ""
    ping_s: float | None = None
    version: str = ""
    used_bytes: int | None = None
    max_bytes: int | None = None
    host_bytes: int | None = None
    rss_bytes: int | None = None
    policy: str = ""
    fragmentation: float | None = None
    clients: int | None = None
    max_clients: int | None = None
    blocked: int | None = None
    slowlog: tuple[SlowCommand, ...] | None = None
    evicted_total: int = 0
    rejected_total: int = 0
    errors: Mapping[str, int] = field(default_factory=dict)
    rates: RedisRates | None = None
    persistence: Mapping[str, str] = field(default_factory=dict)
    blocked_by: tuple[BlockedBy, ...] | None = None
    paused: str = ""
    queues: tuple[Queue, ...] = ()
    keys: int | None = None
    uptime_s: float | None = None
    last_fork_s: float | None = None
    saving_s: float | None = None
    save_every_s: float | None = None
    saved_ago_s: float | None = None
    unsaved_changes: int | None = None
    replication: Replication | None = None
    flushes: int = 0
    stale_percent: float | None = None
    event_loop_s: float | None = None
    sampled_keys: int | None = None
    big_keys: tuple[BigKey, ...] = ()
    settings: Mapping[str, str] = field(default_factory=dict)
    latency_events: Mapping[str, float] = field(default_factory=dict)
    took_s: float = 0.0
    blind: tuple[BlindSpot, ...] = ()
