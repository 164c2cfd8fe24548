"""What PgBouncer says on its admin console about the clients that wait and the server connections that there are.

Nothing is sent but the SHOW commands below. Give it a user of `stats_users`, who may send no other: the console takes
`PAUSE`, `KILL` and `SHUTDOWN` from its administrators.
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import replace
from typing import Any, LiteralString

import msgspec
import psycopg
from psycopg.conninfo import make_conninfo
from psycopg.rows import DictRow, dict_row

from tocsin.adapters.options import read_options
from tocsin.adapters.probes.postgres.connection import APPLICATION, refusal, require_dsn, words
from tocsin.domain.diagnosis.facts import BlindSpot, DatabaseWork, PgbouncerFacts, PooledDatabase, ServerPool
from tocsin.domain.diagnosis.redaction import excerpt
from tocsin.domain.diagnosis.targets import Target
from tocsin.flows.ports import Clock
from tocsin.net.redaction import redact

_CONSOLE = "pgbouncer"
_US = 1_000_000
_MOST_POOLS = 200
_SHORTEST_S = 0.05
Row = Mapping[str, Any]  # Any: the console mixes numbers and texts
Console = psycopg.Connection[DictRow]


class PgbouncerOptions(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`dsn` is the pooler's address, a URI or keyword string; its database is always the admin console.

    `window_s` lies between the two looks: who waits at both is held up.
    """

    dsn: str
    window_s: float = 1.0


def validate_options(raw: Mapping[str, object]) -> PgbouncerOptions:
    """Return the options in `raw`.

    Raises:
        InvalidError: an option is unknown or has the wrong type, or `dsn` cannot be one.

    """
    options = read_options("pgbouncer", raw, PgbouncerOptions)
    require_dsn(options.dsn, "pgbouncer: `dsn` is no address of a pooler", "postgresql://stats@host:6432/pgbouncer")
    return options


class Pgbouncer:
    """Sends SHOW VERSION, DATABASES, POOLS, STATS, LISTS and CONFIG."""

    kind = "pgbouncer"

    def __init__(self, now: Clock) -> None:
        self._now = now

    def collect(self, target: Target, deadline_s: float) -> PgbouncerFacts:
        """Return what the pooler says within `deadline_s` seconds. A refused connection is a fact.

        Raises:
            InvalidError: the target's options do not hold.

        """
        options = validate_options(target.options)
        began = time.monotonic()
        facts = PgbouncerFacts(target=target.name, at=self._now(), service=target.service)
        try:
            with _connected(options.dsn, deadline_s) as console:
                facts = _Reader(console, target.name, began + deadline_s).read(facts, options.window_s)
        except (psycopg.Error, ValueError) as error:
            kind, _ = refusal(error)
            text = words(error, target.options)
            facts = replace(facts, error=kind, error_text=text)
        return replace(facts, took_s=time.monotonic() - began)


def _connected(dsn: str, timeout_s: float) -> Console:
    """Return a session on the console, which knows neither transactions nor prepared statements nor `options`."""
    where = make_conninfo(
        dsn,
        dbname=_CONSOLE,
        application_name=APPLICATION,
        connect_timeout=max(1, int(timeout_s)),
        tcp_user_timeout=max(1, int(timeout_s * 1000)),
    )
    return psycopg.connect(where, autocommit=True, row_factory=dict_row, cursor_factory=psycopg.ClientCursor)


