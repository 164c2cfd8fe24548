"""The PgBouncer probe against a real PgBouncer before a real PostgreSQL."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import UTC, datetime

import psycopg
import pytest
from psycopg import pq
from tests.support.http import closed_port

from tocsin.adapters.probes.pgbouncer import Pgbouncer, validate_options
from tocsin.adapters.probes.postgres.connection import refusal
from tocsin.domain.diagnosis.facts import PgbouncerFacts
from tocsin.domain.diagnosis.targets import Target
from tocsin.domain.errors import InvalidError
from tocsin.drill.servers.pgbouncer import PgbouncerServer
from tocsin.drill.servers.postgres import PostgresServer

NOW = datetime(2026, 3, 15, 14, 3, tzinfo=UTC)


def collect(dsn: str) -> PgbouncerFacts:
    options = {"dsn": dsn, "window_s": 0.05}
    return Pgbouncer(lambda: NOW).collect(Target(name="pooler", kind="pgbouncer", options=options), 5.0)


@pytest.fixture(scope="module")
def pooler(postgres_server: PostgresServer, tmp_path_factory: pytest.TempPathFactory) -> Iterator[PgbouncerServer]:
    settings = {"default_pool_size": "2", "max_client_conn": "8"}
    with PgbouncerServer(tmp_path_factory.mktemp("pgbouncer"), postgres_server.dsn(), settings) as server:
        yield server


def until_waiting(dsn: str, count: int) -> PgbouncerFacts:
    """Look until that many clients wait: they queue as soon as the pooler has read what they sent."""
    while True:
        facts = collect(dsn)
        assert facts.error is None
        if sum(one.waited for one in facts.pools or ()) >= count:
            return facts


def test_a_pooler_at_rest_tells_its_limits_and_that_nobody_waits(
    pooler: PgbouncerServer, fresh_database: Callable[..., str]
) -> None:
    name = fresh_database().rpartition("/")[2]
    with psycopg.connect(pooler.dsn(name, user="postgres"), autocommit=True, connect_timeout=5) as client:
        client.execute("SELECT 1")
        facts = collect(pooler.dsn())

    assert facts.error is None
    assert facts.blind == ()
    assert facts.version.startswith("PgBouncer")
    assert facts.max_clients == 8
    assert facts.clients is not None
    assert facts.clients >= 1
    database = next(one for one in facts.databases or () if one.name == name)
    assert (database.pool_size, database.paused, database.disabled) == (2, False, False)
    pool = next(one for one in facts.pools or () if one.database == name)
    assert (pool.user, pool.mode, pool.waiting, pool.held_up) == ("postgres", "transaction", 0, False)
    assert any(one.database == name for one in facts.work or ())


def test_clients_that_find_every_server_connection_taken_are_seen_to_wait(
    pooler: PgbouncerServer, fresh_database: Callable[..., str]
) -> None:
    name = fresh_database().rpartition("/")[2]
    with ExitStack() as stack:
        for _ in range(2):
            holder = stack.enter_context(psycopg.connect(pooler.dsn(name, user="postgres"), connect_timeout=5))
            holder.execute("SELECT 1")
        late = pq.PGconn.connect(pooler.dsn(name, user="postgres").encode())
        stack.callback(late.finish)
        late.send_query(b"SELECT 2")
        facts = until_waiting(pooler.dsn(), 1)

    pool = next(one for one in facts.pools or () if one.database == name)
    assert pool.held_up
    assert (pool.serving, pool.waiting) == (2, 1)
    assert pool.longest_wait_s > 0


def test_a_paused_database_is_told(pooler: PgbouncerServer, fresh_database: Callable[..., str]) -> None:
    name = fresh_database().rpartition("/")[2]
    client = pq.PGconn.connect(pooler.dsn(name, user="postgres").encode())
    try:
        client.exec_(b"SELECT 1")
        pooler.order(f"PAUSE {name}")
        client.send_query(b"SELECT 2")
        facts = until_waiting(pooler.dsn(), 1)
        pooler.order(f"RESUME {name}")
    finally:
        client.finish()

    assert [one.name for one in facts.databases or () if one.paused] == [name]


def test_the_account_of_the_probe_cannot_give_orders(pooler: PgbouncerServer) -> None:
    with psycopg.connect(pooler.dsn(), autocommit=True, connect_timeout=5) as console, pytest.raises(psycopg.Error):
        psycopg.ClientCursor(console).execute("PAUSE")


def test_a_pooler_that_takes_no_more_clients_still_answers_the_probe(
    pooler: PgbouncerServer, fresh_database: Callable[..., str]
) -> None:
    name = fresh_database().rpartition("/")[2]
    address = pooler.dsn(name, user="postgres")
    with ExitStack() as stack:
        with pytest.raises(psycopg.OperationalError) as refused:  # noqa: PT012 (which of them is refused depends on who else is there)
            for _ in range(9):
                stack.enter_context(psycopg.connect(address, autocommit=True, connect_timeout=5))
        facts = collect(pooler.dsn())

    assert refusal(refused.value)[0] == "too_many"
    assert facts.error is None
    assert facts.clients is not None
    assert facts.clients >= 8
    assert facts.max_clients == 8


def test_somebody_without_rights_and_nobody_at_all_are_told_apart(pooler: PgbouncerServer) -> None:
    stranger = collect(pooler.dsn(user="nobody"))
    assert (stranger.error, stranger.pools) == ("auth", None), stranger.error_text
    gone = collect(f"postgresql://stats:hunter2@127.0.0.1:{closed_port()}/pgbouncer")

    assert gone.error == "refused"
    assert "hunter2" not in repr(gone)


def test_an_address_that_cannot_be_one_is_refused_without_repeating_it() -> None:
    with pytest.raises(InvalidError) as told:
        validate_options({"dsn": "postgresql://stats:hun ter2@host:x:y/"})

    assert "ter2" not in str(told.value)
