"""What a cause is called once the facts are known, and what could be done about it."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import replace

from tocsin.domain import words
from tocsin.domain.diagnosis.diagnosis import Cause, Proposal
from tocsin.domain.diagnosis.facts import Deploy, PostgresFacts, Session
from tocsin.domain.diagnosis.findings import HypothesisKey
from tocsin.domain.diagnosis.leak import Leak, worst_leak
from tocsin.domain.diagnosis.locks import LockRoot, lock_roots
from tocsin.domain.diagnosis.look import Look
from tocsin.domain.diagnosis.suspects import suspects

_IDLE_DEFAULT_S = 300
_MOST = 0.8

Named = tuple[str, tuple[Proposal, ...]]


def named(cause: Cause, look: Look) -> Cause:
    """Return the cause with a title that names what was seen and with its mitigations, if anything supports it."""
    if not cause.supports or cause.state == "refuted":
        return cause
    title, proposals = _NAMERS.get(cause.key, _plain)(cause, look)
    return replace(cause, title=title, proposals=proposals)


def _leak(cause: Cause, look: Look) -> Named:
    leak = worst_leak(look)
    if leak is None:
        return cause.title, ()
    who = " ".join(dict.fromkeys(part for part in (leak.service or leak.application, leak.release.version) if part))
    where = f" on {leak.endpoint}" if leak.endpoint else ""
    title = f"{who or 'An application'} leaks database sessions{where}"
    title += f": {leak.count} of its {leak.held} sessions on {leak.server} stay idle in transaction"
    return title, (_terminate(leak), *_rollback(leak.release.deploy, "stops new leaks"))


def _terminate(leak: Leak) -> Proposal:
    """Propose to end what stands still: five minutes is the usual age, less where most of the leak is younger."""
    ages = sorted((session.state_s for session in leak.sessions), reverse=True)
    most = ages[math.ceil(_MOST * len(ages)) - 1]
    age = min(_IDLE_DEFAULT_S, max(1, int(most)))
    params = {"target": leak.server, "older_than_s": str(age)}
    if leak.application:
        params["application_name"] = leak.application
    why = f"gives {leak.count} connections back at once; rolls back their open transactions"
    return Proposal(key="postgres.terminate_idle_in_transaction", params=params, why=why)


def _rollback(deploy: Deploy | None, why: str) -> tuple[Proposal, ...]:
    if deploy is None or not deploy.previous or deploy.kind == "rollback":
        return ()
    return (
        Proposal(key="service.rollback", params={"service": deploy.service, "to_version": deploy.previous}, why=why),
    )


def _deploy(cause: Cause, look: Look) -> Named:
    first = next(iter(suspects(look)), None)
    if first is None:
        return cause.title, ()
    routes = f", which changed {', '.join(first.routes)}" if first.routes else ""
    verb = "broke it" if cause.state == "confirmed" else "may have broken it"
    deploy = first.deploy
    title = f"The deploy of {deploy.service} {deploy.version} at {words.clock(deploy.at)}{routes}, {verb}"
    return title, _rollback(deploy, f"back to {deploy.previous}, which ran before")


def _worst_root(look: Look) -> tuple[PostgresFacts, LockRoot] | None:
    roots = [(facts, root) for facts in look.bundle.postgres for root in lock_roots(facts)[:1]]
    return max(roots, key=lambda pair: len(pair[1].victims), default=None)


def _locks(cause: Cause, look: Look) -> Named:
    worst = _worst_root(look)
    if worst is None:
        return cause.title, ()
    facts, root = worst
    who = (root.session.application or root.session.user) if root.session else "a prepared transaction"
    title = (
        f"pid {root.pid} ({who}) on {facts.target} blocks {len(root.victims)} sessions for up to {root.longest_s:.0f} s"
    )
    end = _end_session("postgres.terminate_session", facts.target, root.session) if root.session else ()
    return title, end


def _slow(cause: Cause, look: Look) -> Named:
    running = [(facts, one) for facts in look.bundle.postgres for one in facts.long_queries or ()]
    if not running:
        return cause.title, ()
    facts, worst = max(running, key=lambda pair: pair[1].query_s)
    title = f"Slow statements hold up {facts.target}, the slowest for {worst.query_s:.0f} s: {worst.query[:120]}"
    return title, _end_session("postgres.cancel_query", facts.target, worst)


def _end_session(key: str, target: str, one: Session) -> tuple[Proposal, ...]:
    start = one.backend_start.isoformat() if one.backend_start else ""
    return (
        Proposal(
            key=key, params={"target": target, "pid": str(one.pid), "backend_start": start}, why="frees those who wait"
        ),
    )


def _plain(cause: Cause, _look: Look) -> Named:
    """Name a cause by its title and its strongest evidence; propose the usual first step."""
    first = cause.supports[0]
    key = _USUAL.get(cause.key)
    return f"{cause.title} ({first.target}): {first.text}", (
        Proposal(key=key, params={"target": first.target}),
    ) if key else ()


_USUAL: Mapping[HypothesisKey, str] = {
    "traffic_spike": "service.scale",
    "connection_exhaustion": "service.resize_pool",
    "database_down": "postgres.failover",
    "redis_down": "service.restart",
    "redis_full": "redis.raise_maxmemory",
    "dependency_outage": "service.enable_fallback",
    "bad_configuration": "config.revert",
    "tls_expiry": "tls.renew",
    "application_down": "service.restart",
    "disk_full": "host.free_disk",
    "host_saturation": "service.scale",
}

_NAMERS: Mapping[HypothesisKey, Callable[[Cause, Look], Named]] = {
    "session_leak": _leak,
    "bad_deploy": _deploy,
    "lock_chain": _locks,
    "slow_query": _slow,
}
