"""What is asked of the server, one statement a question; a question it refuses becomes a blind spot."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any, TypeVar

import psycopg
from psycopg.rows import DictRow
from psycopg.sql import SQL, Composed, Identifier

from tocsin.adapters.probes.postgres import statements as ask
from tocsin.adapters.probes.postgres.connection import Connection
from tocsin.domain.diagnosis.facts import (
    BlindSpot,
    ConnectionLimits,
    Counters,
    LockWait,
    PostgresFacts,
    Session,
    SessionGroup,
    Standby,
    Statement,
)
from tocsin.domain.diagnosis.redaction import redact_sql, sql_tags

T = TypeVar("T")
_GRANT = "GRANT pg_monitor TO the probe's role"
_HAS_WAITSTART = 140000


class Reader:
    """Reads one server once, until `until` (monotonic seconds)."""

    def __init__(self, connection: Connection, target: str, *, until: float) -> None:
        self._connection = connection
        self._target = target
        self._until = until
        self._blind: list[BlindSpot] = []

    def read(self, blank: PostgresFacts, window_s: float) -> PostgresFacts:
        """Return `blank` filled with what the server told."""
        began = time.monotonic()
        before = self._try("counters", self._counters)
        hidden = self._try("other roles' sessions", self._hidden) or 0
        if hidden:
            self._miss(
                "the state and statements of other roles' sessions", f"no privilege for {hidden} sessions", _GRANT
            )
        blocked = () if hidden else self._try("lock waits", self._lock_waits)
        facts = replace(
            blank,
            server_version=self._connection.info.server_version,
            database=self._connection.info.dbname,
            limits=self._try("connection limits", self._limits),
            used=self._try("used connections", self._used_by_all if hidden else self._used),
            groups=self._try("sessions", self._groups),
            idle_in_transaction=None if hidden else self._try("idle sessions", self._sessions_in(ask.IDLE)),
            lock_waits=None if hidden else blocked,
            blockers=self._try("blocking sessions", lambda: self._blockers(blocked or ())) or () if blocked else (),
            long_queries=None if hidden else self._try("long queries", self._sessions_in(ask.LONG)),
            size_bytes=self._try("database size", self._size),
            statements=self._try("statement statistics", self._statements),
            replication=self._try("replication", self._replication),
        )
        counters = self._try("counters", lambda: self._grown(before, began, window_s)) if before else None
        return replace(facts, counters=counters, blind=tuple(self._blind))

    def _try(self, what: str, question: Callable[[], T]) -> T | None:
        if time.monotonic() >= self._until:
            self._miss(what, "no time left")
            return None
        try:
            return question()
        except psycopg.Error as error:
            mend = _GRANT if isinstance(error, psycopg.errors.InsufficientPrivilege) else ""
            self._miss(
                what,
                f"{error.sqlstate or type(error).__name__}: {error.diag.message_primary or 'lost connection'}",
                mend,
            )
            return None

    def _miss(self, what: str, why: str, mend: str = "") -> None:
        self._blind.append(BlindSpot(target=self._target, what=what, why=why, mend=mend))

    def _rows(self, query: SQL | Composed, parameters: Mapping[str, object] | None = None) -> Sequence[DictRow]:
        return self._connection.execute(query, parameters).fetchall()

    def _one(self, query: SQL | Composed) -> DictRow:
        return self._rows(query)[0]

    def _counters(self) -> DictRow:
        return self._one(ask.COUNTERS)

    def _grown(self, before: DictRow, began: float, window_s: float) -> Counters:
        left = began + min(window_s, max(0.0, self._until - began)) - time.monotonic()
        time.sleep(max(0.0, left))
        after = self._counters()
        grew = {name: max(0, after[name] - before[name]) for name in after}
        return Counters(
            window_s=time.monotonic() - began,
            deadlocks=after["deadlocks"],
            deadlocks_grew=grew["deadlocks"],
            commits_grew=grew["commits"],
            rollbacks_grew=grew["rollbacks"],
        )

    def _hidden(self) -> int:
        return int(self._one(ask.HIDDEN)["hidden"])

    def _limits(self) -> ConnectionLimits:
        settings = {row["name"]: int(row["setting"]) for row in self._rows(ask.LIMITS)}
        return ConnectionLimits(
            max_connections=settings["max_connections"],
            superuser_reserved=settings.get("superuser_reserved_connections", 0),
            reserved=settings.get("reserved_connections", 0),
        )

    def _used(self) -> int:
        return int(self._one(ask.USED)["used"])

    def _used_by_all(self) -> int:
        return int(self._one(ask.USED_BY_ALL)["used"])

    def _groups(self) -> tuple[SessionGroup, ...]:
        return tuple(SessionGroup(**row) for row in self._rows(ask.GROUPS))

    def _sessions_in(self, where: SQL) -> Callable[[], tuple[Session, ...]]:
        return lambda: tuple(_session(row) for row in self._rows(self._sessions(where)))

    def _sessions(self, where: SQL) -> Composed:
        new = self._connection.info.server_version >= _HAS_WAITSTART
        return ask.SESSIONS.format(query_id=SQL("query_id" if new else "NULL::bigint"), where=where)

    def _lock_waits(self) -> tuple[LockWait, ...]:
        new = self._connection.info.server_version >= _HAS_WAITSTART
        waits = {row["pid"]: row for row in self._rows(ask.WAITS if new else ask.WAITS_BEFORE_14)}
        if not waits:
            return ()
        rows = self._rows(self._sessions(ask.BY_PID), {"pids": list(waits)})
        return tuple(
            LockWait(
                session=_session(row), blockers=tuple(waits[row["pid"]]["blockers"]), wait_s=waits[row["pid"]]["wait_s"]
            )
            for row in rows
        )

    def _blockers(self, waits: Sequence[LockWait]) -> tuple[Session, ...]:
        pids = {pid for wait in waits for pid in wait.blockers} - {wait.session.pid for wait in waits}
        return tuple(_session(row) for row in self._rows(self._sessions(ask.BY_PID), {"pids": sorted(pids)}))

    def _size(self) -> int:
        return int(self._one(ask.SIZE)["size"])

    def _statements(self) -> tuple[Statement, ...] | None:
        found = self._rows(ask.STATEMENTS_SCHEMA)
        if not found:
            self._miss(
                "statement statistics", "pg_stat_statements is not installed", "CREATE EXTENSION pg_stat_statements"
            )
            return None
        rows = self._rows(ask.STATEMENTS.format(view=Identifier(found[0]["schema"], "pg_stat_statements")))
        return tuple(Statement(**{**row, "query": redact_sql(row["query"])}) for row in rows)

    def _replication(self) -> tuple[Standby, ...]:
        own = self._rows(ask.OWN_LAG)
        return tuple(Standby(**row) for row in (*own, *self._rows(ask.STANDBYS)))


def _session(row: Mapping[str, Any]) -> Session:  # Any: a row's columns are of several types
    """Return a session whose statement shows no literals."""
    return Session(**{**row, "query": redact_sql(row["query"]), "tags": sql_tags(row["query"])})
