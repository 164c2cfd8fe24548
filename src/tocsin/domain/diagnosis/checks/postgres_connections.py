"""Who holds PostgreSQL's connections, and whether anything is left."""

from __future__ import annotations

from collections.abc import Iterable

from tocsin.domain.diagnosis.check import check
from tocsin.domain.diagnosis.facts import Bundle, PostgresFacts, Session
from tocsin.domain.diagnosis.findings import Finding, Verdict, Weight, graded, weigh
from tocsin.domain.diagnosis.leak import Leak, leak_on
from tocsin.domain.diagnosis.logins import refused_login
from tocsin.domain.diagnosis.look import Look
from tocsin.domain.diagnosis.readiness import blames, service_is_ready
from tocsin.domain.diagnosis.redaction import excerpt

SHOWN = 5
QUERY_SHOWN = 80


def _postgres(bundle: Bundle) -> Iterable[PostgresFacts]:
    return bundle.postgres


@check(
    "pg.connect",
    _postgres,
    "a failed connect is a finding: its SQLSTATE tells slots, start-up, credentials and network apart",
)
def connect(facts: PostgresFacts, look: Look) -> Finding:
    """See whether the server lets us in."""
    if facts.error is None:
        took = f" in {facts.connect_s * 1000:.0f} ms" if facts.connect_s is not None else ""
        return Finding(
            verdict="ok",
            observed=f"connected{took}",
            expected="connects",
            refutes=(weigh("database_down", 4.0, "decisive", f"{facts.target} accepts connections"),),
        )
    code = f" (SQLSTATE {facts.sqlstate})" if facts.sqlstate else ""
    return Finding(
        verdict="critical",
        observed=f"{facts.error.replace('_', ' ')}{code}",
        expected="connects",
        reproduce='psql "$DSN" -c "SELECT 1"',
        evidence=(facts.error_text,),
        supports=_refusal(facts, look),
    )


def _refusal(facts: PostgresFacts, look: Look) -> tuple[Weight, ...]:
    """Silence alone may be the network between us and the server, unless a service misses its database as well."""
    because = facts.error_text
    match facts.error:
        case "too_many":
            full = weigh("connection_exhaustion", 5.0, "decisive", because)
            return (full, weigh("session_leak", 1.5, because=because), weigh("traffic_spike", 0.5, because=because))
        case "starting" | "refused":
            return (weigh("database_down", 5.0, "decisive", because),)
        case "timeout" if blames(look.bundle, "database"):
            return (weigh("database_down", 5.0, "decisive", because),)
        case "timeout" if service_is_ready(look.bundle):
            return (weigh("database_down", 1.0, because=f"{because}; the service calls itself ready"),)
        case "timeout":
            return (weigh("database_down", 3.5, because=because),)
        case "dns":
            return (weigh("dns_failure", 3.0, because=because),)
        case "auth" | "no_database" | "tls":
            return (refused_login(because, "database", look),)
        case _:
            return (weigh("database_down", 1.5, because=because),)


@check(
    "pg.conn_saturation", _postgres, "80 and 90 % of the slots an ordinary role can take: the common exporter alerts"
)
def conn_saturation(facts: PostgresFacts, look: Look) -> Finding | None:
    """Compare used connections with usable ones."""
    if facts.limits is None or facts.used is None:
        return None
    usable, limits = facts.limits.usable, look.limits
    ratio = facts.used / usable if usable > 0 else 1.0
    observed = f"{facts.used} of {usable} usable connections taken ({ratio:.0%})"
    verdict = graded(ratio, limits.connections_warn_ratio, limits.connections_critical_ratio)
    supports: tuple[Weight, ...] = ()
    if verdict != "ok":
        strength = 2.5 if verdict == "critical" else 1.0
        none_left = ratio >= 1.0  # whoever is no superuser is refused from here on
        full = (
            weigh("connection_exhaustion", 5.0, "decisive", f"{observed}: the next one is refused")
            if none_left
            else weigh("connection_exhaustion", strength, because=observed)
        )
        supports = (
            full,
            weigh("session_leak", strength / 2, because=observed),
            weigh("traffic_spike", 0.5, because=observed),
        )
    return Finding(
        verdict=verdict,
        observed=observed,
        expected=f"under {limits.connections_warn_ratio:.0%}",
        threshold=f"warn {limits.connections_warn_ratio:.0%}, critical {limits.connections_critical_ratio:.0%}",
        why=f"max_connections {facts.limits.max_connections}, of which "
        f"{facts.limits.superuser_reserved + facts.limits.reserved} are reserved",
        reproduce="SELECT application_name, state, count(*) FROM pg_stat_activity "
        "WHERE backend_type = 'client backend' GROUP BY 1, 2 ORDER BY 3 DESC",
        evidence=tuple(
            f"{group.count} of {group.application or group.user or '?'} {group.state}, oldest {group.oldest_s:.0f} s"
            for group in (facts.groups or ())[:SHOWN]
        ),
        supports=supports,
        refutes=() if supports else (weigh("connection_exhaustion", 2.0, because=observed),),
    )


