"""Sentences that programs write when a known thing goes wrong, and what each speaks for.

A sentence counts where it is new or comes far more often since the onset. One that came as often before says nothing
about this trouble, and says so.
"""

from __future__ import annotations

from datetime import datetime

from tocsin.domain.diagnosis.check import check
from tocsin.domain.diagnosis.checks.logs import SHOWN, line_of, of_logs
from tocsin.domain.diagnosis.facts import LogFacts, LogTemplate
from tocsin.domain.diagnosis.findings import Finding, weigh
from tocsin.domain.diagnosis.logs import signatures
from tocsin.domain.diagnosis.logs.changes import Shift
from tocsin.domain.diagnosis.logs.signatures import Signature
from tocsin.domain.diagnosis.look import Look

_SOURCE = "the program's own words: PostgreSQL, Redis, SQLAlchemy, HikariPool, Linux, Go, Node, Kubernetes"
_STEADY = 2.0


def judge(facts: LogFacts, look: Look, signature: Signature) -> Finding | None:
    """Return what a log says of a signature; None where there is no log to judge."""
    if not facts.templates:
        return None
    matches = [one for one in facts.templates if one.level != "debug" and _says(one, signature.phrases)]
    if not matches:
        because = f"no line of {facts.lines} speaks of {signature.called}"
        refutes = tuple(weigh(key, weight, because=because) for key, weight in signature.absent)
        return Finding(verdict="ok", observed=f"no sign of {signature.called}", refutes=refutes)
    shifts = [_shift(facts, one, look.onset) for one in matches]
    fresh = [one for one in shifts if _risen(one)]
    total = sum(one.after or one.before for one in shifts)
    worst = max(fresh or shifts, key=lambda one: one.after)
    observed = f"{worst.template.called} ({total} lines)"
    if not fresh:
        observed += ", as often as before"
    because = worst.template.called
    return Finding(
        verdict="critical" if fresh else "ok",
        observed=observed,
        expected=f"no sign of {signature.called}",
        why=signature.why,
        evidence=tuple(line_of(one) for one in (fresh or shifts)[:SHOWN]),
        reproduce=facts.reproduce,
        supports=tuple(weigh(key, weight, signature.kind, because) for key, weight in signature.speaks)
        if fresh
        else (),
    )


def _says(one: LogTemplate, phrases: tuple[str, ...]) -> bool:
    text = " ".join((one.text, one.logger, *one.examples[:1])).lower()
    return any(phrase in text for phrase in phrases)


def _shift(facts: LogFacts, one: LogTemplate, onset: datetime | None) -> Shift:
    """Return a template's counts around the onset; all of them count as after it where no time before is known."""
    cut = facts.bucket(onset) if onset is not None else 0
    if not 0 < cut < len(one.counts):
        return Shift(template=one, before=0, after=one.count, expected=0.0, surprise=0.0)
    before, after = sum(one.counts[:cut]), sum(one.counts[cut:])
    expected = before * (len(one.counts) - cut) / cut
    return Shift(template=one, before=before, after=after, expected=expected, surprise=0.0)


def _risen(one: Shift) -> bool:
    return one.after > 0 and (not one.before or one.after >= _STEADY * one.expected)


@check("logs.pool_timeout", of_logs, _SOURCE)
def pool_timeout(facts: LogFacts, look: Look) -> Finding | None:
    """Look for callers that waited for a pooled connection in vain."""
    return judge(facts, look, signatures.POOL)


@check("logs.too_many_clients", of_logs, _SOURCE)
def too_many_clients(facts: LogFacts, look: Look) -> Finding | None:
    """Look for servers that turned connections away."""
    return judge(facts, look, signatures.CLIENTS)


@check("logs.out_of_memory", of_logs, _SOURCE)
def out_of_memory(facts: LogFacts, look: Look) -> Finding | None:
    """Look for processes that ran out of memory or were killed for it."""
    return judge(facts, look, signatures.MEMORY)


@check("logs.certificate_expired", of_logs, _SOURCE)
def certificate_expired(facts: LogFacts, look: Look) -> Finding | None:
    """Look for certificates that were refused for their dates."""
    return judge(facts, look, signatures.CERTIFICATE)


@check("logs.certificate_trust", of_logs, _SOURCE)
def certificate_trust(facts: LogFacts, look: Look) -> Finding | None:
    """Look for certificates that were refused for who signed them."""
    return judge(facts, look, signatures.TRUST)


