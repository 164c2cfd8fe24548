"""What Redis or Valkey is busy with: who waits, which command takes the time, and whether the cache still serves."""

from __future__ import annotations

from collections.abc import Iterable

from tocsin.domain.diagnosis.check import check
from tocsin.domain.diagnosis.facts import BlockedBy, Bundle, Queue, RedisFacts
from tocsin.domain.diagnosis.findings import Finding, Verdict, Weight, graded, weigh
from tocsin.domain.diagnosis.history import series
from tocsin.domain.diagnosis.look import Look
from tocsin.domain.diagnosis.symptoms import suffering

_MANY_BLOCKED, _SOME_BLOCKED, _LONG_S = 10, 3, 5.0
# Workers wait in these for work: that is what they are for.
_FOR_WORK = frozenset(
    {"blpop", "brpop", "brpoplpush", "blmove", "blmpop", "bzpopmin", "bzpopmax", "bzmpop", "xread", "xreadgroup"}
)
_WHOLE_KEYSPACE = frozenset({"keys", "smembers", "sort", "flushall", "flushdb", "eval", "evalsha", "lrange", "hgetall"})
_BUSY, _VERY_BUSY = 0.3, 0.7
_MISSES, _ENOUGH_READS = (0.3, 0.5), 100
_LONG_QUEUE, _FAST_PER_S = 1_000, 10.0
_ERRORS_PER_S = (5.0, 50.0)


def _redis(bundle: Bundle) -> Iterable[RedisFacts]:
    return bundle.redis


@check(
    "redis.blocked", _redis, "more than 10 clients blocked in anything but a wait for work: field practice, and ours"
)
def blocked(facts: RedisFacts, look: Look) -> Finding | None:
    """Tell clients that hang from workers that wait for work."""
    if facts.blocked is None:
        return None
    if facts.blocked_by is None:
        many = facts.blocked > _MANY_BLOCKED
        unknown = (weigh("redis_blocked", 1.0, because=f"{facts.blocked} clients are blocked"),) if many else ()
        return _blocked("warn" if many else "ok", f"{facts.blocked} blocked clients", unknown)
    hanging = [one for one in facts.blocked_by if one.command not in _FOR_WORK]
    count, longest = sum(one.count for one in hanging), max((one.longest_s for one in hanging), default=0.0)
    idle = facts.blocked - count
    observed = f"{count} clients hang ({_commands(hanging)})" if count else "no client hangs"
    observed += f", {idle} wait for work" if idle > 0 else ""
    sure = count > _MANY_BLOCKED or (count >= _SOME_BLOCKED and longest >= _LONG_S and bool(suffering(look)))
    if sure:
        return _blocked("critical", observed, (weigh("redis_blocked", 5.0, "decisive", observed),))
    some = (weigh("redis_blocked", 1.5, because=observed),) if count >= _SOME_BLOCKED else ()
    return _blocked("warn" if some else "ok", observed, some)


def _blocked(verdict: Verdict, observed: str, supports: tuple[Weight, ...]) -> Finding:
    return Finding(
        verdict=verdict,
        observed=observed,
        expected=f"at most {_MANY_BLOCKED}, apart from workers that wait for work",
        reproduce='redis-cli -u "$REDIS_URL" client list',
        supports=supports,
        refutes=(weigh("redis_blocked", 2.0, because=observed),) if verdict == "ok" else (),
    )


def _commands(hanging: Iterable[BlockedBy]) -> str:
    return ", ".join(f"{one.count} in {one.command.upper()} for up to {one.longest_s:.0f} s" for one in hanging)


@check("redis.paused", _redis, "any pause with clients waiting: the server says so itself")
def paused(facts: RedisFacts, _look: Look) -> Finding | None:
    """See whether somebody paused the clients (CLIENT PAUSE, a failover)."""
    if facts.blocked is None:
        return None
    held = bool(facts.paused) and facts.blocked > 0
    because = f"clients are paused ({facts.paused}), {facts.blocked} wait"
    return Finding(
        verdict="critical" if held else "warn" if facts.paused else "ok",
        observed=because if facts.paused else "nobody is paused",
        expected="no pause",
        reproduce='redis-cli -u "$REDIS_URL" info clients; CLIENT UNPAUSE ends it',
        supports=(weigh("redis_blocked", 5.5, "decisive", because),) if held else (),
    )


