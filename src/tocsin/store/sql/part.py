"""What every part of a transaction shares: its connection, its one instant, and short ways to ask."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from functools import lru_cache
from typing import Any

from sqlalchemy import Connection, Executable, Row, Table, UpdateBase, bindparam, text
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.sql.dml import ReturningInsert

from tocsin.flows.storage import ConflictError
from tocsin.store.sql.engine import Clock
from tocsin.store.stamps import from_us

Insert = postgresql.Insert | sqlite.Insert
Values = Mapping[str, object]
AnyRow = Row[*tuple[Any, ...]]  # columns get their types where a row becomes a value


class Part:
    """A transaction's connection and time. `writable` is false in a read-only snapshot."""

    def __init__(self, connection: Connection, clock: Clock, *, writable: bool) -> None:
        self._connection = connection
        self._deferred: dict[Executable, list[Values]] = {}
        self.writable = writable
        self.rings = False  # whether workers should look for work once this commits
        self.on_postgres = connection.dialect.name == "postgresql"
        self._clock = clock
        self._now_us: int | None = None

    @property
    def connection(self) -> Connection:
        """The connection, on which everything deferred has been done: what is asked now sees it."""
        if self._deferred:
            self.catch_up()
        return self._connection

    def defer(self, statement: Executable, values: Values) -> None:
        """Do this together with others of its kind, before anything else is asked or the transaction commits.

        Only for what cannot fail and answers nothing; kinds are done in the order in which each was first deferred.
        """
        self._deferred.setdefault(statement, []).append(values)

    def catch_up(self) -> None:
        """Do what was deferred, each kind in one go.

        Raises:
            ConflictError: a row was not there any more, though it was locked.
        """
        deferred, self._deferred = self._deferred, {}
        for statement, rows in deferred.items():
            changed = self._connection.execute(statement, rows).rowcount
            if isinstance(statement, UpdateBase) and not statement.is_insert and changed != len(rows):
                raise ConflictError("a row that was locked has gone")

    def now(self) -> datetime:
        """Return the database's time, aware UTC, taken when first asked for; never before what was loaded."""
        return from_us(self.now_us())

    def now_us(self) -> int:
        """Return `now` in microseconds."""
        if self._now_us is None:
            self._now_us = self._clock(self._connection)
        return self._now_us

    def not_before(self, us: int) -> None:
        """Raise `now` to `us` where a clock ran behind."""
        if self.now_us() < us:
            self._now_us = us

    def rows(self, statement: Executable) -> Sequence[AnyRow]:
        """Return every row."""
        return self.connection.execute(statement).all()

    def one(self, statement: Executable) -> AnyRow | None:
        """Return the first row, None when there is none."""
        return self.connection.execute(statement).first()

    def run(self, statement: Executable, rows: Sequence[Values] | None = None) -> int:
        """Execute and return how many rows changed."""
        return (
            self.connection.execute(statement, rows).rowcount if rows else self.connection.execute(statement).rowcount
        )

    def insert(self, table: Table) -> Insert:
        """Return an INSERT that can say what happens on a conflict."""
        return inserting(table, on_postgres=self.on_postgres)

    def upsert(self, table: Table, values: Values) -> None:
        """Insert a row, or replace every other column of the one with its primary key."""
        self.run(putting(table, values, on_postgres=self.on_postgres), [values])

    def added(self, table: Table, values: Values) -> bool:
        """Insert a row unless any unique column stands in the way; return whether it went in."""
        statement = _adding(table, tuple(values), on_postgres=self.on_postgres)
        return self.connection.execute(statement, values).first() is not None

    def serialise(self, name: str) -> bool:
        """Let one transaction at a time pass from here to its end; False where SQLite has one writer anyway."""
        if not (self.on_postgres and self.writable):
            return False
        lock = text("SELECT pg_advisory_xact_lock(hashtextextended(:name, 0))")
        self.connection.execute(lock, {"name": f"tocsin/{name}"})
        return True


# Put together once, like whatever is asked with every event.
@lru_cache(maxsize=64)
def _adding(table: Table, names: tuple[str, ...], *, on_postgres: bool) -> ReturningInsert[Any]:
    statement = inserting(table, on_postgres=on_postgres).values({name: bindparam(name) for name in names})
    return statement.on_conflict_do_nothing().returning(*table.primary_key)


def putting(table: Table, names: Collection[str] = (), *, on_postgres: bool) -> Insert:
    """Return what inserts a row, of these columns (all of them by default), or replaces every other one of the row with its primary key."""
    keys = [column.name for column in table.primary_key]
    statement = inserting(table, on_postgres=on_postgres)
    given = names or [column.name for column in table.columns]
    changed = {name: statement.excluded[name] for name in given if name not in keys}
    if not changed:
        return statement.on_conflict_do_nothing()
    return statement.on_conflict_do_update(index_elements=keys, set_=changed)


def inserting(table: Table, *, on_postgres: bool) -> Insert:
    """Return an INSERT of the engine's own kind."""
    return postgresql.insert(table) if on_postgres else sqlite.insert(table)
