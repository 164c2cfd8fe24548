"""Several machines on one PostgreSQL: nobody waits for a second connection, work is shared, and what has to happen once does."""

from __future__ import annotations

import random
import string
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import psycopg
import pytest
from sqlalchemy.exc import DBAPIError
from tests.fakes import NOON
from tests.flows.world import ANA, CONFIGURATION, World

from tocsin.domain.alerts.fold import AlertState
from tocsin.domain.incident.events import Acknowledged, Resolved
from tocsin.flows import housekeeping
from tocsin.flows.alert_storage import KeptAlert, Renewal
from tocsin.flows.declare import Declaration, declare
from tocsin.flows.handle import refold
from tocsin.flows.respond import act
from tocsin.flows.storage import NewJob, Store
from tocsin.store.opening import open_store
from tocsin.store.sql.engine import Engines, parse_url
from tocsin.store.sql.store import SqlStore

ROWS = 60
WAITING = "SELECT 1 FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()"
THREADS = 24


@pytest.fixture
def store(postgres_url: str) -> Iterator[Store]:
    opened = open_store(postgres_url)
    yield opened
    opened.close()


@pytest.fixture
def narrow(postgres_url: str) -> Iterator[Store]:
    """A process with a single connection: whoever needs two at once waits for itself, until the pool gives up."""
    opened = SqlStore(Engines(parse_url(postgres_url), most=1), refold=refold)
    yield opened
    opened.close()


@pytest.fixture
def other(postgres_url: str) -> Iterator[Store]:
    opened = open_store(postgres_url)
    yield opened
    opened.close()


def test_one_connection_is_enough_for_every_step_from_a_declaration_to_an_all_clear(narrow: Store) -> None:
    world = World(store=narrow)
    world.declare()

    assert "delivered" in world.send_pages()
    act(world.engine, "INC-1", Acknowledged(person="ana"), ANA)
    act(world.engine, "INC-1", Resolved(resolution="fixed"), ANA)
    world.tick()
    assert world.incident().resolved_at is not None


def test_more_threads_than_connections_all_have_their_turn(narrow: Store) -> None:
    world = World(store=narrow, text=f"bundle: 0s\n{CONFIGURATION}")
    together = threading.Barrier(THREADS)

    def page(number: int) -> list[str]:
        together.wait(30)
        made = declare(world.engine, Declaration(title=f"It breaks {number}", severity="SEV2"), ANA.actor)
        return [made.ref, *world.send_pages()]

    with ThreadPoolExecutor(THREADS) as pool:
        found = list(pool.map(page, range(THREADS)))

    assert {one[0] for one in found} == {f"INC-{number}" for number in range(1, THREADS + 1)}
    assert {"delivered"} == {outcome for one in found for outcome in one[1:]} | {"delivered"}
    world.send_pages()
    assert len(world.paged()) == THREADS


def test_two_workers_share_what_is_due_and_have_nothing_twice(store: Store, other: Store) -> None:
    with store.transaction() as tx:
        due = tx.now()
        tx.enqueue([NewJob(key=f"k{n}", kind="page", incident="", payload={}, due=due) for n in range(ROWS)])
        for number in range(ROWS):
            tx.set_timer(f"s{number}", "escalate", 1, due)

    def work(mine: Store) -> list[str]:
        found: list[str] = []
        while jobs := mine.claim_jobs("w", limit=4, lease_s=60):
            found += [job.key for job in jobs]
        while timers := mine.claim_timers("w", limit=4, lease_s=60):
            found += [timer.stream for timer in timers]
        return found

    with ThreadPoolExecutor(2) as pool:
        one, two = pool.map(work, (store, other))

    assert sorted(one + two) == sorted([*(f"k{n}" for n in range(ROWS)), *(f"s{n}" for n in range(ROWS))])


def test_two_workers_that_start_make_one_round_of_housekeeping(store: Store, other: Store) -> None:
    first, second = World(store=store), World(store=other)
    for world in (first, second):
        housekeeping.begin(world.engine)

    rounds = [*store.claim_timers("one", limit=9, lease_s=60), *other.claim_timers("two", limit=9, lease_s=60)]
    (only,) = [timer for timer in rounds if timer.stream == housekeeping.STREAM]
    housekeeping.prune(first.engine, only, keep={})
    housekeeping.prune(second.engine, only, keep={})  # a lease that had run out meanwhile

    again = [*store.claim_timers("one", limit=9, lease_s=60), *other.claim_timers("two", limit=9, lease_s=60)]
    assert [timer for timer in again if timer.stream == housekeeping.STREAM] == []


def test_two_servers_that_renew_the_same_alerts_in_different_orders_do_not_block_each_other(
    store: Store, other: Store, postgres_url: str
) -> None:
    told = [
        AlertState(fingerprint=name, name="High", status="firing", labels={}, starts_at=NOON, last_seen_at=NOON)
        for name in "ab"
    ]
    with store.transaction() as tx:
        first, second = (
            Renewal(row.id, row.version, None)
            for row in tx.put_alerts([KeptAlert(source="prom", state=one) for one in told])
        )

    def renew_both() -> bool:
        with other.transaction() as tx:
            return tx.renew_alerts([second, first])

    with ThreadPoolExecutor(1) as pool, psycopg.connect(postgres_url, autocommit=True) as watcher:
        with store.transaction() as tx:
            assert tx.renew_alerts([first])
            elsewhere = pool.submit(renew_both)
            while not watcher.execute(WAITING).fetchone():
                pass
            assert tx.renew_alerts([second])
        assert elsewhere.result(30)


def test_what_no_index_can_hold_is_no_reason_to_call_the_database_unusable(store: Store) -> None:
    name = "".join(random.Random(1).choices(string.ascii_letters, k=9000))  # noqa: S311 (no secret)

    with pytest.raises(DBAPIError, match="index row"), store.transaction() as tx:
        tx.put_value(name, "x")
    with store.reading() as tx:
        assert tx.value(name) == ""
