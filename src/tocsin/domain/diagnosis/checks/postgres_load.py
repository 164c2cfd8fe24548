"""What PostgreSQL's work costs now against what it usually costs."""

from __future__ import annotations

from collections.abc import Iterable

from tocsin.domain.diagnosis.check import check
from tocsin.domain.diagnosis.facts import Bundle, PostgresFacts, Session, Statement, TableUse
from tocsin.domain.diagnosis.findings import Finding, Verdict, Weight, graded, weigh
from tocsin.domain.diagnosis.look import Look
from tocsin.domain.diagnosis.symptoms import slow, suffering

SHOWN = 5
_LONG_XACT_S = (300.0, 1800.0)
_ROLLBACKS = (0.02, 0.20)
_ENOUGH_XACTS = 50
_HITS, _ENOUGH_BLOCKS = 0.90, 5_000
_SPILL_BYTES_PER_S = 50 * 1024 * 1024
_BIG_TABLE, _WHOLE_SHARE = 10_000, 0.5
_OFTEN_PER_S, _COSTLY_ROWS_PER_S = 2.0, 200_000.0
_SLOWER, _SHARE, _ENOUGH_CALLS, _FELT_MEAN_S = 2.0, 0.2, 5, 0.02
_SAME_BLOCKS = 1.5
_CORE_SHARE = 0.5
_MIB = 1024 * 1024


def _postgres(bundle: Bundle) -> Iterable[PostgresFacts]:
    return bundle.postgres


@check(
    "pg.lock_queue_ddl", _postgres, "an exclusive lock that waits 5 s with others behind it: ours, after postgres_dba"
)
def lock_queue_ddl(facts: PostgresFacts, look: Look) -> Finding | None:
    """Find a schema change that waits for a lock and makes everyone behind it wait too."""
    if facts.lock_waits is None:
        return None
    queued = [
        one for one in facts.lock_waits if one.mode == "AccessExclusiveLock" and one.wait_s >= look.limits.lock_seen_s
    ]
    behind = {one.session.pid: sum(one.session.pid in wait.blockers for wait in facts.lock_waits) for one in queued}
    worst = max(queued, key=lambda one: behind[one.session.pid], default=None)
    victims = behind[worst.session.pid] if worst else 0
    because = f"pid {worst.session.pid} wants a whole table and {victims} wait behind it" if worst and victims else ""
    return Finding(
        verdict="critical" if because else "ok",
        observed=because or "no schema change holds up others",
        expected="none",
        reproduce="SELECT pid, mode, relation::regclass FROM pg_locks WHERE NOT granted",
        evidence=(worst.session.query,) if worst and because else (),
        supports=(weigh("lock_chain", 3.0, because=because),) if because else (),
    )


@check("pg.long_xact", _postgres, "5 and 30 min: check_postgres txn_time, in our own figures")
def long_xact(facts: PostgresFacts, _look: Look) -> Finding | None:
    """Find transactions that have been open for long."""
    if facts.idle_in_transaction is None or facts.long_queries is None:
        return None
    every: tuple[Session, ...] = (*facts.idle_in_transaction, *facts.long_queries)
    oldest = max(every, key=lambda one: one.xact_s, default=None)
    age = oldest.xact_s if oldest else 0.0
    verdict = graded(age, *_LONG_XACT_S)
    return Finding(
        verdict="warn" if verdict == "critical" else verdict,
        observed=f"pid {oldest.pid} ({oldest.application}) for {age:.0f} s" if oldest else "none is old",
        expected=f"under {_LONG_XACT_S[0]:g} s",
        reproduce="SELECT pid, application_name, xact_start, state FROM pg_stat_activity ORDER BY xact_start LIMIT 5",
    )