@check("redis.busiest", _redis, "30 % of the time in a command that walks a keyspace, 70 % in any one: ours")
def busiest(facts: RedisFacts, _look: Look) -> Finding | None:
    """Find the command that takes the server's one thread."""
    rates = facts.rates
    if rates is None or rates.window_s <= 0:
        return None
    share = rates.busiest_s / rates.window_s
    walks = rates.busiest.partition("|")[0] in _WHOLE_KEYSPACE
    observed = f"{rates.busiest.upper() or 'nothing'} took {share:.0%} of the time in {rates.busiest_calls} calls"
    supports: tuple[Weight, ...] = ()
    if walks and share >= _BUSY:
        supports = (weigh("redis_slow", 5.0, "decisive", observed),)
    elif share >= _VERY_BUSY:
        supports = (weigh("redis_slow", 2.5, because=observed), weigh("traffic_spike", 0.5, because=observed))
    return Finding(
        verdict="critical" if walks and supports else "warn" if supports else "ok",
        observed=observed,
        expected=f"under {_VERY_BUSY:.0%}, and {_BUSY:.0%} for one that walks a whole keyspace or value",
        reproduce='redis-cli -u "$REDIS_URL" info commandstats',
        supports=supports,
        refutes=() if supports else (weigh("redis_slow", 0.7, because=observed),),
    )


@check("redis.hit_ratio", _redis, "half of at least 100 reads miss while keys are thrown out: ours")
def hit_ratio(facts: RedisFacts, look: Look) -> Finding | None:
    """See whether the cache still holds what is asked for."""
    rates = facts.rates
    if rates is None:
        return None
    reads = rates.hits + rates.misses
    missed = rates.misses / reads if reads >= _ENOUGH_READS else 0.0
    observed = f"{missed:.0%} of {reads} reads missed, {rates.evicted} keys thrown out"
    thrashing = missed >= _MISSES[1] and rates.evicted > 0
    if not thrashing:
        served = reads >= _ENOUGH_READS and missed < _MISSES[0]
        fine = (weigh("cache_thrash", 3.0, "decisive", f"{1 - missed:.0%} of reads hit"),) if served else ()
        return Finding(verdict="ok", observed=observed, expected="most reads hit", refutes=fine)
    felt = bool(suffering(look))
    return Finding(
        verdict="critical",
        observed=observed,
        expected=f"under {_MISSES[1]:.0%} missed while keys are thrown out",
        why="what was thrown out is asked for again, and the database pays for it",
        reproduce='redis-cli -u "$REDIS_URL" info stats | grep -e keyspace -e evicted',
        supports=(weigh("cache_thrash", 5.0 if felt else 4.5, "decisive", observed),),
    )


@check("redis.queue", _redis, "1 000 entries that grow by 10 a second, or that nobody takes: ours")
def queue(facts: RedisFacts, look: Look) -> Finding | None:
    """See whether named queues are worked off."""
    if not facts.queues:
        return None
    worst = max(facts.queues, key=lambda one: one.length)
    rate = worst.grew / worst.window_s if worst.window_s else 0.0
    before = [value for _, value in series(look, facts.target, f"queue:{worst.key}")][:-1]
    observed = f"{worst.key} holds {worst.length}, {rate:+.0f} a second"
    growing = worst.length >= _LONG_QUEUE and rate >= _FAST_PER_S and all(value <= worst.length for value in before)
    stuck = worst.length >= _LONG_QUEUE and worst.grew == 0 and len(before) > 1 and set(before) == {worst.length}
    return Finding(
        verdict="critical" if growing else "warn" if stuck else "ok",
        observed=observed,
        expected=f"under {_LONG_QUEUE}, or shrinking",
        reproduce=f'redis-cli -u "$REDIS_URL" llen {worst.key}',
        evidence=tuple(_queue_line(one) for one in facts.queues),
        supports=_queue_weights(facts, observed, growing=growing, stuck=stuck),
        refutes=(weigh("queue_backlog", 3.0, "decisive", observed),) if rate < 0 or worst.length < _LONG_QUEUE else (),
    )


def _queue_line(one: Queue) -> str:
    return f"{one.key}: {one.length}, {one.grew:+d} in {one.window_s:.1f} s"


def _queue_weights(facts: RedisFacts, observed: str, *, growing: bool, stuck: bool) -> tuple[Weight, ...]:
    workers = sum(one.count for one in facts.blocked_by or () if one.command in _FOR_WORK)
    if growing and not workers:
        return (weigh("queue_backlog", 5.0, "decisive", observed),)
    return (weigh("queue_backlog", 2.0, because=observed),) if growing or stuck else ()


@check("redis.errors", _redis, "5 and 50 refused commands a second: ours")
def errors(facts: RedisFacts, _look: Look) -> Finding | None:
    """See whether commands are refused, and why."""
    rates = facts.rates
    if rates is None or rates.window_s <= 0:
        return None
    rate = rates.errors / rates.window_s
    most = max(facts.errors, key=lambda one: facts.errors[one], default="")
    login = most in {"NOAUTH", "WRONGPASS", "NOPERM"} and rate >= _ERRORS_PER_S[0]
    because = f"{rate:.0f} commands a second are refused, most with {most}"
    return Finding(
        verdict=graded(rate, *_ERRORS_PER_S),
        observed=because if rates.errors else "no command was refused",
        expected=f"under {_ERRORS_PER_S[0]:g} a second",
        reproduce='redis-cli -u "$REDIS_URL" info errorstats',
        supports=(weigh("bad_configuration", 3.5, because=because),) if login else (),
    )
