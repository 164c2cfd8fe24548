"""What changed about a PostgreSQL server since it was last looked at, and what it refuses."""

from __future__ import annotations

from collections.abc import Iterable

from tocsin.domain.diagnosis.check import check
from tocsin.domain.diagnosis.facts import Bundle, PostgresFacts
from tocsin.domain.diagnosis.findings import Finding, weigh
from tocsin.domain.diagnosis.history import changed_words
from tocsin.domain.diagnosis.look import Look
from tocsin.domain.diagnosis.symptoms import failing

_JUST_S = 60.0
_LATELY_S = 900.0


def _postgres(bundle: Bundle) -> Iterable[PostgresFacts]:
    return bundle.postgres


@check("pg.config_change", _postgres, "any setting that differs from the last look: common exporter alert")
def config_change(facts: PostgresFacts, look: Look) -> Finding | None:
    """Compare the settings with those of the last look."""
    if facts.upkeep is None or not facts.upkeep.settings:
        return None
    changed = [
        f"{name}: {was or 'unset'} → {now or 'unset'}"
        for name, was, now, _ in changed_words(look, facts.target, "setting:")
    ]
    waiting = facts.upkeep.pending_restart
    return Finding(
        verdict="warn" if changed or waiting else "ok",
        observed=f"{len(changed)} settings changed" if changed else f"{len(waiting)} settings wait for a restart",
        expected="as at the last look, and nothing waits for a restart",
        reproduce="SELECT name, setting, sourcefile, pending_restart FROM pg_settings WHERE source <> 'default'",
        evidence=(*changed, *(f"{name} waits for a restart" for name in waiting)),
        supports=(weigh("bad_configuration", 1.5, "correlation", f"{facts.target}: {changed[0]}"),) if changed else (),
    )


@check("pg.restarted", _postgres, "60 s: common exporter alert; 15 min is told: ours")
def restarted(facts: PostgresFacts, look: Look) -> Finding | None:
    """See whether the server has just started."""
    uptime = facts.upkeep.uptime_s if facts.upkeep else None
    if uptime is None:
        return None
    began_after = (facts.at - look.began).total_seconds() > uptime
    late = uptime < _JUST_S or (look.onset is not None and began_after and uptime < _LATELY_S)
    because = f"{facts.target} started {uptime:.0f} s ago"
    return Finding(
        verdict="warn" if late else "ok",
        observed=because,
        expected=f"up for {_JUST_S:g} s at least, and since before the onset",
        reproduce="SELECT pg_postmaster_start_time()",
        supports=(weigh("database_down", 1.0, because=because),) if late else (),
    )


@check("pg.read_only", _postgres, "a database that takes no writes while its service fails: ours, after SQLSTATE 25006")
def read_only(facts: PostgresFacts, look: Look) -> Finding | None:
    """See whether the server refuses writes: a replica taken for a primary, or a database set to read-only."""
    if facts.upkeep is None:
        return None
    refuses = facts.upkeep.read_only and not facts.upkeep.in_recovery
    why = "is set to read-only" if refuses else "is a replica" if facts.upkeep.in_recovery else "takes writes"
    felt = bool(failing(look))
    sure = felt and refuses
    supports = (
        (
            weigh(
                "database_limit", 4.5 if sure else 1.5, "decisive" if sure else "supporting", f"{facts.database} {why}"
            ),
        )
        if felt and facts.upkeep.read_only
        else ()
    )
    return Finding(
        verdict="critical" if sure else "warn" if supports else "ok",
        observed=f"{facts.database} {why}",
        expected="takes writes where the service writes",
        reproduce="SHOW default_transaction_read_only; SELECT pg_is_in_recovery()",
        supports=supports,
    )


@check("pg.checksums", _postgres, "any failed checksum, or an error of class XX: the server's own words")
def checksums(facts: PostgresFacts, _look: Look) -> Finding | None:
    """See whether the server has read damaged pages."""
    if facts.sqlstate.startswith("XX"):
        damaged = weigh("data_corruption", 5.0, "decisive", facts.error_text)
        return Finding(verdict="critical", observed=facts.error_text, expected="no damage", supports=(damaged,))
    if facts.counters is None:
        return None
    count = facts.counters.checksum_failures
    observed = f"{count} failed checksums"
    return Finding(
        verdict="critical" if count else "ok",
        observed=observed,
        expected="none",
        reproduce="SELECT datname, checksum_failures, checksum_last_failure FROM pg_stat_database",
        supports=(weigh("data_corruption", 6.0, "decisive", f"{facts.target}: {observed}"),) if count else (),
    )