@check("pg.idle_in_tx", _postgres, "5 min: R-MIT-9; 15 min and 60 s while blocking others: ours")
def idle_in_tx(facts: PostgresFacts, look: Look) -> Finding | None:
    """Look for sessions that hold a transaction and do nothing."""
    sessions = facts.idle_in_transaction
    if sessions is None:
        return None
    leak = leak_on(facts, look)
    oldest = max((one.state_s for one in sessions), default=0.0)
    verdict = _idle_verdict(facts, look, leak)
    supports, refutes = _idle_weights(facts, leak, verdict)
    return Finding(
        verdict=verdict,
        observed=f"{len(sessions)} idle in transaction, the oldest for {oldest:.0f} s" if sessions else "none",
        expected="none that block others or stay",
        threshold=f"warn {look.limits.idle_warn_s:g} s (or {look.limits.idle_blocking_s:g} s while blocking), "
        f"critical {look.limits.idle_critical_s:g} s or when they exhaust the connections",
        why="an open transaction keeps its connection, its locks and old row versions",
        reproduce="SELECT pid, backend_start, application_name, xact_start, state_change, query FROM pg_stat_activity "
        "WHERE state LIKE 'idle in transaction%' ORDER BY state_change",
        evidence=(*_leak_lines(leak), *(_session_line(one) for one in sessions[:SHOWN])),
        supports=supports,
        refutes=refutes,
    )


def _idle_verdict(facts: PostgresFacts, look: Look, leak: Leak | None) -> Verdict:
    sessions, limits = facts.idle_in_transaction or (), look.limits
    blocking = {pid for wait in facts.lock_waits or () for pid in wait.blockers}
    blocks = any(one.pid in blocking and one.state_s >= limits.idle_blocking_s for one in sessions)
    oldest = max((one.state_s for one in sessions), default=0.0)
    if leak and leak.exhausting:
        return "critical"
    by_age = graded(oldest, limits.idle_warn_s, limits.idle_critical_s)
    return "warn" if by_age == "ok" and (blocks or leak) else by_age


def _idle_weights(
    facts: PostgresFacts, leak: Leak | None, verdict: Verdict
) -> tuple[tuple[Weight, ...], tuple[Weight, ...]]:
    if leak is None:
        if verdict != "ok":
            return (weigh("session_leak", 1.0, because=f"old transactions stand idle on {facts.target}"),), ()
        return (), (weigh("session_leak", 4.0, "decisive", f"no application's sessions stand idle on {facts.target}"),)
    what = f"{leak.count} of {leak.held} sessions of {leak.application or '?'} stand idle in a transaction"
    if not leak.exhausting:
        return (weigh("session_leak", 2.5, because=what),), ()
    not_load = f"{what}: the slots are not held by work"
    return (
        (weigh("session_leak", 5.0, "decisive", f"{what}, and {leak.exhausting}"),),
        (weigh("connection_exhaustion", 4.0, "decisive", not_load), weigh("traffic_spike", 2.0, because=not_load)),
    )


def _leak_lines(leak: Leak | None) -> tuple[str, ...]:
    if leak is None:
        return ()
    query, count = leak.statement
    lines = [f"{leak.count} of {leak.held} sessions of {leak.application or '?'}", f"{count} of them last ran: {query}"]
    if leak.exhausting:
        lines.append(leak.exhausting)
    if leak.release.version:
        known = {"session": "they say so", "metrics": "the service reports it", "history": "last deploy before"}
        lines.append(f"release {leak.release.version} ({known.get(leak.release.known, '')})")
    if leak.endpoint:
        lines.append(f"endpoint {leak.endpoint}: {leak.endpoint_from}")
    return tuple(lines)


def _session_line(one: Session) -> str:
    start = one.backend_start.isoformat() if one.backend_start else "?"
    return f"pid {one.pid} (started {start}) {one.application or one.user}: idle {one.state_s:.0f} s after {excerpt(one.query, QUERY_SHOWN)}"
