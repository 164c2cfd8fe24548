"""PgBouncer before the database: too small a pool, a database that stays paused, a leak behind it.

It comes from the machine's own package; where that is missing these scenarios are left out, and it is said.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

import psycopg

from bench.faultlab.scenario import fault, near_miss
from bench.faultlab.scenarios.database import STOOD_STILL_S
from bench.faultlab.traffic import repeating
from bench.faultlab.world import Case, World, settle
from tocsin.domain.diagnosis.targets import Target
from tocsin.drill.servers.pgbouncer import PgbouncerServer


@contextmanager
def _pooler(world: World, size: int) -> Iterator[PgbouncerServer]:
    settings = {"default_pool_size": str(size), "max_client_conn": "60"}
    with PgbouncerServer(world.folder / f"pgbouncer-{size}", world.dsn, settings) as server:
        yield server


def _case(pooler: PgbouncerServer) -> Case:
    options = {"dsn": pooler.dsn()}
    return Case(targets={"pooler": Target(name="pooler", kind="pgbouncer", service="shop", options=options)})


@contextmanager
def _asking(pooler: PgbouncerServer, clients: int, each_s: float, pause_s: float = 0.0) -> Iterator[None]:
    """Have clients send a short statement each, one after another, through the pooler."""

    def ask() -> None:
        with psycopg.connect(pooler.dsn("shop", user="postgres"), autocommit=True, connect_timeout=20) as client:
            client.execute("SELECT pg_sleep(%s)", (each_s,), prepare=False)

    with repeating(ask, clients, pause_s):
        yield


def pool_too_small_before_an_idle_database(world: World) -> Iterator[Case]:
    with _pooler(world, 2) as pooler, _asking(pooler, 14, 0.5):
        settle(4.0)
        yield _case(pooler)


def database_that_stays_paused(world: World) -> Iterator[Case]:
    with _pooler(world, 6) as pooler, _asking(pooler, 3, 0.05):
        settle(0.5)
        pooler.order("PAUSE shop")
        settle(1.5)
        yield _case(pooler)
        pooler.order("RESUME shop")


def sessions_left_open_behind_a_pooler(world: World) -> Iterator[Case]:
    with _pooler(world, 8) as pooler, ExitStack() as stack:
        for _ in range(8):
            address = pooler.dsn("shop", user="postgres")
            session = stack.enter_context(psycopg.connect(address, application_name="shop/v2.4.1"))
            session.execute("SELECT id FROM orders WHERE id = 1 /*route='/reports'*/")
        with _asking(pooler, 4, 0.05):
            settle(STOOD_STILL_S)
            yield _case(pooler)
            stack.close()


def full_pool_that_nobody_waits_for(world: World) -> Iterator[Case]:
    with _pooler(world, 4) as pooler, _asking(pooler, 4, 0.3):
        settle(1.0)
        yield _case(pooler)


def short_queue_before_a_pool(world: World) -> Iterator[Case]:
    with _pooler(world, 5) as pooler, _asking(pooler, 7, 0.05, 0.02):
        settle(1.0)
        yield _case(pooler)


if PgbouncerServer.installed():
    fault("pooler_fault")(pool_too_small_before_an_idle_database)
    fault("pooler_fault")(database_that_stays_paused)
    fault("session_leak")(sessions_left_open_behind_a_pooler)
    near_miss("pooler_fault")(full_pool_that_nobody_waits_for)
    near_miss("pooler_fault")(short_queue_before_a_pool)
else:
    print("pgbouncer is not installed: its scenarios are left out; mend: apt-get install pgbouncer", file=sys.stderr)
