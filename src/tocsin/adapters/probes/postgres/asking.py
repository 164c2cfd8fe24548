"""One question at a time, within a deadline; a question the server refuses becomes a blind spot."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from typing import TypeVar

import psycopg
from psycopg.rows import DictRow
from psycopg.sql import SQL, Composed

from tocsin.adapters.probes.postgres.connection import Connection
from tocsin.domain.diagnosis.facts import BlindSpot

T = TypeVar("T")
GRANT = "GRANT pg_monitor TO the probe's role"


class Asking:
    """Asks one server until `until` (monotonic seconds)."""

    def __init__(self, connection: Connection, target: str, *, until: float) -> None:
        self._connection = connection
        self._target = target
        self.until = until
        self.blind: list[BlindSpot] = []

    @property
    def version(self) -> int:
        """The server's version, such as 180000."""
        return self._connection.info.server_version

    @property
    def database(self) -> str:
        """The database we are in."""
        return self._connection.info.dbname

    def tried(self, what: str, question: Callable[[], T]) -> T | None:
        """Return the answer, or None with a blind spot."""
        if time.monotonic() >= self.until:
            self.miss(what, "no time left")
            return None
        try:
            return question()
        except psycopg.Error as error:
            mend = GRANT if isinstance(error, psycopg.errors.InsufficientPrivilege) else ""
            why = f"{error.sqlstate or type(error).__name__}: {error.diag.message_primary or 'lost connection'}"
            self.miss(what, why, mend)
            return None

    def miss(self, what: str, why: str, mend: str = "") -> None:
        """Note what was not seen."""
        self.blind.append(BlindSpot(target=self._target, what=what, why=why, mend=mend))

    def rows(self, query: SQL | Composed, parameters: Mapping[str, object] | None = None) -> Sequence[DictRow]:
        """Return every row."""
        return self._connection.execute(query, parameters).fetchall()

    def one(self, query: SQL | Composed) -> DictRow:
        """Return the only row."""
        return self.rows(query)[0]
