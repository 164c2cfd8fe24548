"""What Redis or Valkey keeps and how: replication, disk, keys, settings."""

from __future__ import annotations

from collections.abc import Iterable

from tocsin.domain.diagnosis.check import check
from tocsin.domain.diagnosis.facts import Bundle, RedisFacts
from tocsin.domain.diagnosis.findings import Finding, graded, weigh
from tocsin.domain.diagnosis.history import changed_words, series
from tocsin.domain.diagnosis.look import Look

_LAG_BYTES = (10 * 1024 * 1024, 100 * 1024 * 1024)
_FORK_S = (0.5, 2.0)
_SAVING_S = (600.0, 1200.0)
_STALL_S = (0.1, 0.5)
_LOST = 0.5
_ENOUGH_KEYS = 100
_JUST_S = 120.0
_MIB = 1024 * 1024


def _redis(bundle: Bundle) -> Iterable[RedisFacts]:
    return bundle.redis


@check(
    "redis.replication", _redis, "a broken link: netdata; 10 and 100 MiB behind, any full resync while we looked: ours"
)
def replication(facts: RedisFacts, _look: Look) -> Finding | None:
    """See whether replicas follow."""
    one = facts.replication
    if one is None:
        return None
    lag = one.lag_bytes or 0
    resyncs = facts.rates.full_syncs if facts.rates else 0
    if one.link_up is False:
        because = f"{facts.target} has lost its primary" + (f" {one.link_down_s:.0f} s ago" if one.link_down_s else "")
        lost = (weigh("replication_lag", 4.5, "decisive", because),)
        return Finding(verdict="critical", observed=because, expected="the link is up", supports=lost)
    verdict = "warn" if resyncs else graded(lag, *_LAG_BYTES)
    observed = f"{one.role}, {one.replicas} replicas, {lag / _MIB:.1f} MiB behind"
    return Finding(
        verdict=verdict,
        observed=observed,
        expected=f"under {_LAG_BYTES[0] / _MIB:.0f} MiB behind",
        reproduce='redis-cli -u "$REDIS_URL" info replication',
        evidence=(f"{resyncs} full resyncs while we looked",) if resyncs else (),
        supports=(weigh("replication_lag", 1.5, because=observed),) if verdict != "ok" else (),
    )


@check("redis.fork", _redis, "500 ms for a fork: ours; 600 and 1 200 s for a save: netdata")
def fork(facts: RedisFacts, _look: Look) -> Finding | None:
    """See what saving to disk costs the server's one thread."""
    if facts.last_fork_s is None:
        return None
    saving = facts.saving_s or 0.0
    worst = max(graded(facts.last_fork_s, *_FORK_S), graded(saving, *_SAVING_S), key=["ok", "warn", "critical"].index)
    because = f"the last fork stopped it for {facts.last_fork_s * 1000:.0f} ms"
    return Finding(
        verdict=worst,
        observed=because + (f", a save runs for {saving:.0f} s" if facts.saving_s else ""),
        expected=f"under {_FORK_S[0] * 1000:.0f} ms, saves under {_SAVING_S[0]:g} s",
        reproduce='redis-cli -u "$REDIS_URL" info stats | grep fork; info persistence',
        supports=(weigh("redis_slow", 1.0, because=because),) if worst != "ok" else (),
    )


@check("redis.latency_events", _redis, "100 and 500 ms by the server's own latency monitor: ours")
def latency_events(facts: RedisFacts, _look: Look) -> Finding | None:
    """See which events held the server up, where its monitor is on."""
    if not facts.latency_events:
        return None
    event = max(facts.latency_events, key=lambda one: facts.latency_events[one])
    worst = facts.latency_events[event]
    verdict = graded(worst, *_STALL_S)
    return Finding(
        verdict="warn" if verdict == "critical" else verdict,
        observed=f"{event} took up to {worst * 1000:.0f} ms",
        expected=f"under {_STALL_S[0] * 1000:.0f} ms",
        reproduce='redis-cli -u "$REDIS_URL" latency latest',
        supports=(weigh("redis_slow", 0.7, because=f"{event} took {worst * 1000:.0f} ms"),) if verdict != "ok" else (),
    )


@check("redis.keyspace", _redis, "half the keys gone since the last look, or a flush: ours")
def keyspace(facts: RedisFacts, look: Look) -> Finding | None:
    """See whether keys vanished: an emptied cache sends every read to the database."""
    if facts.keys is None:
        return None
    keys = [value for _, value in series(look, facts.target, "keys")]
    flushes = [value for _, value in series(look, facts.target, "flushes")]
    most = max(keys[:-1], default=0.0)
    gone = most >= _ENOUGH_KEYS and facts.keys < _LOST * most
    flushed = len(flushes) > 1 and flushes[-1] > flushes[0]
    because = f"{facts.keys} keys left of {most:.0f}" + (", after a flush" if flushed else "")
    sure = gone and flushed
    return Finding(
        verdict="critical" if sure else "warn" if gone else "ok",
        observed=because if gone else f"{facts.keys} keys",
        expected="more than half of what it held at earlier looks",
        reproduce='redis-cli -u "$REDIS_URL" info keyspace; info commandstats | grep flush',
        supports=(weigh("cache_thrash", 4.5 if sure else 1.5, "decisive" if sure else "supporting", because),)
        if gone
        else (),
    )


@check("redis.config_change", _redis, "any setting that differs from the last look: ours")
def config_change(facts: RedisFacts, look: Look) -> Finding | None:
    """Compare the settings with those of the last look."""
    if not facts.settings:
        return None
    changed = [
        f"{name}: {was or 'unset'} → {now or 'unset'}"
        for name, was, now, _ in changed_words(look, facts.target, "setting:")
    ]
    return Finding(
        verdict="warn" if changed else "ok",
        observed=f"{len(changed)} settings changed",
        expected="as at the last look",
        reproduce='redis-cli -u "$REDIS_URL" config get maxmemory*',
        evidence=tuple(changed),
        supports=(weigh("bad_configuration", 1.5, "correlation", f"{facts.target}: {changed[0]}"),) if changed else (),
    )


@check("redis.restarted", _redis, "2 min: ours")
def restarted(facts: RedisFacts, _look: Look) -> Finding | None:
    """See whether the server has just started: a cold cache is slow at first."""
    if facts.uptime_s is None:
        return None
    late = facts.uptime_s < _JUST_S and (facts.rates.misses if facts.rates else 0) > (
        facts.rates.hits if facts.rates else 0
    )
    because = f"{facts.target} started {facts.uptime_s:.0f} s ago and most reads miss"
    return Finding(
        verdict="warn" if late else "ok",
        observed=because if late else f"up for {facts.uptime_s:.0f} s",
        expected="a warm cache",
        reproduce='redis-cli -u "$REDIS_URL" info server | grep uptime',
        supports=(weigh("cache_thrash", 0.7, because=because),) if late else (),
    )
