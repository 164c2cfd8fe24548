"""What the answer to INFO means."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from tocsin.domain.diagnosis.facts import RedisFacts, Replication

Info = Mapping[str, Any]  # Any: INFO mixes numbers and texts
_STATUSES = ("rdb_last_bgsave_status", "aof_last_bgrewrite_status", "aof_last_write_status")
_FLUSHES = ("cmdstat_flushall", "cmdstat_flushdb")


def told(facts: RedisFacts, info: Info) -> RedisFacts:
    """Return the facts with what INFO told."""
    errors = {name.removeprefix("errorstat_"): count(info, name) for name in info if name.startswith("errorstat_")}
    facts = replace(
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
        evicted_total=count(info, "evicted_keys"),
        rejected_total=count(info, "rejected_connections"),
        errors=errors,
        persistence={name: str(info[name]) for name in _STATUSES if name in info},
    )
    return _kept(facts, info)


def _kept(facts: RedisFacts, info: Info) -> RedisFacts:
    """Return the facts with what INFO tells of keys, disk and replication."""
    now, saved = info.get("server_time_usec"), info.get("rdb_last_save_time")
    saving = info.get("rdb_current_bgsave_time_sec", -1)
    return replace(
        facts,
        paused=str(info.get("paused_actions", "")).replace("none", ""),
        keys=sum(int(one["keys"]) for name, one in info.items() if name.startswith("db") and isinstance(one, Mapping)),
        uptime_s=info.get("uptime_in_seconds"),
        last_fork_s=count(info, "latest_fork_usec") / 1_000_000,
        saving_s=float(saving) if saving >= 0 else None,
        saved_ago_s=now / 1_000_000 - saved if now and saved else None,
        unsaved_changes=info.get("rdb_changes_since_last_save"),
        replication=_replication(info),
        stale_percent=info.get("expired_stale_perc"),
        event_loop_s=_seconds(info.get("instantaneous_eventloop_duration_usec")),
        flushes=sum(int(info[name]["calls"]) for name in _FLUSHES if name in info),
    )


def _seconds(usec: float | None) -> float | None:
    return None if usec is None else float(usec) / 1_000_000


def _replication(info: Info) -> Replication | None:
    if "role" not in info:
        return None
    link = info.get("master_link_status")
    own, down = info.get("master_repl_offset"), info.get("master_link_down_since_seconds")
    followers = [one for name, one in info.items() if name.startswith("slave") and isinstance(one, Mapping)]
    offsets = [int(one["offset"]) for one in followers if "offset" in one]
    return Replication(
        role=str(info["role"]),
        replicas=count(info, "connected_slaves"),
        link_up=None if link is None else link == "up",
        link_down_s=None if down is None or down < 0 else float(down),
        lag_bytes=own - min(offsets) if offsets and own else None,
    )


def count(info: Info, name: str) -> int:
    """Return a counter; error statistics are a mapping with a count."""
    value = info.get(name, info.get(f"errorstat_{name}", 0))
    return int(value.get("count", 0) if isinstance(value, Mapping) else value)