@check("logs.dns", of_logs, _SOURCE)
def dns(facts: LogFacts, look: Look) -> Finding | None:
    """Look for names that did not resolve."""
    return judge(facts, look, signatures.NAMES)


@check("logs.credentials", of_logs, _SOURCE)
def credentials(facts: LogFacts, look: Look) -> Finding | None:
    """Look for credentials that were refused."""
    return judge(facts, look, signatures.CREDENTIALS)


@check("logs.refused", of_logs, _SOURCE)
def refused(facts: LogFacts, look: Look) -> Finding | None:
    """Look for connections that nobody took."""
    return judge(facts, look, signatures.REFUSED)


@check("logs.database_gone", of_logs, _SOURCE)
def database_gone(facts: LogFacts, look: Look) -> Finding | None:
    """Look for a database that shuts down, starts or went away."""
    return judge(facts, look, signatures.DATABASE_GONE)


@check("logs.disk_full", of_logs, _SOURCE)
def disk_full(facts: LogFacts, look: Look) -> Finding | None:
    """Look for writes that found no room."""
    return judge(facts, look, signatures.DISK)


@check("logs.redis_refuses", of_logs, _SOURCE)
def redis_refuses(facts: LogFacts, look: Look) -> Finding | None:
    """Look for Redis refusing to write."""
    return judge(facts, look, signatures.REDIS)


@check("logs.deadlock", of_logs, _SOURCE)
def deadlock(facts: LogFacts, look: Look) -> Finding | None:
    """Look for transactions that were ended to resolve a deadlock."""
    return judge(facts, look, signatures.DEADLOCK)


@check("logs.lock_timeout", of_logs, _SOURCE)
def lock_timeout(facts: LogFacts, look: Look) -> Finding | None:
    """Look for transactions that gave up waiting for a lock."""
    return judge(facts, look, signatures.LOCK)


@check("logs.statement_timeout", of_logs, _SOURCE)
def statement_timeout(facts: LogFacts, look: Look) -> Finding | None:
    """Look for statements that were cancelled for their time."""
    return judge(facts, look, signatures.STATEMENT)


@check("logs.call_timeout", of_logs, _SOURCE)
def call_timeout(facts: LogFacts, look: Look) -> Finding | None:
    """Look for calls to others that got no answer."""
    return judge(facts, look, signatures.TIMEOUT)


@check("logs.rate_limited", of_logs, _SOURCE)
def rate_limited(facts: LogFacts, look: Look) -> Finding | None:
    """Look for others turning us away for calling too often."""
    return judge(facts, look, signatures.LIMITED)


@check("logs.schema", of_logs, _SOURCE)
def schema(facts: LogFacts, look: Look) -> Finding | None:
    """Look for statements about tables or columns that are not there."""
    return judge(facts, look, signatures.SCHEMA)


@check("logs.code", of_logs, _SOURCE)
def code(facts: LogFacts, look: Look) -> Finding | None:
    """Look for errors that only code can make."""
    return judge(facts, look, signatures.CODE)


@check("logs.settings", of_logs, _SOURCE)
def settings(facts: LogFacts, look: Look) -> Finding | None:
    """Look for settings that are missing or wrong."""
    return judge(facts, look, signatures.SETTINGS)


@check("logs.descriptors", of_logs, _SOURCE)
def descriptors(facts: LogFacts, look: Look) -> Finding | None:
    """Look for processes that could open nothing more."""
    return judge(facts, look, signatures.FILES)


@check("logs.restarts", of_logs, _SOURCE)
def restarts(facts: LogFacts, look: Look) -> Finding | None:
    """Look for processes that died or were ended."""
    return judge(facts, look, signatures.RESTARTS)


@check("logs.image", of_logs, _SOURCE)
def image(facts: LogFacts, look: Look) -> Finding | None:
    """Look for images that could not be fetched."""
    return judge(facts, look, signatures.IMAGE)


@check("logs.checkpoint", of_logs, _SOURCE)
def checkpoint(facts: LogFacts, look: Look) -> Finding | None:
    """Look for a database whose writes fall behind."""
    return judge(facts, look, signatures.CHECKPOINT)


@check("logs.corruption", of_logs, _SOURCE)
def corruption(facts: LogFacts, look: Look) -> Finding | None:
    """Look for data that cannot be what was written."""
    return judge(facts, look, signatures.CORRUPTION)


@check("logs.backlog", of_logs, _SOURCE)
def backlog(facts: LogFacts, look: Look) -> Finding | None:
    """Look for queues without room."""
    return judge(facts, look, signatures.BACKLOG)
