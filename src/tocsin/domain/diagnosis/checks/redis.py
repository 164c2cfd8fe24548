"""What Redis or Valkey says about itself."""

from __future__ import annotations

from collections.abc import Iterable

from tocsin.domain.diagnosis.check import check
from tocsin.domain.diagnosis.facts import Bundle, RedisFacts
from tocsin.domain.diagnosis.findings import Finding, Verdict, Weight, graded, weigh
from tocsin.domain.diagnosis.logins import refused_login
from tocsin.domain.diagnosis.look import Look
from tocsin.domain.diagnosis.readiness import blames, service_is_ready

_SLOW_PING_S = 0.1
_FULL = 0.9
_NO_ROOM = 0.98
_RECENT_S = 900.0
_WASTE_BYTES = 100 * 1024 * 1024
_FRAGMENTED = 1.5
_MIB = 1024 * 1024
_WHOLE_KEYSPACE = frozenset({"keys", "smembers", "sort", "flushall", "flushdb", "eval", "lrange", "hgetall"})


def _redis(bundle: Bundle) -> Iterable[RedisFacts]:
    return bundle.redis


@check("redis.reach", _redis, "any failure to answer PING is critical; its text tells the cause")
def reach(facts: RedisFacts, look: Look) -> Finding:
    """See whether it answers PING."""
    if facts.error is None:
        ping = facts.ping_s or 0.0
        up = (weigh("redis_down", 4.0, "decisive", f"{facts.target} answers"),)
        verdict: Verdict = "warn" if ping >= _SLOW_PING_S else "ok"
        slow = (weigh("redis_slow", 1.5, because=f"PING takes {ping * 1000:.0f} ms"),) if verdict == "warn" else ()
        took = f"PING in {ping * 1000:.1f} ms" if facts.ping_s is not None else "it answered"
        return Finding(verdict=verdict, observed=took, expected="under 100 ms", supports=slow, refutes=up)
    return Finding(
        verdict="critical",
        observed=facts.error,
        expected="answers PING",
        reproduce='redis-cli -u "$REDIS_URL" ping',
        evidence=(facts.error_text,),
        supports=_refusal(facts, look),
    )


def _refusal(facts: RedisFacts, look: Look) -> tuple[Weight, ...]:
    """Silence alone may be the network between us and the server, unless a service misses its Redis as well."""
    because = facts.error_text
    match facts.error:
        case "refused" | "loading" | "masterdown" | "clusterdown":
            return (weigh("redis_down", 5.0, "decisive", because),)
        case "timeout" if blames(look.bundle, "redis"):
            return (weigh("redis_down", 5.0, "decisive", because),)
        case "timeout" if service_is_ready(look.bundle):
            return (weigh("redis_down", 1.0, because=f"{because}; the service calls itself ready"),)
        case "timeout":
            return (weigh("redis_down", 3.5, because=because),)
        case "misconf":
            return (weigh("redis_full", 4.5, "decisive", because),)
        case "dns":
            return (weigh("dns_failure", 3.0, because=because),)
        case "auth" | "tls":
            return (refused_login(because, "redis", look),)
        case _:
            return (weigh("redis_down", 1.5, because=because),)


@check("redis.memory", _redis, "90 %: common exporter alert; a write refused for memory is decisive")
def memory(facts: RedisFacts, _look: Look) -> Finding | None:
    """Compare used memory with its limit, and see whether writes are refused."""
    ceiling = facts.max_bytes or facts.host_bytes
    if facts.used_bytes is None or not ceiling:
        return None
    ratio = facts.used_bytes / ceiling
    refused = facts.rates.oom_errors if facts.rates else 0
    ever = facts.errors.get("OOM", 0)
    of = "maxmemory" if facts.max_bytes else "the machine's memory"
    observed = f"{facts.used_bytes / _MIB:.0f} MiB, {ratio:.0%} of {of}"
    no_room = refused > 0 or (ever > 0 and ratio >= _NO_ROOM and facts.policy == "noeviction")
    supports: tuple[Weight, ...] = ()
    if no_room:
        supports = (weigh("redis_full", 5.0, "decisive", f"writes are refused for memory ({ever} so far), {observed}"),)
    elif ratio >= _FULL and facts.policy == "noeviction":
        supports = (weigh("redis_full", 2.0, because=f"{observed} and nothing may be evicted"),)
    return Finding(
        verdict="critical" if no_room else graded(ratio, _FULL, _NO_ROOM) if facts.policy == "noeviction" else "ok",
        observed=f"{observed}, policy {facts.policy or '?'}",
        expected=f"under {_FULL:.0%}, no write refused",
        threshold=f"warn {_FULL:.0%}, critical {_NO_ROOM:.0%} or a refused write",
        reproduce='redis-cli -u "$REDIS_URL" info memory; redis-cli -u "$REDIS_URL" info errorstats',
        supports=supports,
        refutes=() if supports else (weigh("redis_full", 2.0, because=observed),),
    )


