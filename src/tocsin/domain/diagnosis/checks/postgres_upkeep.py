"""The slow side of PostgreSQL: what builds up for days and stops everything in a minute."""

from __future__ import annotations

from collections.abc import Iterable

from tocsin.domain.diagnosis.check import check
from tocsin.domain.diagnosis.facts import Bundle, PostgresFacts
from tocsin.domain.diagnosis.findings import Finding, Weight, graded, weigh
from tocsin.domain.diagnosis.look import Look

SHOWN = 5
_XIDS = (1.3e9, 1.9e9)
_FREEZE = 0.95
_OLD_HORIZON_S = 3600.0
_DEAD_ROWS, _DEAD_SHARE = 10_000, (0.10, 0.30)
_WAL_KEPT = (10 * 1024**3, 50 * 1024**3)
_PREPARED_S = (30.0, 300.0)
_SEQUENCE = (0.85, 0.95)
_SEQUENCE_GONE = 0.999
_REQUESTED_SHARE = 0.3
_ENOUGH_CHECKPOINTS = 4
_GIB = 1024**3
_HOUR_S = 3600.0


def _postgres(bundle: Bundle) -> Iterable[PostgresFacts]:
    return bundle.postgres


@check(
    "pg.wraparound", _postgres, "1.3e9 transactions: check_postgres; 95 % of autovacuum_freeze_max_age: check_postgres"
)
def wraparound(facts: PostgresFacts, _look: Look) -> Finding | None:
    """See how near transaction numbers are to their end."""
    ages = facts.upkeep.ages if facts.upkeep else None
    if not ages:
        return None
    worst = max(ages, key=lambda one: max(one.xids, one.multixacts))
    age = max(worst.xids, worst.multixacts)
    verdict = graded(age, *_XIDS)
    observed = f"{worst.database}: {age / 1e6:,.0f} million transactions since the oldest row was frozen"
    near = (weigh("database_limit", 5.0, "decisive", observed),) if verdict == "critical" else ()
    late = verdict == "ok" and age > _FREEZE * worst.freeze_max * 2
    return Finding(
        verdict="warn" if late else verdict,
        observed=observed,
        expected=f"under {_XIDS[0] / 1e6:,.0f} million",
        threshold=f"warn {_XIDS[0]:g}, critical {_XIDS[1]:g}; writes stop near 2.1e9",
        reproduce="SELECT datname, age(datfrozenxid), mxid_age(datminmxid) FROM pg_database ORDER BY 2 DESC",
        supports=near or ((weigh("database_limit", 1.0, because=observed),) if verdict == "warn" else ()),
    )


@check("pg.xmin_holders", _postgres, "1 h with dead rows piling up: ours, after the five usual holders")
def xmin_holders(facts: PostgresFacts, _look: Look) -> Finding | None:
    """Find what keeps old row versions from being cleaned."""
    horizons = facts.upkeep.horizons if facts.upkeep else None
    if horizons is None:
        return None
    old = [one for one in horizons if (one.held_s or 0.0) >= _OLD_HORIZON_S]
    dead = max((one.dead for one in facts.tables or ()), default=0)
    return Finding(
        verdict="warn" if old and dead >= _DEAD_ROWS else "ok",
        observed=f"{old[0].kind} {old[0].name} for {(old[0].held_s or 0) / _HOUR_S:.1f} h" if old else "nothing old",
        expected="no transaction open for an hour",
        reproduce="SELECT pid, backend_xmin, xact_start, query FROM pg_stat_activity WHERE backend_xmin IS NOT NULL",
        evidence=tuple(f"{one.kind} {one.name} ({one.detail}): {one.age} transactions" for one in horizons[:SHOWN]),
        supports=(weigh("slow_query", 0.4, because=f"{dead} dead rows cannot be cleaned"),) if old and dead else (),
    )


@check("pg.vacuum_lag", _postgres, "10 000 dead rows and 10 %: common exporter alert; 30 %: RunWhen")
def vacuum_lag(facts: PostgresFacts, _look: Look) -> Finding | None:
    """Find tables full of dead rows."""
    if facts.tables is None:
        return None
    shares = {one.name: one.dead / (one.dead + one.live) for one in facts.tables if one.dead > _DEAD_ROWS}
    name = max(shares, key=lambda one: shares[one], default="")
    verdict = graded(shares.get(name, 0.0), *_DEAD_SHARE)
    return Finding(
        verdict="warn" if verdict == "critical" else verdict,
        observed=f"{shares[name]:.0%} of {name} are dead rows" if name else "no table is full of dead rows",
        expected=f"under {_DEAD_SHARE[0]:.0%}",
        reproduce="SELECT relname, n_dead_tup, n_live_tup, last_autovacuum FROM pg_stat_user_tables ORDER BY 2 DESC",
        evidence=tuple(f"vacuum at work: {one}" for one in (facts.upkeep.vacuums if facts.upkeep else None) or ()),
        supports=(weigh("slow_query", 0.5, because=f"{name} is bloated"),) if verdict == "critical" else (),
    )


