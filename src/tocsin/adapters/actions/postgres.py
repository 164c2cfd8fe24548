"""Ends database sessions that sit idle in a transaction: exactly those that were planned, at most (R-MIT-1, R-MIT-9).

A process id is used again, so a session is its pid and its start together; each is looked at again in the very
statement that ends it. The operator's role needs `pg_signal_backend`, and `pg_read_all_stats` to see other roles.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime

import msgspec
import psycopg
from psycopg.rows import DictRow, dict_row

from tocsin.adapters.actions.redaction import redact
from tocsin.domain.catalogue import ActionTarget
from tocsin.domain.diagnosis.redaction import redact_sql
from tocsin.domain.errors import InvalidError, RefusedError
from tocsin.domain.mitigation.guards import Refusal
from tocsin.domain.mitigation.plan import PlannedStep, StalePlanError, StepOutcome
from tocsin.domain.mitigation.sessions import (
    NEVER_ROLES,
    Session,
    SessionId,
    idle_in_transaction,
    protected,
    refuse_ending,
)
from tocsin.flows.ports import PermanentError, TransientError

CONNECT_S = 5
END_MS = 2000

_LOOK = """
SELECT a.pid, coalesce(a.backend_start, 'epoch') AS backend_start, coalesce(a.usename, '') AS "user", coalesce(a.application_name, '') AS application,
       coalesce(a.state, '') AS state, a.xact_start, coalesce(a.backend_type, '') AS kind,
       coalesce(extract(epoch FROM clock_timestamp() - a.state_change), 0)::float8 AS idle_s,
       coalesce(a.query, '') AS query, coalesce(r.rolsuper, false) AS superuser,
       coalesce(r.rolreplication, false) OR a.backend_type = 'walsender' AS replication,
       a.pid = pg_backend_pid() AS own
FROM pg_stat_activity a LEFT JOIN pg_roles r ON r.oid = a.usesysid
WHERE a.datname = current_database() AND (%(pid)s::int IS NULL OR a.pid = %(pid)s)
ORDER BY a.state_change, a.pid
"""
_END = """
SELECT pg_terminate_backend(a.pid, %(wait_ms)s) AS ended
FROM pg_stat_activity a LEFT JOIN pg_roles r ON r.oid = a.usesysid
WHERE a.pid = %(pid)s AND a.backend_start = %(backend_start)s
  AND a.xact_start IS NOT DISTINCT FROM %(xact_start)s AND a.state LIKE 'idle in transaction%%'
  AND clock_timestamp() - a.state_change >= make_interval(secs => %(older_than_s)s)
  AND a.backend_type = 'client backend' AND a.pid <> pg_backend_pid()
  AND NOT coalesce(r.rolsuper, true) AND NOT coalesce(r.rolreplication, true)
