"""A real PgBouncer before a real PostgreSQL, from the machine's own package."""

from __future__ import annotations

import os
import shutil
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Self
from urllib.parse import urlsplit

import psycopg

from tocsin.drill.servers.ports import free_port
from tocsin.drill.servers.privilege import unprivileged
from tocsin.drill.servers.process import Process, ServerError

_PLACES = os.pathsep.join((os.defpath, "/usr/sbin", "/usr/local/sbin"))


class PgbouncerServer:
    """PgBouncer on 127.0.0.1; `postgres` is its administrator, `stats` may only look.

    It pools every database of the server under its own name and asks nobody for a password. `settings` are names of pgbouncer.ini.
    """

    def __init__(self, directory: Path, server_dsn: str, settings: Mapping[str, str] = MappingProxyType({})) -> None:
        self._directory, self._server = directory, urlsplit(server_dsn)
        self._settings = {"pool_mode": "transaction", **settings}
        self.port = free_port()
        self._process = Process([], directory / "pgbouncer.log")

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    @staticmethod
    def installed() -> bool:
        """Whether this machine has the program."""
        return _program() is not None

    def dsn(self, db: str = "pgbouncer", *, user: str = "stats") -> str:
        """Return the address of database `db` behind it; without one, of its console."""
        return f"postgresql://{user}@127.0.0.1:{self.port}/{db}"

    def start(self) -> None:
        """Start and wait until the console answers.

        Raises:
            ServerError: it is not installed, or not ready within 10 s.
        """
        program = _program()
        if program is None:
            raise ServerError("pgbouncer is not installed; mend: apt-get install pgbouncer")
        self._directory.mkdir(parents=True, exist_ok=True)
        argv = [*unprivileged(), program, str(self._configured())]
        self._process = Process(argv, self._directory / "pgbouncer.log")
        self._process.start(self._answers, limit_s=10)

    def stop(self) -> None:
        """End it; its clients are cut off."""
        self._process.stop()

    def order(self, command: str) -> None:
        """Give one of the administrator's commands, such as PAUSE or RESUME."""
        with psycopg.connect(self.dsn(user="postgres"), autocommit=True, connect_timeout=5) as console:
            psycopg.ClientCursor(console).execute(command.encode())

    def _configured(self) -> Path:
        users = self._directory / "users.txt"
        users.write_text('"postgres" ""\n"stats" ""\n')
        settings = {
            "listen_addr": "127.0.0.1",
            "listen_port": str(self.port),
            "unix_socket_dir": "",
            "auth_type": "trust",
            "auth_file": str(users),
            "admin_users": "postgres",
            "stats_users": "stats",
            **self._settings,
        }
        lines = [f"{name} = {value}" for name, value in settings.items()]
        where = f"* = host={self._server.hostname} port={self._server.port} user=postgres"
        path = self._directory / "pgbouncer.ini"
        path.write_text("\n".join(["[databases]", where, "[pgbouncer]", *lines, ""]))
        return path

    def _answers(self) -> bool:
        try:
            with psycopg.connect(self.dsn(), autocommit=True, connect_timeout=2) as console:
                psycopg.ClientCursor(console).execute("SHOW VERSION")
        except psycopg.OperationalError:
            return False
        return True


def _program() -> str | None:
    return shutil.which("pgbouncer", path=_PLACES)
