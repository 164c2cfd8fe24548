"""What a PostgreSQL server says about its connections, sessions, locks and statements."""

from __future__ import annotations

import threading
import time
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import replace

import msgspec
import psycopg

from tocsin.adapters.options import read_options
from tocsin.adapters.probes.postgres.connection import Connection, connect, refusal, require_dsn, words
from tocsin.adapters.probes.postgres.reading import Reader
from tocsin.domain.diagnosis.facts import PostgresFacts
from tocsin.domain.diagnosis.targets import Target
from tocsin.flows.ports import Clock


class PostgresOptions(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`dsn` is a URI or keyword string. `window_s` is how long counters are watched.

    `keep_open` holds one connection between runs, so that a full server cannot lock the probe out.
    """

    dsn: str
    window_s: float = 1.0
    keep_open: bool = False


def validate_options(raw: Mapping[str, object]) -> PostgresOptions:
    """Return the options in `raw`.

    Raises:
        InvalidError: an option is unknown or has the wrong type, or `dsn` cannot be one.

    """
    options = read_options("postgres", raw, PostgresOptions)
    require_dsn(options.dsn, "postgres: `dsn` is no PostgreSQL address", "postgresql://user@host:5432/database")
    return options


class Postgres:
    """Reads statistics views in read-only transactions that give up after two seconds."""

    kind = "postgres"

    def __init__(self, now: Clock) -> None:
        self._now = now
        self._kept: dict[str, Connection] = {}
        self._lock = threading.Lock()

    def collect(self, target: Target, deadline_s: float) -> PostgresFacts:
        """Return what the server says within `deadline_s` seconds. A refused connection is a fact.

        Raises:
            InvalidError: the target's options do not hold.

        """
        options = validate_options(target.options)
        began = time.monotonic()
        blank = PostgresFacts(target=target.name, at=self._now(), service=target.service)
        try:
            connection = self._taken(options.dsn) or connect(options.dsn, deadline_s)
        except (psycopg.Error, ValueError) as error:
            kind, sqlstate = refusal(error)
            text = words(error, target.options)
            took = time.monotonic() - began
            return replace(blank, error=kind, sqlstate=sqlstate, error_text=text, connect_s=took, took_s=took)
        connected = time.monotonic()
        reader = Reader(connection, target.name, until=began + deadline_s)
        try:
            facts = reader.read(replace(blank, connect_s=connected - began), options.window_s)
        finally:
            self._put_back(options, connection)
        return replace(facts, took_s=time.monotonic() - began)

    def close(self) -> None:
        """End every kept connection."""
        with self._lock:
            kept, self._kept = list(self._kept.values()), {}
        for connection in kept:
            connection.close()

    def _taken(self, dsn: str) -> Connection | None:
        """Take the kept connection, if it still answers."""
        with self._lock:
            connection = self._kept.pop(dsn, None)
        if connection is None:
            return None
        with suppress(psycopg.Error):
            connection.execute("SELECT 1")
            return connection
        connection.close()
        return None

    def _put_back(self, options: PostgresOptions, connection: Connection) -> None:
        with self._lock:
            if options.keep_open and not connection.broken and options.dsn not in self._kept:
                self._kept[options.dsn] = connection
                return
        connection.close()