@check("redis.clients", _redis, "90 %, or any refused connection: common exporter alerts")
def clients(facts: RedisFacts, _look: Look) -> Finding | None:
    """Compare connected clients with the limit."""
    if facts.clients is None or not facts.max_clients:
        return None
    ratio = facts.clients / facts.max_clients
    refused = facts.rates.rejected if facts.rates else 0
    observed = f"{facts.clients} of {facts.max_clients} clients, {refused} refused while we looked"
    verdict: Verdict = "critical" if refused else graded(ratio, _FULL, 1.0)
    full = weigh("redis_full", 4.5 if refused else 1.5, "decisive" if refused else "supporting", observed)
    return Finding(
        verdict=verdict,
        observed=observed,
        expected=f"under {_FULL:.0%}, none refused",
        reproduce='redis-cli -u "$REDIS_URL" info clients',
        supports=() if verdict == "ok" else (full,),
    )


@check("redis.slowlog", _redis, "commands that walk a whole keyspace or value, in the last 15 min: ours")
def slowlog(facts: RedisFacts, _look: Look) -> Finding | None:
    """Look for recent slow commands."""
    if facts.slowlog is None:
        return None
    recent = [one for one in facts.slowlog if (facts.at - one.at).total_seconds() <= _RECENT_S]
    walkers = [one for one in recent if one.command.split(" ")[0].lower() in _WHOLE_KEYSPACE]
    slow = max((one.took_s for one in recent), default=0.0)
    because = f"{walkers[0].command} took {walkers[0].took_s * 1000:.0f} ms" if walkers else ""
    return Finding(
        verdict="warn" if recent else "ok",
        observed=f"{len(recent)} slow commands lately, up to {slow * 1000:.0f} ms" if recent else "none lately",
        expected="no slow command in the last 15 min",
        reproduce='redis-cli -u "$REDIS_URL" slowlog get 10',
        evidence=tuple(f"{one.at.isoformat()} {one.took_s * 1000:.1f} ms {one.command} {one.client}" for one in recent),
        supports=(weigh("redis_slow", 3.0, because=because),) if walkers else (),
        refutes=() if recent else (weigh("redis_slow", 1.5, because="the slowlog has nothing recent"),),
    )


@check("redis.persistence", _redis, "a failed save or rewrite is critical: it can stop all writes (MISCONF)")
def persistence(facts: RedisFacts, _look: Look) -> Finding | None:
    """See whether saving to disk works."""
    if not facts.persistence:
        return None
    broken = {name: state for name, state in facts.persistence.items() if state != "ok"}
    because = ", ".join(f"{name} is {state}" for name, state in broken.items())
    return Finding(
        verdict="critical" if broken else "ok",
        observed=because or "every save worked",
        expected="ok",
        reproduce='redis-cli -u "$REDIS_URL" info persistence',
        supports=(weigh("redis_full", 2.0, because=because), weigh("disk_full", 1.0, because=because))
        if broken
        else (),
    )


@check("redis.evictions", _redis, "any eviction while we looked: ours")
def evictions(facts: RedisFacts, _look: Look) -> Finding | None:
    """See whether keys are being thrown out."""
    if facts.rates is None:
        return None
    evicted = facts.rates.evicted
    observed = f"{evicted} keys in {facts.rates.window_s:.1f} s, {facts.evicted_total} since start"
    return Finding(
        verdict="warn" if evicted else "ok",
        observed=observed,
        expected="none",
        reproduce='redis-cli -u "$REDIS_URL" info stats | grep evicted',
        supports=(weigh("cache_thrash", 1.0, because=f"evicting: {observed}"),) if evicted else (),
    )


@check(
    "redis.fragmentation",
    _redis,
    "1.5 with at least 100 MiB lost, since small instances always look fragmented; below 1 with as much missing: swapped out",
)
def fragmentation(facts: RedisFacts, _look: Look) -> Finding | None:
    """Compare resident with used memory: more is lost between allocations, less has been swapped out."""
    if facts.fragmentation is None or facts.used_bytes is None or facts.rss_bytes is None:
        return None
    lost = facts.rss_bytes - facts.used_bytes
    bad = facts.fragmentation > _FRAGMENTED and lost > _WASTE_BYTES
    swapped = -lost > _WASTE_BYTES
    gone = f"{-lost / _MIB:.0f} MiB of what it uses are not in memory"
    return Finding(
        verdict="warn" if bad or swapped else "ok",
        observed=gone if swapped else f"ratio {facts.fragmentation:.2f}, {max(0, lost) / _MIB:.0f} MiB lost",
        expected=f"1 to {_FRAGMENTED}, or under {_WASTE_BYTES / _MIB:.0f} MiB lost",
        reproduce='redis-cli -u "$REDIS_URL" info memory',
        supports=(weigh("redis_slow", 1.0, because=gone),) if swapped else (),
    )
