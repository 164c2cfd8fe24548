"""What PostgreSQL is busy with: locks, long queries, deadlocks, replication."""

from __future__ import annotations

from collections.abc import Iterable

from tocsin.domain.diagnosis.check import check
from tocsin.domain.diagnosis.facts import Bundle, PostgresFacts, Session
from tocsin.domain.diagnosis.findings import Finding, Verdict, Weight, graded, weigh
from tocsin.domain.diagnosis.locks import LockRoot, lock_roots
from tocsin.domain.diagnosis.look import Look

SHOWN = 5
_NORMAL_MULTIPLE = 5.0
_SLOW_MEAN_S = 1.0
_OFTEN = 20
_MIB = 1024.0 * 1024.0


def _postgres(bundle: Bundle) -> Iterable[PostgresFacts]:
    return bundle.postgres


@check(
    "pg.lock_tree",
    _postgres,
    "1 and 2 min of waiting: check_postgres; more than 5 victims: RunWhen; 5 s is seen at all: ours",
)
def lock_tree(facts: PostgresFacts, look: Look) -> Finding | None:
    """Find who is at the root of lock waits."""
    if facts.lock_waits is None:
        return None
    limits = look.limits
    roots = [root for root in lock_roots(facts) if root.longest_s >= limits.lock_seen_s]
    reproduce = (
        "SELECT pid, pg_blocking_pids(pid), query FROM pg_stat_activity WHERE cardinality(pg_blocking_pids(pid)) > 0"
    )
    expected = f"nobody waits longer than {limits.lock_seen_s:g} s"
    if not roots:
        none = (weigh("lock_chain", 4.0, "decisive", f"nobody waits long for a lock on {facts.target}"),)
        return Finding(verdict="ok", observed="no long waits", expected=expected, reproduce=reproduce, refutes=none)
    worst, longest = roots[0], max(root.longest_s for root in roots)
    crowded = len(worst.victims) > limits.lock_victims
    verdict: Verdict = "critical" if crowded else graded(longest, limits.lock_seen_s, limits.lock_critical_s)
    sure = crowded or longest >= limits.lock_warn_s
    because = f"pid {worst.pid} blocks {len(worst.victims)} sessions, up to {worst.longest_s:.0f} s"
    return Finding(
        verdict=verdict,
        observed=because,
        expected=expected,
        threshold=f"warn {limits.lock_seen_s:g} s, critical {limits.lock_critical_s:g} s or over {limits.lock_victims} victims",
        reproduce=reproduce,
        evidence=tuple(_root_line(root) for root in roots[:SHOWN]),
        supports=(weigh("lock_chain", 5.0 if sure else 2.5, "decisive" if sure else "supporting", because),),
    )


def _root_line(root: LockRoot) -> str:
    if root.session is None:
        return f"pid {root.pid}: {'a prepared transaction' if root.pid == 0 else 'gone or hidden'}"
    one = root.session
    waiting = f"{len(root.victims)} wait up to {root.longest_s:.0f} s"
    return f"pid {one.pid} {one.application or one.user} ({one.state}, in its transaction for {one.xact_s:.0f} s): {waiting}; {one.query}"


@check("pg.long_query", _postgres, "5 s: R-DIA-3; 60 s: PgHero; five times a statement's own mean is not normal: ours")
def long_query(facts: PostgresFacts, look: Look) -> Finding | None:
    """Find statements that run longer than they should, apart from those that wait for a lock."""
    if facts.long_queries is None:
        return None
    limits = look.limits
    means = {statement.query_id: statement.mean_s for statement in facts.statements or ()}
    waiting = [one for one in facts.long_queries if one.wait_event_type == "Lock"]
    running = [one for one in facts.long_queries if one not in waiting and one.query_s >= limits.long_query_s]
    odd = [one for one in running if one.query_s > _NORMAL_MULTIPLE * means.get(one.query_id or 0, 0.0)]
    longest = max((one.query_s for one in odd), default=0.0)
    observed = f"{len(odd)} statements run for up to {longest:.0f} s" if odd else "none out of the ordinary"
    return Finding(
        verdict=graded(longest, limits.long_query_s, limits.very_long_query_s),
        observed=observed,
        expected=f"no statement over {limits.long_query_s:g} s",
        threshold=f"warn {limits.long_query_s:g} s, critical {limits.very_long_query_s:g} s",
        reproduce="SELECT pid, now() - query_start, wait_event_type, query FROM pg_stat_activity "
        "WHERE state = 'active' ORDER BY query_start",
        evidence=tuple(f"pid {one.pid} for {one.query_s:.0f} s: {one.query}" for one in odd[:SHOWN]),
        supports=_slow_weights(facts, odd, longest, look),
        refutes=() if odd else (weigh("slow_query", 2.0, because=f"no long statement on {facts.target}"),),
    )


