"""What a Redis or Valkey server says about itself; only commands that read the server's own state, never a key."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any, TypeVar

import msgspec
import redis
from redis.backoff import NoBackoff
from redis.retry import Retry

from tocsin.adapters.options import read_options
from tocsin.domain.diagnosis.facts import BlindSpot, RedisFacts, RedisRates, SlowCommand
from tocsin.domain.diagnosis.facts.redis import RedisError
from tocsin.domain.diagnosis.redaction import excerpt, secrets_in, without
from tocsin.domain.diagnosis.targets import Target
from tocsin.domain.errors import InvalidError
from tocsin.flows.ports import Clock
from tocsin.net.redaction import redact

T = TypeVar("T")
Info = Mapping[str, Any]  # Any: INFO mixes numbers and texts
_STATUSES = ("rdb_last_bgsave_status", "aof_last_bgrewrite_status", "aof_last_write_status")
_KEY_SHOWN = 40
_SECRET_ARGUMENTS = frozenset({"AUTH", "HELLO", "ACL", "CONFIG", "MIGRATE"})
_WORDS: tuple[tuple[str, RedisError], ...] = (
    ("noauth", "auth"),
    ("wrongpass", "auth"),
    ("authentication", "auth"),
    ("invalid username-password", "auth"),
    ("loading", "loading"),
    ("misconf", "misconf"),
    ("masterdown", "masterdown"),
    ("clusterdown", "clusterdown"),
    ("certificate", "tls"),
    ("ssl", "tls"),
    ("name or service not known", "dns"),
    ("timeout", "timeout"),
    ("timed out", "timeout"),
    ("refused", "refused"),
)


class RedisOptions(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`url` is redis://, rediss:// or unix://; `window_s` is how long counters are watched."""

    url: str
    window_s: float = 0.5


def validate_options(raw: Mapping[str, object]) -> RedisOptions:
    """Return the options in `raw`.

    Raises:
        InvalidError: an option is unknown or has the wrong type, or `url` cannot be one.

    """
    options = read_options("redis", raw, RedisOptions)
    if not options.url.startswith(("env:", "file:")):
        _require_url(options.url)
    return options


def _require_url(url: str) -> None:
    """Let a URL pass that the driver can read; its own words for one it cannot may repeat a password."""
    try:
        redis.connection.parse_url(url)  # type: ignore[no-untyped-call]  # the driver leaves it untyped
    except ValueError:
        mend = "Write redis://host:6379/0, rediss://… or unix://…"
        raise InvalidError("redis: `url` is no Redis address", field="url", mend=mend) from None


class Redis:
    """Sends PING, INFO and SLOWLOG GET."""

    kind = "redis"

    def __init__(self, now: Clock) -> None:
        self._now = now

    def collect(self, target: Target, deadline_s: float) -> RedisFacts:
        """Return what the server says within `deadline_s` seconds. A refused connection is a fact.

        Raises:
            InvalidError: the target's options do not hold.

        """
        options = validate_options(target.options)
        began = time.monotonic()
        blank = RedisFacts(target=target.name, at=self._now(), service=target.service)
        try:
            with _client(options.url, deadline_s) as client:
                sent = time.monotonic()
                client.ping()
                facts = replace(blank, ping_s=time.monotonic() - sent)
                facts = _read(facts, client, until=began + min(options.window_s, deadline_s / 2))
        except (redis.RedisError, OSError, ValueError) as error:
            text = excerpt(redact(without(str(error), secrets_in(target.options))))
            facts = replace(blank, error=_kind(error), error_text=text)
        return replace(facts, took_s=time.monotonic() - began)


def _client(url: str, deadline_s: float) -> redis.Redis:
    limits = {"socket_timeout": deadline_s, "socket_connect_timeout": deadline_s}
    return redis.Redis.from_url(url, decode_responses=True, retry=Retry(NoBackoff(), 0), **limits)


def _read(facts: RedisFacts, client: redis.Redis, *, until: float) -> RedisFacts:
    blind: list[BlindSpot] = []

    def tried(what: str, question: Callable[[], T]) -> T | None:
        try:
            return question()
        except redis.ResponseError as error:
            blind.append(BlindSpot(target=facts.target, what=what, why=excerpt(str(error))))
            return None

    before = tried("INFO", lambda: _info(client))
    watched = time.monotonic()
    slow = tried("slowlog", lambda: tuple(_slow(entry) for entry in client.slowlog_get(10)))
    if before is None:
        return replace(facts, slowlog=slow, blind=tuple(blind))
    time.sleep(max(0.0, until - time.monotonic()))
    after = tried("INFO", lambda: _info(client)) or before
    grew = {
        name: max(0, _count(after, name) - _count(before, name))
        for name in ("evicted_keys", "rejected_connections", "OOM")
    }
    rates = RedisRates(
        window_s=time.monotonic() - watched,
        evicted=grew["evicted_keys"],
        rejected=grew["rejected_connections"],
        oom_errors=grew["OOM"],
    )
    return replace(_told(facts, after), slowlog=slow, rates=rates, blind=tuple(blind))


def _info(client: redis.Redis) -> Info:
    return dict(client.info("everything"))


def _told(facts: RedisFacts, info: Info) -> RedisFacts:
    """Return the facts with what INFO told."""
    errors = {name.removeprefix("errorstat_"): _count(info, name) for name in info if name.startswith("errorstat_")}
    return replace(
        facts,
        version=str(info.get("valkey_version") or info.get("redis_version", "")),
        used_bytes=info.get("used_memory"),
        max_bytes=info.get("maxmemory"),
        host_bytes=info.get("total_system_memory"),
        rss_bytes=info.get("used_memory_rss"),
        policy=str(info.get("maxmemory_policy", "")),
        fragmentation=info.get("mem_fragmentation_ratio"),
        clients=info.get("connected_clients"),
        max_clients=info.get("maxclients"),
        blocked=info.get("blocked_clients"),
        evicted_total=_count(info, "evicted_keys"),
        rejected_total=_count(info, "rejected_connections"),
        errors=errors,
        persistence={name: str(info[name]) for name in _STATUSES if name in info},
    )


def _count(info: Info, name: str) -> int:
    """Return a counter; error statistics are a mapping with a count."""
    value = info.get(name, info.get(f"errorstat_{name}", 0))
    return int(value.get("count", 0) if isinstance(value, Mapping) else value)


def _slow(entry: Mapping[str, Any]) -> SlowCommand:  # Any: the client gives numbers and texts
    """Return a slowlog entry with its first argument only: the others are data."""
    command = entry["command"]
    words = (command.decode("utf-8", "replace") if isinstance(command, bytes) else str(command)).split(" ")
    shown = words[1:2] if words[0].upper() not in _SECRET_ARGUMENTS else []
    return SlowCommand(
        at=datetime.fromtimestamp(entry["start_time"], UTC),
        took_s=entry["duration"] / 1_000_000,
        command=" ".join([words[0].upper(), *(word[:_KEY_SHOWN] for word in shown)]),
        client=str(entry.get("client_address", "")),
    )


def _kind(error: Exception) -> RedisError:
    text = f"{type(error).__name__} {error}".lower()
    return next((kind for words, kind in _WORDS if words in text), "other")
