"""What is asked of the server, one statement a question; a question it refuses becomes a blind spot."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from psycopg.rows import DictRow
from psycopg.sql import SQL, Composed

from tocsin.adapters.probes.postgres import statements as ask
from tocsin.adapters.probes.postgres.asking import GRANT, Asking
from tocsin.adapters.probes.postgres.connection import Connection
from tocsin.adapters.probes.postgres.room import read_room, read_written
from tocsin.adapters.probes.postgres.top_statements import Costs, TopStatements
from tocsin.adapters.probes.postgres.upkeep import read_checkpoints, read_tables, read_upkeep, tables_grown
from tocsin.domain.diagnosis.facts import (
    Checkpoints,
    ConnectionLimits,
    Counters,
    LockWait,
    PostgresFacts,
    Session,
    SessionGroup,
    Standby,
)
from tocsin.domain.diagnosis.redaction import redact_sql, sql_tags

_HAS_WAITSTART = 140000


@dataclass(frozen=True, slots=True, kw_only=True)
class _Sample:
    """Counters at one moment (monotonic seconds)."""

    at: float
    counters: DictRow | None
    costs: Costs | None
    tables: Sequence[DictRow] | None
    checkpoints: Checkpoints | None
    written: int | None


class Reader:
    """Reads one server once, until `until` (monotonic seconds): counters twice, everything else between the two."""

    def __init__(self, connection: Connection, target: str, *, until: float) -> None:
        self._asking = Asking(connection, target, until=until)
        self._top = TopStatements(self._asking)

    def read(self, blank: PostgresFacts, window_s: float) -> PostgresFacts:
        """Return `blank` filled with what the server told."""
        asking = self._asking
        before = _Sample(
            at=time.monotonic(),
            counters=asking.tried("counters", self._counters),
            costs=asking.tried("statement statistics", self._top.first),
            tables=read_tables(asking),
            checkpoints=read_checkpoints(asking),
            written=read_written(asking),
        )
        hidden = asking.tried("other roles' sessions", self._hidden) or 0
        if hidden:
            what = "the state and statements of other roles' sessions"
            asking.miss(what, f"no privilege for {hidden} sessions", GRANT)
        facts = self._sessions_seen(replace(blank, database=asking.database), hidden=bool(hidden))
        facts = replace(
            facts,
            server_version=asking.version,
            limits=asking.tried("connection limits", self._limits),
            size_bytes=asking.tried("database size", lambda: int(asking.one(ask.SIZE)["size"])),
            replication=asking.tried("replication", self._replication),
            upkeep=read_upkeep(asking, hidden=bool(hidden)),
            room=read_room(asking),
        )
        facts = self._grown(facts, before, window_s)
        return replace(facts, blind=tuple(asking.blind))

    def _sessions_seen(self, facts: PostgresFacts, *, hidden: bool) -> PostgresFacts:
        tried = self._asking.tried
        blocked = () if hidden else tried("lock waits", self._lock_waits)
        return replace(
            facts,
            used=tried("used connections", self._used_by_all if hidden else self._used),
            groups=tried("sessions", self._groups),
            idle_in_transaction=None if hidden else tried("idle sessions", self._sessions_in(ask.IDLE)),
            lock_waits=None if hidden else blocked,
            blockers=tried("blocking sessions", lambda: self._blockers(blocked or ())) or () if blocked else (),
            long_queries=None if hidden else tried("long queries", self._sessions_in(ask.LONG)),
        )

    def _grown(self, facts: PostgresFacts, before: _Sample, window_s: float) -> PostgresFacts:
        """Take the second sample, `window_s` after the first or as near to it as the deadline lets us."""
        asking, costs, tables = self._asking, before.costs, before.tables
        left = before.at + min(window_s, max(0.0, asking.until - before.at)) - time.monotonic()
        time.sleep(max(0.0, left))
        after = asking.tried("counters", self._counters)
        watched = time.monotonic() - before.at
        statements = (
            asking.tried("statement statistics", lambda: self._top.second(costs)) if costs is not None else None
        )
        again = read_tables(asking) if tables is not None else None
        upkeep = facts.upkeep
        if upkeep and before.checkpoints and (now := read_checkpoints(asking)):
            upkeep = replace(upkeep, checkpoints=_between(before.checkpoints, now))
        room, written = facts.room, read_written(asking) if before.written is not None else None
        if room and room.wal and before.written is not None and written is not None:
            grew = max(0, written - before.written)
            room = replace(room, wal=replace(room.wal, grew=grew, window_s=time.monotonic() - before.at))
        return replace(
            facts,
            room=room,
            counters=_counted(before.counters, after, watched) if before.counters and after else None,
            statements=statements,
            tables=tables_grown(tables, again) if tables is not None and again is not None else None,
            upkeep=upkeep,
        )

    def _counters(self) -> DictRow:
        return self._asking.one(ask.COUNTERS)

    def _hidden(self) -> int:
        return int(self._asking.one(ask.HIDDEN)["hidden"])

    def _limits(self) -> ConnectionLimits:
        settings = {row["name"]: int(row["setting"]) for row in self._asking.rows(ask.LIMITS)}
        return ConnectionLimits(
            max_connections=settings["max_connections"],
            superuser_reserved=settings.get("superuser_reserved_connections", 0),
            reserved=settings.get("reserved_connections", 0),
        )

    def _used(self) -> int:
        return int(self._asking.one(ask.USED)["used"])

    def _used_by_all(self) -> int:
        return int(self._asking.one(ask.USED_BY_ALL)["used"])

    def _groups(self) -> tuple[SessionGroup, ...]:
        return tuple(SessionGroup(**row) for row in self._asking.rows(ask.GROUPS))

    def _sessions_in(self, where: SQL) -> Callable[[], tuple[Session, ...]]:
        return lambda: tuple(_session(row) for row in self._asking.rows(self._sessions(where)))

    def _sessions(self, where: SQL) -> Composed:
        new = self._asking.version >= _HAS_WAITSTART
        return ask.SESSIONS.format(query_id=SQL("query_id" if new else "NULL::bigint"), where=where)

    def _lock_waits(self) -> tuple[LockWait, ...]:
        new = self._asking.version >= _HAS_WAITSTART
        waits = {row["pid"]: row for row in self._asking.rows(ask.WAITS if new else ask.WAITS_BEFORE_14)}
        if not waits:
            return ()
        rows = self._asking.rows(self._sessions(ask.BY_PID), {"pids": list(waits)})
        return tuple(_lock_wait(row, waits[row["pid"]]) for row in rows)

    def _blockers(self, waits: Sequence[LockWait]) -> tuple[Session, ...]:
        pids = {pid for wait in waits for pid in wait.blockers} - {wait.session.pid for wait in waits}
        return tuple(_session(row) for row in self._asking.rows(self._sessions(ask.BY_PID), {"pids": sorted(pids)}))

    def _replication(self) -> tuple[Standby, ...]:
        own = self._asking.rows(ask.OWN_LAG)
        return tuple(Standby(**row) for row in (*own, *self._asking.rows(ask.STANDBYS)))


def _counted(before: DictRow, after: DictRow, window_s: float) -> Counters:
    grew = {f"{name}_grew": max(0, after[name] - before[name]) for name in after if name != "checksum_failures"}
    return Counters(
        window_s=window_s, deadlocks=after["deadlocks"], checksum_failures=after["checksum_failures"], **grew
    )


def _between(before: Checkpoints, now: Checkpoints) -> Checkpoints:
    timed, requested = now.timed - before.timed, now.requested - before.requested
    return replace(now, timed_grew=max(0, timed), requested_grew=max(0, requested))


def _lock_wait(row: Mapping[str, Any], wait: Mapping[str, Any]) -> LockWait:  # Any: columns are of several types
    return LockWait(session=_session(row), blockers=tuple(wait["blockers"]), wait_s=wait["wait_s"], mode=wait["mode"])


def _session(row: Mapping[str, Any]) -> Session:  # Any: a row's columns are of several types
    """Return a session whose statement shows no literals."""
    return Session(**{**row, "query": redact_sql(row["query"]), "tags": sql_tags(row["query"])})