@check("pg.rollback_ratio", _postgres, "2 %: common exporter alert; 20 %, with 50 transactions seen: ours")
def rollback_ratio(facts: PostgresFacts, _look: Look) -> Finding | None:
    """Compare rolled back with committed transactions while we watched."""
    one = facts.counters
    if one is None:
        return None
    every = one.commits_grew + one.rollbacks_grew
    ratio = one.rollbacks_grew / every if every >= _ENOUGH_XACTS else 0.0
    verdict = graded(ratio, *_ROLLBACKS)
    return Finding(
        verdict="warn" if verdict == "critical" else verdict,
        observed=f"{one.rollbacks_grew} of {every} transactions rolled back in {one.window_s:.1f} s",
        expected=f"under {_ROLLBACKS[0]:.0%}",
        reproduce="SELECT datname, xact_commit, xact_rollback FROM pg_stat_database",
        supports=(weigh("bad_deploy", 0.4, because=f"{ratio:.0%} of transactions roll back"),)
        if verdict == "critical"
        else (),
    )


@check("pg.cache_hit", _postgres, "90 % of at least 5 000 blocks while we watched: ours; 99 % over all time: PgHero")
def cache_hit(facts: PostgresFacts, _look: Look) -> Finding | None:
    """See how many blocks come from memory."""
    one = facts.counters
    if one is None:
        return None
    every = one.blocks_hit_grew + one.blocks_read_grew
    ratio = one.blocks_hit_grew / every if every >= _ENOUGH_BLOCKS else 1.0
    cold = ratio < _HITS
    return Finding(
        verdict="warn" if cold else "ok",
        observed=f"{ratio:.0%} of {every} blocks from memory",
        expected=f"over {_HITS:.0%}",
        reproduce="SELECT datname, blks_hit, blks_read FROM pg_stat_database",
        supports=(weigh("slow_query", 0.5, because=f"only {ratio:.0%} of blocks come from memory"),) if cold else (),
    )


@check("pg.temp_spill", _postgres, "50 MiB/s of temporary files: ours")
def temp_spill(facts: PostgresFacts, _look: Look) -> Finding | None:
    """See whether sorts and joins spill to the disk."""
    one = facts.counters
    if one is None or one.window_s <= 0:
        return None
    rate = one.temp_bytes_grew / one.window_s
    spills = rate >= _SPILL_BYTES_PER_S
    return Finding(
        verdict="warn" if spills else "ok",
        observed=f"{rate / _MIB:.1f} MiB/s of temporary files",
        expected=f"under {_SPILL_BYTES_PER_S / _MIB:.0f} MiB/s",
        reproduce="SELECT datname, temp_files, temp_bytes FROM pg_stat_database",
        supports=(weigh("slow_query", 0.7, because=f"{rate / _MIB:.0f} MiB/s are spilt to disk"),) if spills else (),
    )


@check(
    "pg.missing_index",
    _postgres,
    "10 000 rows: PgHero; half a table read twice a second, 200 000 rows/s; half a core: ours",
)
def missing_index(facts: PostgresFacts, look: Look) -> Finding | None:
    """Find big tables that a frequent statement reads from end to end."""
    if facts.tables is None or facts.counters is None:
        return None
    suspects = [one for one in facts.tables if _walked(one, facts.counters.window_s)]
    worst = max(suspects, key=lambda one: one.seq_rows_grew, default=None)
    if worst is None:
        none = (weigh("missing_index", 2.0, because=f"no big table of {facts.target} is read whole again and again"),)
        return Finding(verdict="ok", observed="no big table is read whole again and again", refutes=none)
    because = f"{worst.name} ({worst.live} rows) was read whole {worst.seq_scans_grew} times in {facts.counters.window_s:.1f} s"
    statement = _statement_on(worst, facts.statements or ())
    costly = statement is not None and statement.total_grew_s / facts.counters.window_s >= _CORE_SHARE
    felt = costly or bool(suffering(look))
    return Finding(
        verdict="critical" if felt else "warn",
        observed=because,
        expected="a big table is read by an index",
        reproduce="EXPLAIN of the statement; SELECT relname, seq_scan, seq_tup_read, idx_scan FROM pg_stat_user_tables",
        evidence=(f"{statement.mean_s * 1000:.0f} ms on average: {statement.query}",) if statement else (),
        supports=(weigh("missing_index", 5.0 if felt else 2.0, "decisive" if felt else "supporting", because),),
    )


