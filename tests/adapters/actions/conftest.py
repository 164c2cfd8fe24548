"""A real PostgreSQL for the actions: one server a run, one database a test, an application and an operator role."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from itertools import count

import psycopg
import pytest

from tocsin.drill.servers.postgres import PostgresServer

NUMBERS = count(1)


@dataclass(frozen=True)
class Database:
    """One throw-away database: `app` leaks, `operator` mends, `admin` may do anything."""

    app: str
    operator: str
    admin: str


@pytest.fixture(scope="session")
def postgres_port(postgres_server: PostgresServer) -> int:
    """The port of the run's server, which now has the roles that these tests act as."""
    with psycopg.connect(postgres_server.dsn(), autocommit=True) as connection:
        connection.execute("CREATE ROLE shop LOGIN")
        connection.execute("CREATE ROLE operator LOGIN IN ROLE pg_signal_backend, pg_read_all_stats")
        connection.execute("CREATE ROLE mirror LOGIN REPLICATION")
        connection.execute("CREATE ROLE reader LOGIN IN ROLE pg_read_all_stats")
    return postgres_server.port


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
