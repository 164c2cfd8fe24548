"""A bounded pool of database sessions: whoever does not give one back takes it from everyone else."""

from __future__ import annotations

import selectors
import threading
import time
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager

import psycopg
from psycopg.pq import TransactionStatus

Session = psycopg.Connection[tuple[object, ...]]

_RECHECK_S = 0.1
_STATEMENT_LIMIT_MS = 5_000


class PoolTimeoutError(Exception):
    """No session came free in time."""


class Pool:
    """At most `size` sessions; asking for one more waits `patience_s` seconds, then fails."""

    def __init__(self, dsn: str, *, size: int, patience_s: float, application_name: str) -> None:
        self._dsn = dsn
        self.size = size
        self._patience_s = patience_s
        self._application_name = application_name
        self._changed = threading.Condition()
        self._free: deque[Session] = deque()
        self._leased: set[Session] = set()
        self._opening = 0

    @property
    def in_use(self) -> int:
        """How many sessions are out."""
        with self._changed:
            return len(self._leased) + self._opening

    @contextmanager
    def session(self, *, patience_s: float | None = None) -> Iterator[Session]:
        """Lend a session for one transaction: committed at the end, rolled back on an error, always given back."""
        session = self.acquire(patience_s=patience_s)
        try:
            with session.transaction():
                yield session
        finally:
            self.release(session)

    def acquire(self, *, patience_s: float | None = None) -> Session:
        """Lend a session until `release`.

        Raises:
            PoolTimeoutError: none came free within `patience_s` seconds (default: the pool's).
            psycopg.OperationalError: the database refuses a new session.
        """
        patience = self._patience_s if patience_s is None else patience_s
        deadline = time.monotonic() + patience
        with self._changed:
            while True:
                if (session := self._take_free()) is not None:
                    self._leased.add(session)
                    return session
                if len(self._leased) + self._opening < self.size:
                    self._opening += 1
                    break
                if self._drop_dead_leases():
                    continue
                left = deadline - time.monotonic()
                if left <= 0:
                    raise PoolTimeoutError(self._complaint(patience))
                self._changed.wait(min(left, _RECHECK_S))
        return self._open()

    def release(self, session: Session) -> None:
        """Take `session` back; what it left uncommitted is rolled back."""
        try:
            if not session.closed and session.info.transaction_status != TransactionStatus.IDLE:
                session.rollback()
        except psycopg.Error:
            session.close()
        with self._changed:
            self._leased.discard(session)
            if not session.closed:
                self._free.append(session)
            self._changed.notify()

    def close(self) -> None:
        """End every session, also those that are out."""
        with self._changed:
            for session in (*self._free, *self._leased):
                session.close()
            self._free.clear()
            self._leased.clear()

    def _open(self) -> Session:
        session: Session | None = None
        try:
            session = psycopg.connect(
                self._dsn,
                application_name=self._application_name,
                connect_timeout=2,
                options=f"-c statement_timeout={_STATEMENT_LIMIT_MS}",
            )
        finally:
            with self._changed:
                self._opening -= 1
                if session is not None:
                    self._leased.add(session)
                self._changed.notify()
        return session

    def _take_free(self) -> Session | None:
        while self._free:
            session = self._free.pop()
            if not _ended_by_server(session):
                return session
            session.close()
        return None

    def _drop_dead_leases(self) -> bool:
        dead = {session for session in self._leased if _ended_by_server(session)}
        for session in dead:
            session.close()
        self._leased -= dead
        return bool(dead)

    def _complaint(self, patience_s: float) -> str:
        return (
            f"cannot acquire connection from pool: {len(self._leased) + self._opening} of {self.size} in use, "
            f"waited {patience_s:g} s"
        )


def _ended_by_server(session: Session) -> bool:
    """Return whether the server has ended `session`: outside a statement it says nothing but good-bye."""
    if session.closed:
        return True
    if session.info.transaction_status == TransactionStatus.ACTIVE:
        return False
    with selectors.DefaultSelector() as selector:
        selector.register(session.fileno(), selectors.EVENT_READ)
        return bool(selector.select(timeout=0))