"""


QUERY_SHOWN = 160


@dataclass(frozen=True, slots=True, kw_only=True)
class TerminateOptions:
    """Options of a target: whose database (`dsn`), how many sessions at most in one plan, and roles left alone."""

    dsn: str
    older_than_s: float = 300.0
    max_sessions: int = 200
    forbid_roles: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        """Refuse figures that cannot be meant (a ValueError, which the loader turns into a message)."""
        if self.older_than_s <= 0 or self.max_sessions < 1:
            raise ValueError("older_than_s and max_sessions must be above 0")

    @property
    def forbidden(self) -> frozenset[str]:
        """The roles whose sessions are never ended."""
        return NEVER_ROLES | frozenset(self.forbid_roles)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Seen:
    session: Session
    query: str


@dataclass(frozen=True, slots=True, kw_only=True)
class _Params:
    """What a step carries: the sessions by identity, and how long they must have been idle."""

    older_than_s: float
    sessions: tuple[SessionId, ...]


class TerminateIdleInTransaction:
    """The action `postgres.terminate_idle_in_transaction`; parameter `older_than_s` overrides the target's."""

    kind = "postgres.terminate_idle_in_transaction"
    options = TerminateOptions

    def plan(self, target: ActionTarget, params: Mapping[str, object], now: datetime) -> list[PlannedStep]:
        """Return one step that names every session that would be ended, the longest idle first.

        Raises:
            InvalidError: options or parameters make no sense.
            TransientError: the database did not answer.
        """
        options = _options(target, params)
        seen = _look(options)
        idle = [one for one in seen if idle_in_transaction(one.session, options.older_than_s)]
        free = [one for one in idle if protected(one.session, options.forbidden) is None]
        chosen = free[: options.max_sessions]
        if not chosen:
            return []
        notes = _notes(seen, idle, free, chosen)
        planned = msgspec.to_builtins([one.session.id for one in chosen])
        return [
            PlannedStep(
                action=self.kind,
                target=target.key,
                summary=f"End {len(chosen)} sessions idle in transaction for {options.older_than_s:g} s or longer",
                before=f"{len(idle)} such sessions at {now.astimezone(UTC):%H:%M:%S} UTC",
                after=f"{len(idle) - len(chosen)} such sessions",
                affected=(*_lines(chosen), *notes),
                blast_radius=f"{len(chosen)} of {len(seen)} sessions; their uncommitted work is rolled back",
                reversible=False,
                undo="none: the transaction is rolled back, and the client sees SQLSTATE 57P01",
                destructive=True,
                params={"older_than_s": options.older_than_s, "sessions": planned},
            )
        ]

    def precheck(self, target: ActionTarget, step: PlannedStep) -> None:
        """Look whether any planned session is still there as planned.

        Raises:
            StalePlanError: none is.
        """
        options, params = _options(target, {}), _params(step)
        now = {one.session.pid: one.session for one in _look(options)}
        if all(_refusal(planned, now.get(planned.pid), params, options) for planned in params.sessions):
            raise StalePlanError(f"none of the {len(params.sessions)} sessions is idle in its transaction any more")

    def apply(self, target: ActionTarget, step: PlannedStep, *, key: str, deadline_s: float) -> StepOutcome:
        """End the planned sessions that are still what they were, and say of each what became of it.

        `key` is not needed: a session that was ended cannot be found again, so a second call ends nothing new.
        """
        del key
        options, params = _options(target, {}), _params(step)
        until = time.monotonic() + deadline_s
        lines: list[str] = []
        bad = 0
        with _session(options, read_only=False) as connection:
            for number, planned in enumerate(params.sessions):
                if time.monotonic() >= until:
                    left = len(params.sessions) - number
                    return StepOutcome(result="failed", lines=(*lines, f"{left} sessions left alone: time is over"))
                try:
                    ended, line = _end(connection, planned, params, options)
                except psycopg.OperationalError as error:
                    return StepOutcome(
                        result="unknown", lines=(*lines, f"{planned.pid}: lost: {_said(error, options)}")
                    )
                lines.append(line)
                bad += not ended
        return StepOutcome(result="failed" if bad else "done", lines=tuple(lines))

    def verify(self, target: ActionTarget, step: PlannedStep, *, deadline_s: float) -> StepOutcome:
        """Say whether the planned sessions are gone, and how many others sit in the same state now."""
        del deadline_s  # one read, limited by its own statement timeout
        options, params = _options(target, {}), _params(step)
        seen = [one.session for one in _look(options)]
        ids = {(planned.pid, planned.backend_start) for planned in params.sessions}
        left = [s for s in seen if (s.pid, s.backend_start) in ids and s.state.startswith("idle in transaction")]
        new = [s for s in seen if (s.pid, s.backend_start) not in ids and idle_in_transaction(s, params.older_than_s)]
        lines = [f"{len(left)} of the {len(params.sessions)} sessions are still there"]
        if new:
            lines.append(f"{len(new)} other sessions are idle in transaction: it is coming back")
        return StepOutcome(result="failed" if left else "done", lines=tuple(lines))

    def undo(self, target: ActionTarget, step: PlannedStep, *, key: str, deadline_s: float) -> StepOutcome:
        """Refuse: there is no way back.

        Raises:
            RefusedError: always.
        """
        del target, key, deadline_s
        raise RefusedError(f"this cannot be undone ({step.undo})")


def _options(target: ActionTarget, params: Mapping[str, object]) -> TerminateOptions:
    try:
        options = msgspec.convert(dict(target.options), TerminateOptions)
        if "older_than_s" in params:
            asked = msgspec.convert(params["older_than_s"], float, strict=False)
            options = replace(options, older_than_s=asked)
    except (msgspec.ValidationError, ValueError) as error:
        raise InvalidError(f"action {target.key}: {error}", field=f"actions.{target.key}") from error
    return options


def _params(step: PlannedStep) -> _Params:
    try:
        return msgspec.convert(dict(step.params), _Params)
    except msgspec.ValidationError as error:
        raise InvalidError(f"this step was not written by this action: {error}", field="params") from error


