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
    """How much counters grew over `window_s`."""

    window_s: float
    evicted: int = 0
    rejected: int = 0
    oom_errors: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class RedisFacts:
    """One server. With `error` set nothing else was seen; None elsewhere means not seen, and `blind` says why."""

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
    took_s: float = 0.0
    blind: tuple[BlindSpot, ...] = ()