@check("pg.slot_retention", _postgres, "an inactive slot: common exporter alert; 10 and 50 GiB of WAL kept: ours")
def slot_retention(facts: PostgresFacts, _look: Look) -> Finding | None:
    """Find replication slots that keep WAL on the disk."""
    slots = facts.upkeep.slots if facts.upkeep else None
    if slots is None:
        return None
    kept = max((one.retained_bytes for one in slots), default=0)
    lost = [one for one in slots if one.wal_status in {"unreserved", "lost"}]
    idle = [one for one in slots if not one.active]
    verdict = "critical" if lost else graded(kept, *_WAL_KEPT)
    because = f"slots keep {kept / _GIB:.1f} GiB of WAL"
    supports: tuple[Weight, ...] = (weigh("disk_full", 1.0, because=because),) if kept >= _WAL_KEPT[0] else ()
    if lost:
        supports += (weigh("replication_lag", 4.0, "decisive", f"slot {lost[0].name} is {lost[0].wal_status}"),)
    return Finding(
        verdict="warn" if verdict == "ok" and idle else verdict,
        observed=f"{len(slots)} slots, {len(idle)} of them unused; {because}" if slots else "no slots",
        expected="every slot is read",
        reproduce="SELECT slot_name, active, wal_status, restart_lsn FROM pg_replication_slots",
        evidence=tuple(f"{one.name}: {one.retained_bytes / _GIB:.1f} GiB, {one.wal_status}" for one in slots[:SHOWN]),
        supports=supports,
    )


@check("pg.prepared_xacts", _postgres, "30 s: check_postgres; 5 min: ours")
def prepared_xacts(facts: PostgresFacts, _look: Look) -> Finding | None:
    """Find prepared transactions that nobody ends: they keep their locks across a restart."""
    prepared = facts.upkeep.prepared if facts.upkeep else None
    if prepared is None:
        return None
    oldest = max((one.age_s for one in prepared), default=0.0)
    blocking = any(0 in wait.blockers for wait in facts.lock_waits or ())
    observed = f"{len(prepared)} prepared transactions, the oldest for {oldest:.0f} s" if prepared else "none"
    return Finding(
        verdict="critical" if blocking else graded(oldest, *_PREPARED_S),
        observed=observed,
        expected=f"none over {_PREPARED_S[0]:g} s",
        reproduce="SELECT gid, prepared, owner FROM pg_prepared_xacts",
        evidence=tuple(f"{one.gid} of {one.owner}: {one.age_s:.0f} s" for one in prepared[:SHOWN]),
        supports=(weigh("lock_chain", 2.0, because=f"{observed}, and sessions wait for one"),) if blocking else (),
    )


@check("pg.archiver", _postgres, "the last attempt failed: check_postgres, pgmetrics")
def archiver(facts: PostgresFacts, _look: Look) -> Finding | None:
    """See whether finished WAL can be archived; what cannot stays on the disk."""
    one = facts.upkeep.archiver if facts.upkeep else None
    if one is None:
        return None
    failing = one.failed_s is not None and (one.archived_s is None or one.failed_s < one.archived_s)
    because = f"archiving has failed {one.failed} times, last {one.failed_s or 0:.0f} s ago"
    return Finding(
        verdict="warn" if failing else "ok",
        observed=because if failing else "archiving works",
        expected="the last attempt worked",
        reproduce="SELECT failed_count, last_failed_wal, last_failed_time FROM pg_stat_archiver",
        supports=(weigh("disk_full", 0.8, because=because),) if failing else (),
    )


@check("pg.sequence_exhaustion", _postgres, "85 and 95 %: check_postgres")
def sequence_exhaustion(facts: PostgresFacts, _look: Look) -> Finding | None:
    """Find sequences that run out: inserts fail from one moment to the next."""
    sequences = facts.upkeep.sequences if facts.upkeep else None
    if sequences is None:
        return None
    name = max(sequences, key=lambda one: sequences[one], default="")
    used = sequences.get(name, 0.0)
    gone = used >= _SEQUENCE_GONE
    observed = f"{name} has used {used:.1%} of its numbers" if name else "no sequence is in use"
    return Finding(
        verdict=graded(used, *_SEQUENCE),
        observed=observed,
        expected=f"under {_SEQUENCE[0]:.0%}",
        reproduce="SELECT schemaname, sequencename, last_value, max_value FROM pg_sequences ORDER BY 3 DESC NULLS LAST",
        supports=(weigh("database_limit", 5.0 if gone else 0.8, "decisive" if gone else "supporting", observed),)
        if used >= _SEQUENCE[0]
        else (),
    )


@check("pg.invalid_index", _postgres, "any that nobody builds now: common exporter alert")
def invalid_index(facts: PostgresFacts, _look: Look) -> Finding | None:
    """Find indexes that a broken build left behind: they cost writes and serve no read."""
    names = facts.upkeep.invalid_indexes if facts.upkeep else None
    if names is None:
        return None
    return Finding(
        verdict="warn" if names else "ok",
        observed=f"{len(names)} invalid indexes" if names else "none",
        expected="none",
        reproduce="SELECT indexrelid::regclass FROM pg_index WHERE NOT indisvalid",
        evidence=names[:SHOWN],
        supports=(weigh("missing_index", 1.0, because=f"{names[0]} is invalid"),) if names else (),
    )


@check("pg.checkpoint_pressure", _postgres, "30 % of checkpoints asked for by WAL: ours, after pgmetrics")
def checkpoint_pressure(facts: PostgresFacts, _look: Look) -> Finding | None:
    """See whether WAL comes faster than max_wal_size lets checkpoints be spread."""
    one = facts.upkeep.checkpoints if facts.upkeep else None
    if one is None:
        return None
    every = one.timed + one.requested
    share = one.requested / every if every else 0.0
    pressed = (
        share > _REQUESTED_SHARE and every >= _ENOUGH_CHECKPOINTS and one.requested_grew > 0
    ) or one.requested_grew > 1
    because = f"{one.requested} of {every} checkpoints were asked for by WAL, {one.requested_grew} while we looked"
    return Finding(
        verdict="warn" if pressed else "ok",
        observed=because,
        expected=f"under {_REQUESTED_SHARE:.0%}",
        reproduce="SELECT num_timed, num_requested FROM pg_stat_checkpointer",
        supports=(weigh("slow_query", 0.5, because=because),) if pressed else (),
    )
