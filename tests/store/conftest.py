"""The three stores under one contract, each fresh for a test; the databases are copies of one migrated template."""

from __future__ import annotations

import shutil
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

import psycopg
import pytest
from sqlalchemy import Connection
from tests.fakes import ManualClock, MemoryStore

from tocsin.drill.servers.postgres import PostgresServer
from tocsin.flows.storage import Store
from tocsin.store.opening import open_store
from tocsin.store.schema import migrate
from tocsin.store.sql.engine import Engines, parse_url
from tocsin.store.stamps import MICROSECOND
from tocsin.store.tables import metadata

ENGINES = ("memory", "sqlite", "postgres")


@dataclass
class Bench:
    """A store, its address ('' in memory) and the hand that moves its clock."""

    store: Store
    advance: Callable[[timedelta], object]
    url: str = ""
    others: list[Store] = field(default_factory=list)

    def another(self) -> Store:
        """Return a second store on the same database, as another process would open it; the same one in memory."""
        if not self.url:
            return self.store
        self.others.append(open_store(self.url))
        return self.others[-1]


class ShiftedClock:
    """The database's own clock plus what a test has let pass."""

    def __init__(self, url: str) -> None:
        engines = Engines(parse_url(url))
        self._real = engines.clock
        self._shift = timedelta()
        engines.close()

    def __call__(self, connection: Connection) -> int:
        return self._real(connection) + self._shift // MICROSECOND

    def advance(self, by: timedelta) -> None:
        self._shift += by


@pytest.fixture(params=ENGINES)
def bench(request: pytest.FixtureRequest) -> Iterator[Bench]:
    """Every store in turn."""
    if request.param == "memory":
        clock = ManualClock()
        store = MemoryStore(clock)
        yield Bench(store=store, advance=clock.advance)
        store.close()
        return
    url: str = request.getfixturevalue({"sqlite": "sqlite_url", "postgres": "emptied_postgres_url"}[request.param])
    yield from _sql_bench(url)


@pytest.fixture(params=ENGINES[1:])
def database_url(request: pytest.FixtureRequest) -> str:
    """A migrated database of every engine in turn."""
    url: str = request.getfixturevalue(f"{request.param}_url")
    return url


@pytest.fixture(params=ENGINES[1:])
def empty_url(request: pytest.FixtureRequest) -> str:
    """A database without tables of every engine in turn."""
    url: str = request.getfixturevalue(f"empty_{request.param}_url")
    return url


@pytest.fixture
def store(bench: Bench) -> Store:
    return bench.store


def _sql_bench(url: str) -> Iterator[Bench]:
    clock = ShiftedClock(url)
    bench = Bench(store=open_store(url, clock=clock), advance=clock.advance, url=url)
    yield bench
    for store in (bench.store, *bench.others):
        store.close()


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("template") / "t.db"
    migrate(f"sqlite:///{path}")
    return path


@pytest.fixture
def sqlite_url(sqlite_template: Path, tmp_path: Path) -> str:
    path = tmp_path / "t.db"
    shutil.copy(sqlite_template, path)
    return f"sqlite:///{path}"


@pytest.fixture
def empty_sqlite_url(tmp_path: Path) -> str:
    return f"sqlite:///{tmp_path / 'new.db'}"


@pytest.fixture(scope="session")
def postgres_template(postgres_server: PostgresServer) -> str:
    _run_sql(postgres_server.dsn(), "CREATE DATABASE template_tocsin")
    migrate(_database(postgres_server.dsn(), "template_tocsin"))
    return "template_tocsin"


@pytest.fixture
def postgres_url(postgres_server: PostgresServer, postgres_template: str) -> Iterator[str]:
    yield from _new_database(postgres_server.dsn(), f"TEMPLATE {postgres_template}")


@pytest.fixture(scope="session")
def shared_postgres_url(postgres_server: PostgresServer, postgres_template: str) -> Iterator[str]:
    yield from _new_database(postgres_server.dsn(), f"TEMPLATE {postgres_template}")


@pytest.fixture
def emptied_postgres_url(shared_postgres_url: str) -> Iterator[str]:
    """One database for all tests of the contract, emptied after each: ten times as fast as a copy for each."""
    yield shared_postgres_url
    tables = [f"DELETE FROM {table.name}" for table in reversed(metadata.sorted_tables)]  # noqa: S608 (our own names)
    _run_sql(shared_postgres_url, "; ".join([*tables, "ALTER SEQUENCE events_change_seq RESTART"]))


@pytest.fixture
def empty_postgres_url(postgres_server: PostgresServer) -> Iterator[str]:
    yield from _new_database(postgres_server.dsn(), "")


def _new_database(server: str, how: str) -> Iterator[str]:
    name = f"t_{uuid.uuid4().hex[:12]}"
    _run_sql(server, f"CREATE DATABASE {name} {how}")
    yield _database(server, name)
    _run_sql(server, f"DROP DATABASE {name} WITH (FORCE)")


def _database(server: str, name: str) -> str:
    return f"{server.rpartition('/')[0]}/{name}"


def _run_sql(url: str, statement: str) -> None:
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(statement.encode())
