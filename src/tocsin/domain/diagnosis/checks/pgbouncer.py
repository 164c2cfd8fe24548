"""The pooler between applications and PostgreSQL: whether it lets clients through, and who waits there."""

from __future__ import annotations

from collections.abc import Iterable

from tocsin.domain.diagnosis.check import check
from tocsin.domain.diagnosis.facts import Bundle, PgbouncerFacts, PooledDatabase
from tocsin.domain.diagnosis.findings import Finding, Verdict, Weight, graded, weigh
from tocsin.domain.diagnosis.logins import refused_login
from tocsin.domain.diagnosis.look import Look
from tocsin.domain.diagnosis.pooler import queues, size_of

_SHOWN = 5
_LONG_WAIT_S = 1.0
_CLIENTS = (0.80, 0.95)
_POOL = 0.9
_CONSOLE = 'psql "$PGBOUNCER_DSN" -c '


def _poolers(bundle: Bundle) -> Iterable[PgbouncerFacts]:
    return bundle.pgbouncer


@check("pgbouncer.reach", _poolers, "a refused console is a finding: applications come the same way; check_postgres")
def reach(facts: PgbouncerFacts, look: Look) -> Finding:
    """See whether the pooler lets anybody in."""
    if facts.error is None:
        return Finding(
            verdict="ok", observed=f"its console answers ({facts.version or 'PgBouncer'})", expected="answers"
        )
    return Finding(
        verdict="critical",
        observed=f"{facts.error.replace('_', ' ')}: {facts.error_text}",
        expected="its console answers",
        reproduce=f'{_CONSOLE}"SHOW POOLS"',
        supports=_refusal(facts, look),
    )


def _refusal(facts: PgbouncerFacts, look: Look) -> tuple[Weight, ...]:
    because = f"{facts.target}: {facts.error_text}"
    match facts.error:
        case "too_many" | "refused":
            return (weigh("pooler_fault", 5.5, "decisive", because),)
        case "timeout":
            return (weigh("pooler_fault", 3.5, because=because),)
        case "dns":
            return (weigh("dns_failure", 3.0, because=because),)
        case (
            "auth" | "tls"
        ):  # the console has users of its own, so that this says little of the applications' credentials
            return (refused_login(because, "database", look),)
        case _:
            return ()


@check("pgbouncer.waiting", _poolers, "maxwait above 0 that lasts: common exporter alert, check_postgres; 1 s: ours")
def waiting(facts: PgbouncerFacts, _look: Look) -> Finding | None:
    """Look for clients that wait for a server connection at both looks, and whether the pool is too small or not served."""
    if facts.pools is None:
        return None
    found = queues(facts)
    long = [one for one in found if one.pool.longest_wait_s >= _LONG_WAIT_S]
    return Finding(
        verdict="critical" if long else "warn" if found else "ok",
        observed=str(found[0]) if found else "no client waits for a server connection",
        expected="nobody waits twice in a row",
        threshold=f"warn at both looks, critical from {_LONG_WAIT_S:g} s",
        why="a client that waits here has not reached the database at all; no statement of its own is slow",
        reproduce=f'{_CONSOLE}"SHOW POOLS"',
        evidence=tuple(str(one) for one in found[:_SHOWN]),
        supports=tuple(
            weigh("pooler_fault", 5.0, "decisive", str(one))
            if one.full
            else weigh("pooler_fault", 2.0, because=str(one))
            for one in long[:1]
        ),
        refutes=()
        if found or _held(facts)
        else (weigh("pooler_fault", 4.0, "decisive", f"nobody waits at {facts.target}"),),
    )


@check("pgbouncer.pool", _poolers, "90 % of a pool's size: ours, as for application pools (R-DIA-13)")
def pool(facts: PgbouncerFacts, _look: Look) -> Finding | None:
    """Compare the server connections that have a client with what each pool may open."""
    sized = [(one, size) for one in facts.pools or () if (size := size_of(facts, one))]
    if not sized:
        return None
    fullest, size = max(sized, key=lambda pair: pair[0].serving / pair[1])
    share = fullest.serving / size
    observed = f"{fullest.serving} of {size} server connections of {fullest.database} have a client"
    return Finding(
        verdict="warn" if share >= _POOL else "ok",
        observed=observed,
        expected=f"under {_POOL:.0%}",
        why="a full pool without a queue is well used; the next client waits",
        reproduce=f'{_CONSOLE}"SHOW POOLS"; {_CONSOLE}"SHOW DATABASES"',
        evidence=tuple(
            f"{one.database}: {one.transactions / one.window_s:.0f} transactions a second, {one.waited_s:.2f} s waited"
            for one in (facts.work or ())[:_SHOWN]
            if one.window_s
        ),
    )


@check("pgbouncer.clients", _poolers, "80 and 95 % of max_client_conn: ours, after the saturation of connections")
def clients(facts: PgbouncerFacts, _look: Look) -> Finding | None:
    """Compare the clients it holds with how many it takes."""
    if facts.clients is None or not facts.max_clients:
        return None
    share = facts.clients / facts.max_clients
    verdict = graded(share, *_CLIENTS)
    observed = f"{facts.clients} of {facts.max_clients} client connections taken ({share:.0%})"
    none_left = share >= 1.0
    return Finding(
        verdict=verdict,
        observed=observed,
        expected=f"under {_CLIENTS[0]:.0%}",
        reproduce=f'{_CONSOLE}"SHOW LISTS"; {_CONSOLE}"SHOW CONFIG"',
        supports=()
        if verdict == "ok"
        else (weigh("pooler_fault", 5.0, "decisive", f"{observed}: the next one is refused"),)
        if none_left
        else (weigh("pooler_fault", 1.0, because=observed),),
    )


@check("pgbouncer.held", _poolers, "a database that was paused or disabled: the console's own words")
def held(facts: PgbouncerFacts, _look: Look) -> Finding | None:
    """Find databases that somebody paused or disabled and nobody let go again."""
    if facts.databases is None:
        return None
    found = _held(facts)
    names = {one.name for one in found}
    stuck = sum(one.waiting for one in facts.pools or () if one.database in names)
    verdict: Verdict = "critical" if stuck else "warn" if found else "ok"
    states = ", ".join(f"{one.name} is {'disabled' if one.disabled else 'paused'}" for one in found[:_SHOWN])
    because = f"{states}; {stuck} clients wait"
    return Finding(
        verdict=verdict,
        observed=because if found else "no database is held",
        expected="none is paused or disabled",
        reproduce=f'{_CONSOLE}"SHOW DATABASES"',
        supports=(weigh("pooler_fault", 5.5, "decisive", because),)
        if stuck
        else tuple(weigh("pooler_fault", 1.0, because=because) for _ in found[:1]),
    )


def _held(facts: PgbouncerFacts) -> list[PooledDatabase]:
    return [one for one in facts.databases or () if one.paused or one.disabled]
