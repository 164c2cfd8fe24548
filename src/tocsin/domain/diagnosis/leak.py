"""Sessions left idle in a transaction: how many, of whom, since when, from which release and endpoint.

A leak is told from a busy pool by standing still: a session counts when it has been idle in its transaction for longer
than any request should pause, and a leak when such sessions are most of what the application holds.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field, replace
from datetime import datetime

from tocsin.domain.diagnosis.facts import Pool, PostgresFacts, Session
from tocsin.domain.diagnosis.look import Look
from tocsin.domain.diagnosis.pooler import full_queues
from tocsin.domain.diagnosis.readiness import failing_components
from tocsin.domain.diagnosis.releases import Release, release_of
from tocsin.domain.diagnosis.routes import route_of, routes_changed, touched


@dataclass(frozen=True, slots=True, kw_only=True)
class Leak:
    """Sessions of one application that stand still; `held` counts all it has, `exhausting` says what ran out ("": nothing)."""

    server: str
    service: str
    application: str
    sessions: tuple[Session, ...]
    held: int
    exhausting: str = ""
    release: Release = field(default_factory=Release)
    endpoint: str = ""
    endpoint_from: str = ""

    @property
    def count(self) -> int:
        """How many stand still."""
        return len(self.sessions)

    @property
    def oldest_s(self) -> float:
        """The longest any has stood still, in seconds."""
        return max(session.state_s for session in self.sessions)

    @property
    def youngest_s(self) -> float:
        """The shortest any has stood still, in seconds."""
        return min(session.state_s for session in self.sessions)

    @property
    def since(self) -> datetime | None:
        """When the oldest of their transactions began."""
        return min((session.xact_start for session in self.sessions if session.xact_start), default=None)

    @property
    def statement(self) -> tuple[str, int]:
        """The statement most of them ran last, and how many did."""
        return Counter(session.query for session in self.sessions).most_common(1)[0]


def worst_leak(look: Look) -> Leak | None:
    """Return the leak that holds most sessions on any server, or None."""
    found = [leak for facts in look.bundle.postgres if (leak := leak_on(facts, look))]
    return max(found, key=lambda leak: (bool(leak.exhausting), leak.count), default=None)


def leak_on(facts: PostgresFacts, look: Look) -> Leak | None:
    """Return the largest leak on one server, or None where no application's sessions mostly stand still."""
    limits = look.limits
    still = [one for one in facts.idle_in_transaction or () if one.state_s >= limits.leak_age_s]
    if not still:
        return None
    application, count = Counter(session.application for session in still).most_common(1)[0]
    held = max(facts.sessions_of(application), count)
    if count < limits.leak_sessions or count / held < limits.leak_share_ratio:
        return None
    leak = Leak(
        server=facts.target,
        service=facts.service,
        application=application,
        sessions=tuple(session for session in still if session.application == application),
        held=held,
        exhausting=_exhausted(facts, count, look),
    )
    return _attributed(leak, look)


def full_pool(look: Look) -> Pool | None:
    """Return an application pool with (nearly) no free connection, if any service reports one."""
    pools = [pool for facts in look.bundle.metrics for pool in facts.pools if pool.size]
    return next((pool for pool in pools if pool.in_use / (pool.size or 1.0) >= look.limits.pool_ratio), None)


def _exhausted(facts: PostgresFacts, count: int, look: Look) -> str:
    """Say what ran out because of `count` sessions: only what they hold at least half of counts."""
    limits = look.limits
    if facts.limits and facts.used and facts.used / facts.limits.usable >= limits.connections_warn_ratio:
        if count / facts.used >= limits.leak_share_ratio:
            return f"{facts.used} of {facts.limits.usable} usable connections of {facts.target} are taken"
        return ""
    if (pool := full_pool(look)) and count / pool.in_use >= limits.leak_share_ratio:
        return f"pool {pool.name} has {pool.in_use:.0f} of {pool.size:.0f} connections in use"
    for queue in full_queues(look.bundle):
        if count / queue.pool.serving >= limits.leak_share_ratio:
            return f"{queue.pooler} has given all {queue.size} server connections away and {queue.pool.waiting} clients wait"
    for http in look.bundle.http:
        ready = http.page("ready")
        if ready and not ready.ok and "database" in failing_components(ready.body):
            return f"{ready.path} of {http.target} gets no database connection"
    return ""


def _attributed(leak: Leak, look: Look) -> Leak:
    release = release_of(((one.application, one.tags) for one in leak.sessions), leak.since, look)
    endpoint, endpoint_from = _endpoint(leak, release, look)
    service = leak.service or (release.deploy.service if release.deploy else "")
    return replace(leak, service=service, release=release, endpoint=endpoint, endpoint_from=endpoint_from)


def _endpoint(leak: Leak, release: Release, look: Look) -> tuple[str, str]:
    """Name the endpoint from the best evidence: the statement's own tag, then the change, then who suffers."""
    tagged = Counter(route for session in leak.sessions if (route := route_of(session.tags, look)))
    if tagged:
        route, count = tagged.most_common(1)[0]
        return route, f"the last statement of {count} of {leak.count} sessions is tagged with it"
    suffering = [route.route for route in look.suffering_routes]
    if release.deploy:
        changed = routes_changed(release.deploy, look)
        if both := touched(release.deploy, suffering):
            return both[0], f"{release.version} changed it and it fails or is slow"
        if len(changed) == 1:
            return changed[0], f"it is the only endpoint that {release.version} changed"
    if suffering:
        return suffering[0], "it fails or is slow more than any other endpoint"
    return "", ""
