"""What Redis or Valkey holds: keys that are too large, and keys that expire faster than they can be removed."""

from __future__ import annotations

from collections.abc import Iterable

from tocsin.domain.diagnosis.check import check
from tocsin.domain.diagnosis.facts import Bundle, RedisFacts
from tocsin.domain.diagnosis.findings import Finding, graded, weigh
from tocsin.domain.diagnosis.look import Look

_SHOWN = 5
_MIB = 1024 * 1024
_BIG = 10 * _MIB
_SHARE, _NOTICED = 0.10, _MIB
_STALE_PERCENT = 10.0
_LOOP_S = (0.010, 0.100)


def _redis(bundle: Bundle) -> Iterable[RedisFacts]:
    return bundle.redis


@check(
    "redis.bigkeys",
    _redis,
    "10 MiB, or 1 MiB and a tenth of the memory: ours; looked for as unskript does, within a budget",
)
def bigkeys(facts: RedisFacts, _look: Look) -> Finding | None:
    """Name the largest of the keys whose size was asked: reading, expiring or moving one stops the server's one thread."""
    if facts.sampled_keys is None:
        return None
    used = facts.used_bytes or 0
    big = [one for one in facts.big_keys if one.bytes >= _BIG or (one.bytes >= _NOTICED and one.bytes >= _SHARE * used)]
    told = [f"{one.name} ({one.kind}): {one.bytes / _MIB:,.1f} MiB" for one in big]
    of = f"{facts.sampled_keys:,} of {facts.keys:,} keys" if facts.keys is not None else f"{facts.sampled_keys:,} keys"
    because = f"{told[0]}, of {used / _MIB:,.0f} MiB in use" if told else ""
    return Finding(
        verdict="warn" if big else "ok",
        observed=f"{because}; looked at {of}" if big else f"none of {of} is large",
        expected=f"under {_BIG / _MIB:.0f} MiB a key",
        reproduce='redis-cli -u "$REDIS_URL" --memkeys -i 0.1',
        evidence=tuple(told[:_SHOWN]),
        supports=(weigh("redis_slow", 0.5, because=because), weigh("redis_full", 0.3, because=because)) if big else (),
    )


@check("redis.expiry", _redis, "a tenth of the keys expired and still there: what the server's own cycle aims below")
def expiry(facts: RedisFacts, _look: Look) -> Finding | None:
    """See whether keys expire faster than the server can remove them, all at one moment mostly."""
    if facts.stale_percent is None:
        return None
    capped = facts.rates.expire_capped if facts.rates else 0
    late = facts.stale_percent >= _STALE_PERCENT
    because = f"{facts.stale_percent:.0f} % of keys have expired and are still there"
    because += f"; removing them ran out of time {capped} times while we looked" if capped else ""
    return Finding(
        verdict="warn" if late else "ok",
        observed=because,
        expected=f"under {_STALE_PERCENT:.0f} %",
        why="they hold memory, and removing them takes up to a quarter of the server's one thread",
        reproduce='redis-cli -u "$REDIS_URL" info stats | grep expired',
        supports=(weigh("redis_slow", 1.0 if capped else 0.5, because=because),) if late else (),
    )


@check("redis.event_loop", _redis, "10 and 100 ms for one turn: ours; a turn is microseconds where commands are small")
def event_loop(facts: RedisFacts, _look: Look) -> Finding | None:
    """See how long one turn of the server's only thread takes: every client waits that long (Redis 7, Valkey)."""
    if facts.event_loop_s is None:
        return None
    verdict = graded(facts.event_loop_s, *_LOOP_S)
    observed = f"one turn takes {facts.event_loop_s * 1000:.2f} ms"
    return Finding(
        verdict=verdict,
        observed=observed,
        expected=f"under {_LOOP_S[0] * 1000:.0f} ms",
        reproduce='redis-cli -u "$REDIS_URL" info stats | grep eventloop',
        supports=(weigh("redis_slow", 1.5 if verdict == "critical" else 0.8, because=observed),)
        if verdict != "ok"
        else (),
    )
