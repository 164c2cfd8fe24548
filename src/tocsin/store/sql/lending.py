"""PostgreSQL's connections: how many, with which limits, and how one is known to be alive before it is lent."""

from __future__ import annotations

import math
import select
import time

import psycopg
from sqlalchemy import URL, Engine, create_engine, event
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.exc import InvalidatePoolError
from sqlalchemy.pool import ConnectionPoolEntry

from tocsin.store.bell import ALIVE

BUSY_S = 15
STATEMENT_S = 60
# A process's connections to PostgreSQL at most. There are more threads than that: each has one for a transaction only,
# never while it waits for the outside, and never a second one, so that nobody waits for somebody who waits for them.
CONNECTIONS = 32
KEPT_OPEN = 8
LOCK_S = 15
# A connection that came back this short a time ago, and that nothing was said on since, is lent without asking its server.
TRUSTED_S = 1.0
_BACK_AT = "back_at"


def postgres_pool(url: URL, most: int) -> Engine:
    """Return a pool of at most so many connections."""
    options = (
        f"-c statement_timeout={STATEMENT_S * 1000} -c lock_timeout={LOCK_S * 1000}"
        f" -c idle_in_transaction_session_timeout={STATEMENT_S * 1000} -c timezone=UTC"
    )
    engine = create_engine(
        url,
        hide_parameters=True,
        pool_size=min(KEPT_OPEN, most),
        max_overflow=max(0, most - KEPT_OPEN),
        pool_timeout=BUSY_S,
        connect_args={**ALIVE, "options": options, "application_name": "tocsin"},
    )
    event.listen(engine, "checkin", _back)
    event.listen(engine, "checkout", _lent)
    return engine


def _back(connection: DBAPIConnection | None, record: ConnectionPoolEntry) -> None:
    del connection
    record.info[_BACK_AT] = time.monotonic()


def _lent(connection: DBAPIConnection, record: ConnectionPoolEntry, lent: object) -> None:
    """Ask the server of a connection that has lain idle, or that something was said on meanwhile, whether it is there.

    A server that ends a connection says so on it; one that was just used and is silent is taken at its word, since
    asking costs as much as a statement.
    """
    del lent
    idle_s = time.monotonic() - record.info.get(_BACK_AT, math.inf)  # less than nothing for a new one
    if idle_s < TRUSTED_S and not _spoken_on(connection):
        return
    try:
        connection.cursor().execute("")
        connection.rollback()
    except psycopg.Error as error:
        raise InvalidatePoolError from error


def _spoken_on(connection: DBAPIConnection) -> bool:
    assert isinstance(connection, psycopg.Connection)  # noqa: S101 (the driver that this pool is made with)
    listening = select.poll()
    try:
        listening.register(connection.fileno(), select.POLLIN | select.POLLHUP | select.POLLERR)
    except psycopg.Error:  # it is closed already
        return True
    return bool(listening.poll(0))
