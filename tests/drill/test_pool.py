"""The shop's pool is sound: only a caller that gives nothing back can empty it."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import psycopg
import pytest

from tocsin.drill.shop.pool import Pool, PoolTimeoutError


@pytest.fixture
def database(fresh_database: Callable[..., str]) -> str:
    return fresh_database()


@pytest.fixture
def pool(database: str) -> Iterator[Pool]:
    pool = Pool(database, size=2, patience_s=0.05, application_name="test-pool")
    yield pool
    pool.close()


def test_a_session_given_back_is_lent_again(pool: Pool) -> None:
    for _ in range(5):
        with pool.session() as first, pool.session() as second:
            assert first is not second
            assert pool.in_use == 2

    assert pool.in_use == 0


def test_sessions_kept_empty_the_pool(pool: Pool) -> None:
    kept = [pool.acquire(), pool.acquire()]

    with pytest.raises(PoolTimeoutError, match=r"cannot acquire connection from pool: 2 of 2 in use, waited 0\.05 s"):
        pool.acquire()
    assert len(kept) == 2


def test_a_failed_transaction_is_rolled_back_and_its_session_given_back(pool: Pool) -> None:
    with pytest.raises(psycopg.errors.DivisionByZero), pool.session() as session:
        session.execute("CREATE TABLE t AS SELECT 1; SELECT 1/0")

    with pool.session() as session:
        assert session.execute("SELECT to_regclass('t')").fetchone() == (None,)
    assert pool.in_use == 0


def test_terminating_a_kept_session_frees_its_place(pool: Pool, database: str) -> None:
    kept = [pool.acquire(), pool.acquire()]
    for session in kept:
        session.execute("SELECT 1")

    with psycopg.connect(database, autocommit=True) as operator:
        operator.execute(
            "SELECT pg_terminate_backend(pid, 1000) FROM pg_stat_activity"
            " WHERE datname = current_database() AND state = 'idle in transaction'"
        )

    with pool.session() as session:
        assert session.execute("SELECT 1").fetchone() == (1,)
    assert all(session.closed for session in kept)


def test_a_free_session_that_the_server_ended_is_replaced(pool: Pool, database: str) -> None:
    with pool.session() as session:
        session.execute("SELECT 1")
    with psycopg.connect(database, autocommit=True) as operator:
        operator.execute(
            "SELECT pg_terminate_backend(pid, 1000) FROM pg_stat_activity WHERE application_name = 'test-pool'"
            " AND datname = current_database()"
        )

    with pool.session() as session:
        assert session.execute("SELECT 1").fetchone() == (1,)


def test_a_database_that_refuses_costs_the_pool_no_place() -> None:
    pool = Pool("postgresql://nobody@127.0.0.1:1/none", size=1, patience_s=0.05, application_name="test-pool")

    for _ in range(3):
        with pytest.raises(psycopg.OperationalError):
            pool.acquire()

    assert pool.in_use == 0