def _walked(one: TableUse, window_s: float) -> bool:
    """Whether a big table was read whole, often, and at a cost; a report that does so once is none of it."""
    if one.live < _BIG_TABLE or window_s <= 0 or not one.seq_scans_grew:
        return False
    whole = one.seq_rows_grew / one.seq_scans_grew >= _WHOLE_SHARE * one.live
    often = one.seq_scans_grew / window_s >= _OFTEN_PER_S
    return whole and often and one.seq_rows_grew / window_s >= _COSTLY_ROWS_PER_S


def _statement_on(table: TableUse, statements: Iterable[Statement]) -> Statement | None:
    name = table.name.rpartition(".")[2].lower()
    touching = [one for one in statements if name in one.query.lower() and one.calls_grew]
    return max(touching, key=lambda one: one.total_grew_s, default=None)


@check("pg.statement_regression", _postgres, "twice its mean, a fifth of the time, five calls while we watched: ours")
def statement_regression(facts: PostgresFacts, look: Look) -> Finding | None:
    """Find a statement that has become slower, and why: more blocks a call, or the same blocks and more waiting."""
    if facts.statements is None:
        return None
    spent = sum(one.total_grew_s for one in facts.statements)
    slower = [pair for one in facts.statements if (pair := _slower(one, spent, facts, look))]
    ratio, worst = max(slower, key=lambda pair: pair[0], default=(0.0, None))
    if worst is None:
        return Finding(verdict="ok", observed="no statement has become slower", expected="as before")
    because = f"a frequent statement takes {ratio:.1f} times as long as before"
    more_blocks = _blocks_ratio(worst) >= _SAME_BLOCKS
    said: Verdict = "critical" if slow(look) else "warn"
    supports: tuple[Weight, ...] = (weigh("slow_query", 2.0 if slow(look) else 0.8, because=because),)
    if more_blocks:
        supports += (
            weigh("missing_index", 1.0, because=f"{because} and reads {_blocks_ratio(worst):.1f} times the blocks"),
        )
    return Finding(
        verdict=said,
        observed=because + (", reading more blocks" if more_blocks else ", reading as many blocks: it waits"),
        expected=f"under {_SLOWER:g} times its mean",
        reproduce="SELECT queryid, calls, mean_exec_time, query FROM pg_stat_statements ORDER BY total_exec_time DESC",
        evidence=(worst.query,),
        supports=supports,
    )


def _slower(one: Statement, spent_s: float, facts: PostgresFacts, look: Look) -> tuple[float, Statement] | None:
    before = one.calls - one.calls_grew
    if one.calls_grew < _ENOUGH_CALLS or not spent_s or one.total_grew_s / spent_s < _SHARE:
        return None
    known = [
        r.numbers[f"mean_s:{one.query_id}"] for r in look.earlier(facts.target) if f"mean_s:{one.query_id}" in r.numbers
    ]
    usual = known[0] if known else (one.total_s - one.total_grew_s) / before if before >= _ENOUGH_CALLS else 0.0
    mean = one.total_grew_s / one.calls_grew
    ratio = mean / usual if usual > 0 else 0.0
    return (ratio, one) if ratio >= _SLOWER and mean >= _FELT_MEAN_S else None


def _blocks_ratio(one: Statement) -> float:
    """Compare blocks a call while we watched with those before."""
    calls, blocks = one.calls - one.calls_grew, one.blocks - one.blocks_grew
    before = blocks / calls if calls else 0.0
    return (one.blocks_grew / one.calls_grew) / before if before and one.calls_grew else 1.0