class _Reader:
    """Reads one pooler once."""

    def __init__(self, console: Console, target: str, until: float) -> None:
        self._console, self._target, self._until = console, target, until
        self._blind: list[BlindSpot] = []

    def read(self, facts: PgbouncerFacts, window_s: float) -> PgbouncerFacts:
        """Return the facts with what the console told; pools and totals are looked at twice."""
        began = time.monotonic()
        pools, totals = self._show("SHOW POOLS"), self._show("SHOW STATS")
        databases = self._show("SHOW DATABASES")
        lists, settings = self._show("SHOW LISTS"), self._show("SHOW CONFIG")
        version = self._show("SHOW VERSION")
        left = self._until - _SHORTEST_S - time.monotonic()
        time.sleep(max(0.0, min(began + window_s - time.monotonic(), left / 2)))
        later, grown, span = self._show("SHOW POOLS"), self._show("SHOW STATS"), time.monotonic() - began
        return replace(
            facts,
            version=str(next(iter(version[0].values()), "")) if version else "",
            databases=None
            if databases is None
            else tuple(_database(one) for one in databases if not _own(one["name"])),
            pools=_pools(pools, later),
            work=_work(totals, grown, span),
            clients=_listed(lists, "list", "items", "used_clients"),
            max_clients=_listed(settings, "key", "value", "max_client_conn"),
            blind=tuple(self._blind),
        )

    def _show(self, command: LiteralString) -> list[DictRow] | None:
        """Return the rows of one SHOW, or note that it was refused or too late."""
        if time.monotonic() > self._until:
            self._blind.append(BlindSpot(target=self._target, what=command, why="no time was left"))
            return None
        try:
            return self._console.execute(command).fetchmany(_MOST_POOLS)
        except psycopg.OperationalError:
            raise
        except psycopg.Error as error:
            mend = "name the probe's user in `stats_users` of pgbouncer.ini"
            why = excerpt(redact(str(error)))
            self._blind.append(BlindSpot(target=self._target, what=command, why=why, mend=mend))
            return None


def _own(database: str) -> bool:
    return database == _CONSOLE


def _database(row: Row) -> PooledDatabase:
    host = row.get("host") or "local socket"
    return PooledDatabase(
        name=row["name"],
        address=f"{host}:{row['port']}/{row['database']}",
        pool_size=int(row["pool_size"]),
        reserve=int(row.get("reserve_pool") or row.get("reserve_pool_size") or 0),
        most=int(row["max_connections"]),
        connections=int(row["current_connections"]),
        paused=bool(int(row["paused"])),
        disabled=bool(int(row["disabled"])),
    )


def _pools(before: list[DictRow] | None, after: list[DictRow] | None) -> tuple[ServerPool, ...] | None:
    if before is None or after is None:
        return None
    waited = {(row["database"], row["user"]): int(row["cl_waiting"]) for row in before}
    return tuple(
        ServerPool(
            database=row["database"],
            user=row["user"],
            mode=str(row.get("pool_mode", "")),
            clients=int(row["cl_active"]),
            waiting=int(row["cl_waiting"]),
            waited=waited.get((row["database"], row["user"]), 0),
            longest_wait_s=int(row["maxwait"]) + int(row.get("maxwait_us", 0)) / _US,
            serving=int(row["sv_active"]),
            idle=int(row["sv_idle"]) + int(row["sv_used"]) + int(row["sv_tested"]),
            opening=int(row["sv_login"]),
        )
        for row in after
        if not _own(row["database"])
    )


def _work(
    before: list[DictRow] | None, after: list[DictRow] | None, window_s: float
) -> tuple[DatabaseWork, ...] | None:
    if before is None or after is None:
        return None
    was = {row["database"]: row for row in before}
    return tuple(
        DatabaseWork(
            database=row["database"],
            window_s=window_s,
            transactions=_grew(was.get(row["database"]), row, "total_xact_count"),
            waited_s=_grew(was.get(row["database"]), row, "total_wait_time") / _US,
        )
        for row in after
        if not _own(row["database"])
    )


def _grew(before: Row | None, after: Row, name: str) -> int:
    return 0 if before is None else max(0, int(after.get(name, 0)) - int(before.get(name, 0)))


def _listed(rows: list[DictRow] | None, key: str, value: str, wanted: str) -> int | None:
    found = next((row[value] for row in rows or () if row[key] == wanted), None)
    return int(found) if found is not None and str(found).isdigit() else None
