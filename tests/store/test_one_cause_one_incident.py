"""Two servers on one PostgreSQL take the first alerts of one cause at the same moment: that is one incident all the same."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from uuid import uuid4

import pytest
from sqlalchemy import text
from tests.flows.test_storm import SENDER, TEXT, alert, incidents, pages
from tests.flows.world import ANA, World

from tocsin.domain.incident.events import PrivacyChanged
from tocsin.flows.declare import Declaration, declare
from tocsin.flows.ingest import accept, accept_in
from tocsin.flows.respond import act
from tocsin.flows.storage import Store
from tocsin.store.opening import open_store
from tocsin.store.sql.engine import Engines, parse_url

LIMIT_S = 60
_WAITING = text("SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'")

_LOCK = text("SELECT id FROM incidents WHERE id = :id FOR UPDATE NOWAIT")


@pytest.fixture
def store(postgres_url: str) -> Iterator[Store]:
    opened = open_store(postgres_url)
    yield opened
    opened.close()


@pytest.fixture
def other(postgres_url: str) -> Iterator[Store]:
    opened = open_store(postgres_url)
    yield opened
    opened.close()


@pytest.fixture
def somebody_waits(postgres_url: str) -> Iterator[Callable[[Future[object]], None]]:
    """Wait until a transaction of the database waits for another one, or what was to wait is over."""
    engines = Engines(parse_url(postgres_url))

    def wait(work: Future[object]) -> None:
        for _ in range(LIMIT_S * 100):
            with engines.reading() as connection:
                if work.done() or connection.execute(_WAITING).scalar():
                    return
            time.sleep(0.01)
        raise AssertionError("nobody waits")

    yield wait
    engines.close()


def servers(*stores: Store) -> tuple[World, ...]:
    """Return two servers, whose ids are as different as real ones."""
    worlds = tuple(World(store=store, text=TEXT) for store in stores)
    for world in worlds:
        object.__setattr__(world.engine, "new_id", lambda: uuid4().hex)
    return worlds


@pytest.mark.parametrize(("first", "second"), [("orders", "orders"), ("unheard-of", "unheard-of"), ("", "")])
def test_the_first_two_alerts_of_a_cause_at_two_servers_open_one_incident(
    store: Store, other: Store, somebody_waits: Callable[[Future[object]], None], first: str, second: str
) -> None:
    one, two = servers(store, other)

    with ThreadPoolExecutor(1) as pool:
        with store.transaction() as tx:
            accept_in(one.engine, tx, SENDER, [alert(1, first)])
            late: Future[object] = pool.submit(accept, two.engine, SENDER, [alert(2, second)])
            somebody_waits(late)
        late.result(LIMIT_S)

    assert len(incidents(one)) == 1
    assert len(pages(one)) == 1
    with store.reading() as tx:
        assert {one.incident for one in tx.firing_alerts()} == {incidents(one)[0].id}


def test_where_it_only_turns_out_late_that_an_incident_must_be_opened_it_is_one_too(
    store: Store, other: Store, somebody_waits: Callable[[Future[object]], None]
) -> None:
    one, two = servers(store, other)
    accept(one.engine, SENDER, [alert(1, "orders")])
    act(one.engine, "INC-1", PrivacyChanged(private=True, reason="customer data"), ANA)

    with ThreadPoolExecutor(1) as pool:
        with store.transaction() as tx:
            accept_in(one.engine, tx, SENDER, [alert(2, "orders")])
            late: Future[object] = pool.submit(accept, two.engine, SENDER, [alert(3, "orders")])
            somebody_waits(late)
        late.result(LIMIT_S)

    assert sorted(found.ref for found in incidents(one)) == ["INC-1", "INC-2"]


def test_a_post_holds_no_incident_while_it_waits_for_one_that_comes_before(
    store: Store, postgres_url: str, somebody_waits: Callable[[Future[object]], None]
) -> None:
    (one,) = servers(store)
    accept(one.engine, SENDER, [alert(1, "orders"), alert(1, "mail")])
    first, last = sorted((found.id, found.services[0]) for found in incidents(one))
    engines = Engines(parse_url(postgres_url))

    with ThreadPoolExecutor(1) as pool:
        with engines.writing() as connection:
            connection.execute(_LOCK, {"id": first[0]})
            late: Future[object] = pool.submit(accept, one.engine, SENDER, [alert(2, last[1]), alert(2, first[1])])
            somebody_waits(late)
            assert connection.execute(_LOCK, {"id": last[0]}).scalar() == last[0]
        late.result(LIMIT_S)
    engines.close()


def test_an_alert_joins_what_somebody_is_declaring_for_its_service(
    store: Store, other: Store, somebody_waits: Callable[[Future[object]], None]
) -> None:
    one, two = servers(store, other)
    begun, go_on = threading.Event(), threading.Event()
    new_id = one.engine.new_id

    def slowly() -> str:
        begun.set()
        assert go_on.wait(LIMIT_S)
        return new_id()

    object.__setattr__(one.engine, "new_id", slowly)
    with ThreadPoolExecutor(2) as pool:
        said = Declaration(title="Orders fail", severity="SEV2", services=("orders",))
        declared = pool.submit(declare, one.engine, said, ANA.actor)
        assert begun.wait(LIMIT_S)
        late: Future[object] = pool.submit(accept, two.engine, SENDER, [alert(1, "orders")])
        somebody_waits(late)
        go_on.set()
        late.result(LIMIT_S)

    assert [found.id for found in incidents(two)] == [declared.result().id]


def test_alerts_that_join_wait_for_nobody_who_opens_an_incident(store: Store, other: Store) -> None:
    one, two = servers(store, other)
    accept(one.engine, SENDER, [alert(1, "orders"), alert(1, "unheard-of")])

    with store.transaction() as tx:
        accept_in(one.engine, tx, SENDER, [alert(1, "mail")])
        accept(two.engine, SENDER, [alert(2, "orders"), alert(2, "unheard-of")])

    assert len(incidents(one)) == 3
