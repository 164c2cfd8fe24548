"""A provider that fails is left alone for a while, its people are reached by their other ways, and somebody is told."""

from __future__ import annotations

from tests.flows.world import World

from tocsin.flows.circuits import OPENS_AFTER, open_circuits, provider_of
from tocsin.flows.deliver import deliver
from tocsin.flows.ports import PermanentError, TransientError
from tocsin.flows.storage import Job

PROVIDER = "webhook page.example.com"


def circuits_of(world: World) -> set[str]:
    with world.store.reading() as tx:
        return set(open_circuits(tx))


def failing() -> World:
    """A world whose push provider has failed often enough; every page reached Ana by mail."""
    world = World()
    world.webhook.trouble = [TransientError("no answer")] * 1000
    while PROVIDER not in circuits_of(world):
        world.declare()
        for _ in range(4):
            world.send_pages()
            world.later(seconds=2)
    return world


def page_of(world: World) -> Job:
    world.declare()
    return next(j for j in world.jobs("page") if j.payload["method"] == "pager")


def test_failures_in_a_row_open_the_circuit_and_the_next_page_goes_another_way_at_once() -> None:
    world = failing()
    before = len(world.webhook.trouble)
    assert deliver(world.engine, page_of(world)) == "failed"
    assert len(world.webhook.trouble) == before
    assert "delivered" in world.send_pages()


def test_the_catch_all_is_told_once_that_it_fails_and_that_it_works_again() -> None:
    world = failing()
    (notice,) = world.jobs("reminder")
    assert (notice.payload["to"], PROVIDER in str(notice.payload["subject"])) == ("cat", True)
    deliver(world.engine, page_of(world))
    assert world.jobs("reminder") == []
    world.later(seconds=31)
    world.webhook.trouble = []
    assert deliver(world.engine, page_of(world)) == "delivered"
    assert circuits_of(world) == set()
    assert [j.key.split("/")[1] for j in world.jobs("reminder") if j.key != notice.key] == ["closed"]


def test_after_a_pause_one_try_is_made_and_the_others_still_go_another_way() -> None:
    world = failing()
    world.later(seconds=31)
    first, second = page_of(world), page_of(world)
    before = len(world.webhook.trouble)
    assert deliver(world.engine, first) in {"retried", "failed"}
    assert deliver(world.engine, second) == "failed"
    assert len(world.webhook.trouble) == before - 1
    assert PROVIDER in circuits_of(world)


def test_whoever_has_no_other_way_is_tried_all_the_same() -> None:
    world = failing()
    world.webhook.trouble = []
    world.later(minutes=5)
    world.tick("escalate")
    page = next(j for j in world.jobs("page") if j.payload["to"] == "bo")
    assert deliver(world.engine, page) == "delivered"


def test_two_receivers_on_one_host_are_two_providers() -> None:
    assert provider_of("webhook", None, "http://127.0.0.1:8001/ana") == "webhook 127.0.0.1:8001"
    assert provider_of("webhook", None, "http://127.0.0.1:8002/ana") == "webhook 127.0.0.1:8002"
    assert provider_of("webhook", None, "https://page.example.com/secret") == PROVIDER
    assert provider_of("webhook", None, "https://page.example.com:nonsense/ana") == "webhook"


def test_where_every_way_fails_each_is_tried_all_the_same() -> None:
    world = failing()
    world.email.trouble = [TransientError("no answer")] * 1000
    while len(circuits_of(world)) < 2:
        world.declare()
        for _ in range(4):
            world.send_pages()
            world.later(seconds=2)
    page = page_of(world)
    world.webhook.trouble = []
    assert deliver(world.engine, page) == "delivered"


def test_a_wrong_address_is_no_failure_of_its_provider() -> None:
    world = World()
    world.webhook.trouble = [PermanentError("no such subscriber")] * (2 * OPENS_AFTER)
    for _ in range(2 * OPENS_AFTER):
        world.declare()
        world.send_pages()
    assert circuits_of(world) == set()


def test_one_success_ends_the_row() -> None:
    world = World()
    world.webhook.trouble = [TransientError("no answer")]
    world.declare()
    world.send_pages()
    world.later(seconds=1)
    world.send_pages()
    with world.store.reading() as tx:
        assert tx.value("circuits") == "{}"


def test_a_slow_provider_is_not_asked_a_second_time_while_there_is_another_way() -> None:
    world = World()
    world.declare()
    world.webhook.trouble = [TransientError("no answer within 5 s")]
    world.webhook.during = lambda: world.later(seconds=5)
    assert world.send_pages() == ["failed"]
    assert world.send_pages() == ["delivered"]
    assert world.paged() == ["ana@example.com"]
