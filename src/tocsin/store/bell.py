"""Bells: how a commit in one thread or process ends another one's wait. A bell may ring for nothing, never fail to ring.

Every kind has a net under it, since a datagram or a connection can be lost: `missed` is asked again and again during a wait.
"""

from __future__ import annotations

import contextlib
import os
import select
import socket
import threading
import time
import uuid
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Protocol

import psycopg

CHANNEL = "tocsin_work"
SOCKET_PATH_LIMIT = 100  # bytes; the kernels allow 104 to 108
NET_S = 0.2
RECONNECT_S = 1.0
# A server that is cut off without a word is noticed within half a minute.
ALIVE: Mapping[str, Any] = {  # libpq takes whatever it knows
    "connect_timeout": 5,
    "keepalives_idle": 10,
    "keepalives_interval": 5,
    "keepalives_count": 3,
}


class Bell(Protocol):
    """Rings waiting threads, here and in other processes."""

    def ring(self) -> None:
        """End every wait, of this and of other processes."""
        ...

    def wait(self, timeout_s: float) -> None:
        """Return when the bell rang since this thread's last wait, or after `timeout_s`."""
        ...

    def close(self) -> None:
        """End every wait and release what is held."""
        ...


class LocalBell:
    """A bell for the threads of one process. `missed` answers whether something happened that nobody rang for."""

    def __init__(self, missed: Callable[[], bool] | None = None) -> None:
        self._changed = threading.Condition()
        self._rung = 0
        self._heard = threading.local()
        self._missed = missed
        self.closed = False

    def ring(self) -> None:
        """End every wait in this process."""
        with self._changed:
            self._rung += 1
            self._changed.notify_all()

    def wait(self, timeout_s: float) -> None:
        """Return when the bell rang since this thread's last wait, or after `timeout_s`."""
        end = time.monotonic() + timeout_s
        while not self._rang_within(min(NET_S, end - time.monotonic()) if self._missed else timeout_s):
            if time.monotonic() >= end:
                return
            if self._missed and self._missed():
                LocalBell.ring(self)  # for every thread: the next to ask is not told again

    def close(self) -> None:
        """End every wait."""
        self.closed = True
        self.ring()

    def _rang_within(self, seconds: float) -> bool:
        heard: int = getattr(self._heard, "count", 0)
        with self._changed:
            rang = self._changed.wait_for(lambda: self._rung != heard, max(0.0, seconds))
            self._heard.count = self._rung
        return rang


class SocketBell(LocalBell):
    """A bell between processes of one machine: each waiting one owns a datagram socket in `folder`."""

    def __init__(self, folder: Path, missed: Callable[[], bool]) -> None:
        super().__init__(missed)
        self._folder = folder
        self._opening = threading.Lock()
        self._ear: socket.socket | None = None
        self._path = folder / f"{os.getpid()}-{uuid.uuid4().hex[:8]}"
        self._possible = len(os.fsencode(self._path)) <= SOCKET_PATH_LIMIT

    def ring(self) -> None:
        """End every wait, of this and of other processes; what was left by a killed one is removed."""
        super().ring()
        with contextlib.suppress(OSError), socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as mouth:
            mouth.setblocking(False)
            for other in self._folder.iterdir():  # absent while nobody waits
                if other != self._path:
                    _send(mouth, other)

    def wait(self, timeout_s: float) -> None:
        """Return when the bell rang since this thread's last wait, or after `timeout_s`."""
        with self._opening:
            if self._possible and self._ear is None and not self.closed:
                self._listen()
        super().wait(timeout_s)

    def close(self) -> None:
        """End every wait and remove the socket."""
        super().close()
        with self._opening:
            if self._ear is not None:
                self._path.unlink(missing_ok=True)
                with contextlib.suppress(OSError):
                    self._ear.shutdown(socket.SHUT_RDWR)  # ends the listener's recv
                self._ear.close()

    def _listen(self) -> None:
        ear = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        try:
            self._folder.mkdir(mode=0o700, exist_ok=True)
            ear.bind(str(self._path))
        except OSError:
            ear.close()
            self._possible = False  # the net is enough
            return
        self._ear = ear
        threading.Thread(target=self._hear, args=(ear,), name="tocsin-bell", daemon=True).start()

    def _hear(self, ear: socket.socket) -> None:
        while not self.closed:
            try:
                ear.recv(1)
            except OSError:
                return
            LocalBell.ring(self)


def _send(mouth: socket.socket, other: Path) -> None:
    try:
        mouth.sendto(b"!", str(other))
    except ConnectionRefusedError:
        other.unlink(missing_ok=True)
    except OSError:
        return  # a full queue rings anyway; a socket that has just gone needs no ring


class PostgresBell(LocalBell):
    """A bell between machines: one connection listens; a commit notifies by itself."""

    def __init__(self, dsn: str) -> None:
        super().__init__(lambda: not self._listening)
        self._dsn = dsn
        self._listening = False
        self._opening = threading.Lock()
        self._thread: threading.Thread | None = None
        self._stop_reader, self._stop_writer = socket.socketpair()

    def wait(self, timeout_s: float) -> None:
        """Return when the bell rang since this thread's last wait, or after `timeout_s`."""
        with self._opening:
            if self._thread is None and not self.closed:
                self._thread = threading.Thread(target=self._listen, name="tocsin-bell", daemon=True)
                self._thread.start()
        super().wait(timeout_s)

    def close(self) -> None:
        """End every wait and the listening connection."""
        super().close()
        with self._opening, contextlib.suppress(OSError):
            self._stop_writer.send(b"!")
        if self._thread is not None:
            self._thread.join(RECONNECT_S * 2)
        self._stop_reader.close()
        self._stop_writer.close()

    def _listen(self) -> None:
        while not self.closed:
            try:
                with psycopg.connect(self._dsn, autocommit=True, **ALIVE) as connection:
                    connection.execute(f"LISTEN {CHANNEL}")
                    self._listening = True
                    self.ring()  # what was notified before we listened is not told again
                    self._hear(connection)
            except psycopg.Error:
                self._listening = False
                select.select([self._stop_reader], [], [], RECONNECT_S)

    def _hear(self, connection: psycopg.Connection) -> None:
        while not self.closed:
            stop = self._stop_reader.fileno()
            ready, _, _ = select.select([connection.fileno(), stop], [], [])
            if stop in ready:
                return
            if list(connection.notifies(timeout=0)):
                self.ring()
