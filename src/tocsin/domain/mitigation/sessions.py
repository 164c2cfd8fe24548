"""Which database sessions may be ended, and whether one is still the session that was planned."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from tocsin.domain.mitigation.guards import Refusal

OWN_PREFIX = "tocsin"
NEVER_ROLES = frozenset({"rds_superuser", "rdsadmin", "cloudsqladmin", "cloudsqlsuperuser", "azuresu"})


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionId:
    """Which session, in which transaction. A server uses process ids again, so the pid alone names nothing."""

    pid: int
    backend_start: datetime
    xact_start: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Session:
    """One server process of PostgreSQL as its activity view tells it. Times are aware."""

    pid: int
    backend_start: datetime
    user: str
    application: str
    state: str
    idle_s: float
    xact_start: datetime | None = None
    kind: str = "client backend"
    superuser: bool = False
    replication: bool = False
    own: bool = False

    @property
    def id(self) -> SessionId:
        """What names this session in this transaction."""
        return SessionId(pid=self.pid, backend_start=self.backend_start, xact_start=self.xact_start)


def protected(session: Session, forbidden: frozenset[str] = NEVER_ROLES) -> Refusal | None:
    """Return why `session` must not be ended whatever its state, or None."""
    why = ""
    if session.own or session.application.casefold().startswith(OWN_PREFIX):
        why = "own"
    elif session.kind != "client backend":
        why = "not_a_client"
    elif session.superuser:
        why = "superuser"
    elif session.replication:
        why = "replication"
    elif session.user in forbidden:
        why = "forbidden_role"
    if not why:
        return None
    said = why.replace("_", " ")
    return Refusal(code=f"protected_{why}", text=f"a protected session of {session.user or 'the server'} ({said})")


def idle_in_transaction(session: Session, older_than_s: float) -> bool:
    """Say whether the session has sat in an open transaction, doing nothing, for at least `older_than_s` seconds."""
    return session.state.startswith("idle in transaction") and session.idle_s >= older_than_s


def refuse_ending(
    planned: SessionId, now: Session | None, *, older_than_s: float, forbidden: frozenset[str] = NEVER_ROLES
) -> Refusal | None:
    """Return why the session that has the planned pid `now` must be left alone, or None: it is the planned one.

    The codes are `gone`, `changed` and those of `protected`.
    """
    if now is None or (now.pid, now.backend_start) != (planned.pid, planned.backend_start):
        return Refusal(code="gone", text="gone already")
    if now.id != planned or not idle_in_transaction(now, older_than_s):
        state = now.state or "unknown"
        return Refusal(code="changed", text=f"not in the planned transaction any more, or not idle ({state})")
    return protected(now, forbidden)
