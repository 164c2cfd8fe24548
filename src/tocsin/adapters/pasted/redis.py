"""What `redis-cli INFO` printed."""

from __future__ import annotations

from tocsin.adapters.pasted.paste import Paste
from tocsin.domain.diagnosis.facts import BlindSpot, Facts, RedisFacts

_STATUSES = ("loading", "rdb_last_bgsave_status", "aof_last_bgrewrite_status", "aof_last_write_status")
_KNOWN = frozenset({"redis_version", "valkey_version", "used_memory", "connected_clients", "rdb_last_bgsave_status"})


def read(paste: Paste) -> Facts | None:
    """Return what a server told of itself, None where this is not INFO."""
    pairs = (line.strip().partition(":") for line in paste.lines if not line.startswith("#"))
    info = {name: value for name, colon, value in pairs if colon and name.replace("_", "").isalnum()}
    if len(_KNOWN & info.keys()) < 2:  # noqa: PLR2004 (one name alone may be anything)
        return None
    rates = BlindSpot(target=paste.name, what="rates", why="one reading tells totals only", mend="paste INFO twice")
    return RedisFacts(
        target=paste.name,
        at=paste.at,
        version=info.get("valkey_version") or info.get("redis_version", ""),
        used_bytes=_number(info, "used_memory"),
        max_bytes=_number(info, "maxmemory"),
        host_bytes=_number(info, "total_system_memory"),
        rss_bytes=_number(info, "used_memory_rss"),
        policy=info.get("maxmemory_policy", ""),
        fragmentation=_ratio(info, "mem_fragmentation_ratio"),
        clients=_number(info, "connected_clients"),
        max_clients=_number(info, "maxclients"),
        blocked=_number(info, "blocked_clients"),
        evicted_total=_number(info, "evicted_keys") or 0,
        rejected_total=_number(info, "rejected_connections") or 0,
        errors={
            name.removeprefix("errorstat_"): int(value.removeprefix("count="))
            for name, value in info.items()
            if name.startswith("errorstat_") and value.removeprefix("count=").isdigit()
        },
        persistence={name: info[name] for name in _STATUSES if name in info},
        blind=(rates,),
    )


def _number(info: dict[str, str], name: str) -> int | None:
    value = info.get(name, "")
    return int(value) if value.isdigit() else None


def _ratio(info: dict[str, str], name: str) -> float | None:
    value = info.get(name, "")
    return float(value) if value.replace(".", "", 1).isdigit() else None