def _slow_weights(facts: PostgresFacts, odd: list[Session], longest: float, look: Look) -> tuple[Weight, ...]:
    if not odd:
        return ()
    active = sum(group.count for group in facts.groups or () if group.state == "active")
    crowd = len(odd) >= look.limits.leak_sessions and active > 0 and len(odd) / active >= look.limits.leak_share_ratio
    because = f"{len(odd)} statements run for up to {longest:.0f} s on {facts.target}"
    if crowd:
        return (weigh("slow_query", 5.0, "decisive", f"{because}: {len(odd)} of {active} active sessions"),)
    return (weigh("slow_query", 2.5 if longest >= look.limits.very_long_query_s else 1.5, because=because),)


@check("pg.statements", _postgres, "20 calls and a mean of 1 s: ours, after PgHero's slow-query list")
def statements(facts: PostgresFacts, _look: Look) -> Finding | None:
    """List the statements with the highest mean time."""
    if not facts.statements:
        return None
    slow = [one for one in facts.statements if one.mean_s >= _SLOW_MEAN_S and one.calls >= _OFTEN]
    worst = max(facts.statements, key=lambda one: one.mean_s)
    return Finding(
        verdict="warn" if slow else "ok",
        observed=f"highest mean {worst.mean_s * 1000:.0f} ms over {worst.calls} calls",
        expected=f"no frequent statement over {_SLOW_MEAN_S:g} s on average",
        reproduce="SELECT query, calls, mean_exec_time FROM pg_stat_statements ORDER BY mean_exec_time DESC LIMIT 10",
        evidence=tuple(f"{one.mean_s * 1000:.0f} ms × {one.calls}: {one.query}" for one in facts.statements[:SHOWN]),  # noqa: RUF001 (a multiplication)
        supports=(weigh("slow_query", 0.7, because=f"a frequent statement takes {slow[0].mean_s:.1f} s"),)
        if slow
        else (),
    )


@check("pg.deadlocks", _postgres, "any while we looked; 5 and 10 a minute: common exporter alerts")
def deadlocks(facts: PostgresFacts, _look: Look) -> Finding | None:
    """See whether deadlocks happen now."""
    counters = facts.counters
    if counters is None:
        return None
    grew = counters.deadlocks_grew
    observed = f"{grew} in the last {counters.window_s:.1f} s, {counters.deadlocks} since the counters were reset"
    return Finding(
        verdict="critical" if grew else "ok",
        observed=observed,
        expected="none",
        reproduce="SELECT datname, deadlocks, stats_reset FROM pg_stat_database ORDER BY deadlocks DESC",
        supports=(weigh("deadlocks", 4.5, "decisive", observed),) if grew else (),
        refutes=() if grew else (weigh("deadlocks", 1.0, because=observed),),
    )


@check("pg.repl_lag", _postgres, "5 s: common exporter alert")
def repl_lag(facts: PostgresFacts, look: Look) -> Finding | None:
    """See how far replicas are behind."""
    if not facts.replication:
        return None
    lag = max((one.lag_s or 0.0 for one in facts.replication), default=0.0)
    broken = [one for one in facts.replication if one.state not in {"streaming", ""}]
    return Finding(
        verdict="warn" if broken else graded(lag, look.limits.replication_lag_s, look.limits.very_long_query_s),
        observed=f"{len(facts.replication)} followers, up to {lag:.1f} s behind",
        expected=f"streaming, under {look.limits.replication_lag_s:g} s behind",
        reproduce="SELECT application_name, state, replay_lag FROM pg_stat_replication",
        evidence=tuple(f"{one.name} {one.state} lag {one.lag_s} s, {one.lag_bytes} bytes" for one in facts.replication),
    )


@check("pg.size", _postgres, "R-DIA-3: shown, not judged")
def size(facts: PostgresFacts, _look: Look) -> Finding | None:
    """Tell the size of the database."""
    if facts.size_bytes is None:
        return None
    return Finding(
        verdict="ok",
        observed=f"{facts.database} is {facts.size_bytes / _MIB:,.0f} MiB",
        reproduce="SELECT pg_size_pretty(pg_database_size(current_database()))",
    )
