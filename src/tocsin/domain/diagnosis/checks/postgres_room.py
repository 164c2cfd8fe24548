"""Room that PostgreSQL takes and nobody uses. It builds up for weeks: never the first cause of a sudden trouble."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from tocsin.domain.diagnosis.bloat import index_waste, table_waste
from tocsin.domain.diagnosis.check import check
from tocsin.domain.diagnosis.facts import Bundle, PostgresFacts, Stored, VacuumDebt
from tocsin.domain.diagnosis.findings import Finding, Verdict, weigh
from tocsin.domain.diagnosis.look import Look

_SHOWN = 5
_GIB = 1024**3
_MIB = 1024**2
_WASTED = (_GIB, 5 * _GIB)
_TABLE = (100 * _MIB, 0.70)
_INDEX = (10 * _MIB, 0.80)
_DAY_S = 86_400.0
_STALE_S = 7 * _DAY_S
_ENOUGH_DEAD = 10_000
_OVERDUE = 2.0
_WAL_OVER = 2.0


def _postgres(bundle: Bundle) -> Iterable[PostgresFacts]:
    return bundle.postgres


@check(
    "pg.bloat",
    _postgres,
    "1 and 5 GiB wasted: check_postgres; 70 % of a table of 100 MB, 80 % of an index of 10 MB: netdata",
)
def bloat(facts: PostgresFacts, _look: Look) -> Finding | None:
    """Estimate from statistics, without reading a table, what rewriting tables and indexes would give back."""
    room = facts.room
    if room is None or (room.tables is None and room.indexes is None):
        return None
    found = [
        *_wasteful("table", room.tables or (), table_waste, _TABLE),
        *_wasteful("index", room.indexes or (), index_waste, _INDEX),
    ]
    found.sort(key=lambda one: -one[0])
    most = found[0][0] if found else 0
    return Finding(
        verdict="critical" if most >= _WASTED[1] else "warn" if found else "ok",
        observed=found[0][1] if found else "nothing large is mostly empty",
        expected="under 1 GiB wasted, and under 70 % of a table or 80 % of an index",
        threshold="an estimate from column widths; alignment makes it somewhat too high",
        why="a scan reads the empty pages too, and the disk holds them",
        reproduce="SELECT relname, pg_size_pretty(pg_relation_size(oid)), reltuples FROM pg_class ORDER BY relpages DESC LIMIT 20",
        evidence=tuple(text for _, text in found[:_SHOWN]),
        supports=(weigh("slow_query", 0.3, because=found[0][1]),) if most >= _WASTED[1] else (),
    )


def _wasteful(
    what: str, of: Iterable[Stored], waste: Callable[[Stored], int | None], limits: tuple[int, float]
) -> Iterable[tuple[int, str]]:
    size, share = limits
    for one in of:
        lost = waste(one) or 0
        if lost >= _WASTED[0] or (one.bytes >= size and lost >= share * one.bytes):
            yield lost, f"{what} {one.name}: {lost / _MIB:,.0f} of {one.bytes / _MIB:,.0f} MiB are empty (estimate)"


@check(
    "pg.vacuum_debt", _postgres, "twice the dead rows that autovacuum waits for: ours; 7 days without a vacuum: netdata"
)
def vacuum_debt(facts: PostgresFacts, _look: Look) -> Finding | None:
    """Find tables that vacuum should have taken up long ago by its own rule, and say what keeps it from them."""
    debts = facts.room.debts if facts.room else None
    if debts is None:
        return None
    found = [one for one in debts if one.dead >= _ENOUGH_DEAD and _overdue(one)]
    told = [_told(one) for one in found]
    busy = tuple(f"vacuum at work: {one}" for one in (facts.upkeep.vacuums if facts.upkeep else None) or ())
    return Finding(
        verdict="warn" if found else "ok",
        observed=told[0] if told else "vacuum keeps up",
        expected="dead rows below what autovacuum waits for",
        why="what it does not clean stays in every scan; a table that is never vacuumed moves towards wraparound as well",
        reproduce="SELECT relname, n_dead_tup, last_vacuum, last_autovacuum FROM pg_stat_user_tables ORDER BY 2 DESC LIMIT 20",
        evidence=(*told[:_SHOWN], *busy),
        supports=(weigh("slow_query", 0.3, because=told[0]),) if told else (),
    )


def _overdue(one: VacuumDebt) -> bool:
    if not one.automatic:
        return one.dead >= one.due
    late = one.vacuumed_s is None or one.vacuumed_s >= _STALE_S
    return one.dead >= _OVERDUE * one.due or (late and one.dead >= one.due)


def _told(one: VacuumDebt) -> str:
    since = "never vacuumed" if one.vacuumed_s is None else f"last vacuumed {one.vacuumed_s / _DAY_S:.1f} days ago"
    off = "" if one.automatic else ", and autovacuum is off for it"
    return f"{one.name}: {one.dead:,} dead rows, vacuum is due from {one.due:,}; {since}{off}"


@check(
    "pg.wal_size",
    _postgres,
    "twice max_wal_size and what is kept on purpose: ours, after check_postgres' count of WAL files",
)
def wal_size(facts: PostgresFacts, _look: Look) -> Finding | None:
    """See whether WAL piles up on the disk, and how fast it comes."""
    wal = facts.room.wal if facts.room else None
    if wal is None or not wal.most:
        return None
    verdict: Verdict = "warn" if wal.bytes >= _WAL_OVER * (wal.most + wal.kept) else "ok"
    rate = f", {wal.grew / wal.window_s / _MIB:.1f} MiB/s come" if wal.window_s else ""
    observed = f"{wal.bytes / _GIB:.1f} GiB of WAL in {wal.files} files{rate}"
    return Finding(
        verdict=verdict,
        observed=observed,
        expected=f"near max_wal_size ({wal.most / _GIB:.1f} GiB)",
        why="a slot, a failing archive or checkpoints that do not end keep it; a full disk stops every write",
        reproduce="SELECT count(*), pg_size_pretty(sum(size)) FROM pg_ls_waldir()",
        supports=(weigh("disk_full", 0.8, because=observed),) if verdict != "ok" else (),
    )
