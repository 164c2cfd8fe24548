"""PostgreSQL: leaks, locks, deadlocks, slow statements, missing indexes."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

import psycopg

from bench.faultlab.scenario import fault, near_miss
from bench.faultlab.traffic import repeating, traffic
from bench.faultlab.world import RPS, Case, World, settle

STOOD_STILL_S = 5.6


def sessions(stack: ExitStack, world: World, count: int, name: str) -> list[psycopg.Connection]:
    """Open sessions that end with the block; what they did is rolled back."""
    return [
        stack.enter_context(contextlib.closing(psycopg.connect(world.dsn, application_name=name))) for _ in range(count)
    ]


@contextmanager
def running(connections: list[psycopg.Connection], statement: str) -> Iterator[None]:
    """Run one statement in each session at once, and cancel it at the end."""
    workers = [threading.Thread(target=_run, args=(one, statement), daemon=True) for one in connections]
    for worker in workers:
        worker.start()
    try:
        yield
    finally:
        for one in connections:
            one.cancel_safe(timeout=2)
        for worker in workers:
            worker.join(5)


def _run(connection: psycopg.Connection, statement: str) -> None:
    with contextlib.suppress(psycopg.Error):
        connection.execute(statement)


@fault("session_leak")
def session_leak(world: World) -> Iterator[Case]:
    with ExitStack() as stack, traffic(world.shop.url, ["/orders"], RPS):
        for session in sessions(stack, world, 27, "shop/v2.4.1"):
            session.execute("SELECT id FROM orders WHERE id = 1 /*route='/reports'*/")
        settle(STOOD_STILL_S)
        yield Case()


@near_miss("session_leak")
def busy_pool_of_short_transactions(world: World) -> Iterator[Case]:
    with ExitStack() as stack, traffic(world.shop.url, ["/orders"], RPS):
        busy = iter(sessions(stack, world, 18, "shop/v2.4.0"))
        lock, mine = threading.Lock(), threading.local()

        def work() -> None:
            if not hasattr(mine, "session"):
                with lock:
                    mine.session = next(busy)
            with mine.session.transaction():
                mine.session.execute("SELECT id FROM orders WHERE id = 1")
                settle(0.08)

        with repeating(work, 18, 0.02):
            settle(STOOD_STILL_S)
            yield Case()


@fault("lock_chain")
def lock_chain(world: World) -> Iterator[Case]:
    with ExitStack() as stack:
        root, *waiting = sessions(stack, world, 9, "billing")
        root.execute("UPDATE orders SET total = 1 WHERE id = 900")
        with running(waiting, "UPDATE orders SET total = 2 WHERE id = 900"):
            settle(STOOD_STILL_S)
            yield Case()
            root.rollback()


@near_miss("lock_chain")
def short_lock_waits(world: World) -> Iterator[Case]:
    def update() -> None:
        with psycopg.connect(world.dsn, application_name="billing") as session:
            session.execute("UPDATE orders SET total = 2 WHERE id = 901")
            settle(0.25)

    with repeating(update, 3), traffic(world.shop.url, ["/orders"], RPS):
        settle(1.0)
        yield Case()


@fault("deadlocks")
def deadlocks(world: World) -> Iterator[Case]:
    with _deadlocking(world), traffic(world.shop.url, ["/orders"], RPS):
        settle(1.5)
        yield Case()


@near_miss("deadlocks")
def deadlocks_of_the_past(world: World) -> Iterator[Case]:
    with _deadlocking(world):
        settle(0.8)
    with traffic(world.shop.url, ["/orders"], RPS):
        settle(1.5)
        yield Case()


@contextmanager
def _deadlocking(world: World) -> Iterator[None]:
    turn = iter(range(1_000_000))

    def cross() -> None:
        first, second = (902, 903) if next(turn) % 2 else (903, 902)
        with psycopg.connect(world.dsn, application_name="stock") as session:
            session.execute("UPDATE orders SET total = 1 WHERE id = %s", (first,))
            settle(0.15)
            session.execute("UPDATE orders SET total = 1 WHERE id = %s", (second,))

    with repeating(cross, 4):
        yield


@fault("slow_query")
def long_statements(world: World) -> Iterator[Case]:
    with (
        ExitStack() as stack,
        traffic(world.shop.url, ["/orders"], RPS),
        running(sessions(stack, world, 5, "reports"), "SELECT pg_sleep(60), count(*) FROM orders a, orders b"),
    ):
        settle(STOOD_STILL_S)
        yield Case()


@near_miss("slow_query")
def report_that_always_takes_long(world: World) -> Iterator[Case]:
    nightly = "SELECT pg_sleep({s}), 1, 2, 3, count(*) FROM orders"
    with world.admin() as usual:
        usual.execute(nightly.format(s=2.5))
    with (
        ExitStack() as stack,
        traffic(world.shop.url, ["/orders"], RPS),
        running(sessions(stack, world, 3, "reports"), nightly.format(s=60.5)),
    ):
        settle(STOOD_STILL_S)
        yield Case()


@fault("missing_index")
def missing_index(world: World) -> Iterator[Case]:
    with world.admin() as owner:
        owner.execute("DROP INDEX users_email")
        try:
            with traffic(world.shop.url, ["/users/{n}", "/orders"], RPS):
                settle(2.5)
                yield Case()
        finally:
            owner.execute("CREATE INDEX users_email ON users (email)")


@near_miss("missing_index")
def one_report_reads_a_whole_table(world: World) -> Iterator[Case]:
    with traffic(world.shop.url, ["/users/{n}", "/orders"], RPS), world.admin() as reporter:
        settle(1.0)
        with running([reporter], "SELECT count(about) FROM users"):
            yield Case()


@fault("connection_exhaustion")
def slots_used_up_by_work(world: World) -> Iterator[Case]:
    with ExitStack() as stack, traffic(world.shop.url, ["/orders"], RPS):
        with contextlib.suppress(psycopg.OperationalError):  # the last slots are for the owner alone
            while True:
                sessions(stack, world, 1, "batch")
        settle(0.5)
        yield Case(targets={"db": world.newcomer()})


@fault("connection_exhaustion")
def slots_used_up_seen_by_an_old_session(world: World) -> Iterator[Case]:
    with ExitStack() as stack, traffic(world.shop.url, ["/orders"], RPS):
        with contextlib.suppress(psycopg.OperationalError):
            while True:
                sessions(stack, world, 1, "batch")
        settle(0.5)
        yield Case()


@near_miss("connection_exhaustion")
def two_thirds_of_the_slots(world: World) -> Iterator[Case]:
    with ExitStack() as stack, traffic(world.shop.url, ["/orders"], RPS):
        sessions(stack, world, 18, "batch")
        settle(1.0)
        yield Case(targets={"db": world.newcomer()})
