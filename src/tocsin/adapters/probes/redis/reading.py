"""What is asked of the server: INFO twice, and what INFO does not tell. A command it refuses becomes a blind spot."""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial
from typing import Any, TypeVar

import redis

from tocsin.adapters.probes.redis.info import Info, count, told
from tocsin.adapters.probes.redis.sizes import sampled
from tocsin.domain.diagnosis.facts import BlindSpot, BlockedBy, Queue, RedisFacts, RedisRates, SlowCommand
from tocsin.domain.diagnosis.redaction import excerpt

T = TypeVar("T")
_KEY_SHOWN = 40
_SECRET_ARGUMENTS = frozenset({"AUTH", "HELLO", "ACL", "CONFIG", "MIGRATE"})
_SETTINGS = ("maxmemory", "maxmemory-policy", "maxclients", "timeout", "save", "appendonly", "appendfsync")
_MOST_CLIENTS = 2_000
_COUNTED: Mapping[str, str] = {
    "evicted": "evicted_keys",
    "rejected": "rejected_connections",
    "oom_errors": "OOM",
    "hits": "keyspace_hits",
    "misses": "keyspace_misses",
    "expired": "expired_keys",
    "commands": "total_commands_processed",
    "full_syncs": "sync_full",
    "errors": "total_error_replies",
    "expire_capped": "expired_time_cap_reached_count",
}


class Reader:
    """Reads one server once."""

    def __init__(self, client: redis.Redis, target: str) -> None:
        self._client = client
        self._target = target
        self._blind: list[BlindSpot] = []

    def read(self, facts: RedisFacts, queues: Iterable[str], *, until: float, keys: int = 0) -> RedisFacts:
        """Return the facts with what the server told; counters are watched until `until` (monotonic seconds).

        Of so many `keys` the size is asked, while there is time.
        """
        before, watched = self._tried("INFO", self._info), time.monotonic()
        lengths = {key: self._tried(f"queue {key}", partial(self._length, key)) for key in queues}
        facts = replace(
            facts,
            slowlog=self._tried("slowlog", lambda: tuple(_slow(one) for one in self._client.slowlog_get(10))),
            settings=self._tried("settings", self._settings) or {},
            latency_events=self._tried("latency events", self._latency) or {},
        )
        if keys:
            seen = self._tried("sizes of keys", lambda: sampled(self._client, keys, until))
            facts = replace(facts, sampled_keys=seen[0], big_keys=seen[1]) if seen else facts
        if before is None:
            return replace(facts, blind=tuple(self._blind))
        time.sleep(max(0.0, until - time.monotonic()))
        after = self._tried("INFO", self._info) or before
        window_s = time.monotonic() - watched
        blocked = self._tried("clients", self._blocked) if count(after, "blocked_clients") else ()
        return replace(
            told(facts, after),
            rates=_rates(before, after, window_s),
            blocked_by=blocked,
            queues=tuple(self._queues(lengths, window_s)),
            blind=tuple(self._blind),
        )

    def _tried(self, what: str, question: Callable[[], T]) -> T | None:
        try:
            return question()
        except redis.ResponseError as error:
            self._blind.append(BlindSpot(target=self._target, what=what, why=excerpt(str(error))))
            return None

    def _info(self) -> Info:
        return dict(self._client.info("everything"))

    def _settings(self) -> Mapping[str, str]:
        found = self._client.config_get(*_SETTINGS)
        return {str(name): str(value) for name, value in sorted(found.items())}

    def _latency(self) -> Mapping[str, float]:
        """Return the longest time of each event that the server's own monitor keeps, in seconds."""
        events = self._client.execute_command("LATENCY LATEST")  # type: ignore[no-untyped-call]  # the driver leaves it
        return {str(event): worst / 1000 for event, _, _, worst, *_ in events}

    def _blocked(self) -> tuple[BlockedBy, ...]:
        """Return who waits in which command, by the clients' own words: flag b (blocked) or the command's name."""
        waits: dict[str, list[float]] = defaultdict(list)
        for client in self._client.client_list()[:_MOST_CLIENTS]:
            if "b" in str(client.get("flags", "")):
                waits[str(client.get("cmd", "")).lower()].append(float(client.get("idle", 0)))
        return tuple(
            BlockedBy(command=command, count=len(idle), longest_s=max(idle)) for command, idle in sorted(waits.items())
        )

    def _length(self, key: str) -> int:
        """Return how long a list or stream is; its entries are never read."""
        kind = self._client.type(key)
        return int(self._client.xlen(key) if kind == "stream" else self._client.llen(key))

    def _queues(self, before: Mapping[str, int | None], window_s: float) -> Iterable[Queue]:
        for key, first in before.items():
            if first is not None:
                now = self._tried(f"queue {key}", partial(self._length, key))
                yield Queue(
                    key=key, length=first if now is None else now, grew=(now or first) - first, window_s=window_s
                )


def _rates(before: Info, after: Info, window_s: float) -> RedisRates:
    grew = {name: max(0, count(after, info) - count(before, info)) for name, info in _COUNTED.items()}
    name, calls, took_s = max(_commands(before, after), key=lambda one: one[2], default=("", 0, 0.0))
    return RedisRates(window_s=window_s, **grew, busiest=name, busiest_calls=calls, busiest_s=took_s)


def _commands(before: Info, after: Info) -> Iterable[tuple[str, int, float]]:
    """Give each command with its calls and its seconds while we watched; our own do not count."""
    for name, now in after.items():
        if name.startswith("cmdstat_") and name.partition("_")[2].partition("|")[0] not in {
            "info",
            "slowlog",
            "latency",
        }:
            was = before.get(name, {})
            yield (
                name.removeprefix("cmdstat_"),
                int(now["calls"]) - int(was.get("calls", 0)),
                (float(now["usec"]) - float(was.get("usec", 0))) / 1_000_000,
            )


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