@contextmanager
def _session(options: TerminateOptions, *, read_only: bool) -> Iterator[psycopg.Connection[DictRow]]:
    """A connection that commits every statement; it may write only when it is the one that acts.

    Raises:
        TransientError: the database did not answer, or broke off.
        PermanentError: it refused.
    """
    name = "tocsin-plan" if read_only else "tocsin-act"
    try:
        with psycopg.connect(
            options.dsn, autocommit=True, connect_timeout=CONNECT_S, application_name=name, row_factory=dict_row
        ) as connection:
            connection.execute("SET statement_timeout = '5s'")
            connection.execute("SET lock_timeout = '200ms'")
            connection.execute("SET timezone = 'UTC'")
            if read_only:
                connection.execute("SET default_transaction_read_only = on")
            yield connection
    except psycopg.OperationalError as error:
        raise TransientError(f"PostgreSQL did not answer: {_said(error, options)}") from error
    except psycopg.Error as error:
        raise PermanentError(f"PostgreSQL refused: {_said(error, options)}") from error


def _said(error: Exception, options: TerminateOptions) -> str:
    return " ".join(redact(str(error), (options.dsn,)).split())


def _look(options: TerminateOptions) -> list[_Seen]:
    with _session(options, read_only=True) as connection:
        return _read(connection)


def _read(connection: psycopg.Connection[DictRow], pid: int | None = None) -> list[_Seen]:
    rows = connection.execute(_LOOK, {"pid": pid}).fetchall()
    return [_Seen(query=row.pop("query"), session=Session(**row)) for row in rows]


def _refusal(planned: SessionId, now: Session | None, params: _Params, options: TerminateOptions) -> Refusal | None:
    return refuse_ending(planned, now, older_than_s=params.older_than_s, forbidden=options.forbidden)


def _end(
    connection: psycopg.Connection[DictRow], planned: SessionId, params: _Params, options: TerminateOptions
) -> tuple[bool, str]:
    """End one session if it is still the planned one; return whether that is settled, and a line that says so."""
    seen = _read(connection, planned.pid)
    refusal = _refusal(planned, seen[0].session if seen else None, params, options)
    if refusal is not None:
        return True, f"{planned.pid}: left alone, {refusal.text}"
    wanted = {
        "pid": planned.pid,
        "backend_start": planned.backend_start,
        "xact_start": planned.xact_start,
        "older_than_s": params.older_than_s,
        "wait_ms": END_MS,
    }
    try:
        row = connection.execute(_END, wanted).fetchone()
    except psycopg.errors.InsufficientPrivilege:
        return False, f"{planned.pid}: the operator's role may not end it (grant pg_signal_backend)"
    if row is None:
        return True, f"{planned.pid}: left alone, it moved on while we looked"
    return (True, f"{planned.pid}: ended") if row["ended"] else (False, f"{planned.pid}: told to end, but still there")


def _lines(chosen: Sequence[_Seen]) -> list[str]:
    """Name every session, the longest idle first; those that differ only in age share a line."""
    alike: dict[tuple[str, str, str], list[Session]] = {}
    for seen in chosen:
        one = seen.session
        query = redact_sql(seen.query, limit=QUERY_SHOWN) or "no query"
        alike.setdefault((f"{one.user}, {one.application or 'unnamed'}", one.state, query), []).append(one)
    return [_line(sessions, *what) for what, sessions in alike.items()]


def _line(sessions: Sequence[Session], who: str, state: str, query: str) -> str:
    named = ", ".join(f"{one.pid} since {one.backend_start:%H:%M:%S}" for one in sessions)
    ages = dict.fromkeys(f"{one.idle_s:.0f}" for one in (sessions[0], sessions[-1]))
    pids = "pid" if len(sessions) == 1 else "pids"
    return f"{pids} {named} UTC ({who}): {state} for {' to '.join(ages)} s; last: {query}"


def _notes(seen: list[_Seen], idle: list[_Seen], free: list[_Seen], chosen: list[_Seen]) -> list[str]:
    """What the plan leaves out, and what it could not see."""
    notes: list[str] = []
    if len(idle) > len(free):
        notes.append(f"{len(idle) - len(free)} more are protected and stay")
    if len(free) > len(chosen):
        notes.append(f"{len(free) - len(chosen)} more are over the limit of one plan and stay")
    hidden = sum(one.session.kind == "" and one.session.state == "" for one in seen)
    if hidden:
        notes.append(f"{hidden} sessions of other roles could not be read (grant pg_read_all_stats)")
    return notes
