"""The dead man's switch hears of a Tocsin that pages, and of no other."""

from __future__ import annotations

from datetime import timedelta

import pytest
from tests.fakes import NOON, a_job
from tests.flows.world import World

from tocsin.flows import deadman
from tocsin.flows.operate import health
from tocsin.flows.ports import TransientError
from tocsin.flows.storage import Heartbeat

URL = "https://hc.example.com/uuid"
MINUTE = timedelta(minutes=1)


def alive(world: World) -> None:
    for role in ("serve", "work"):
        world.store.beat(Heartbeat(process=f"{role}-1", role=role, at=NOON))


def armed() -> World:
    world = World()
    deadman.begin(world.engine, wanted=True)
    alive(world)
    return world


def knock(world: World, heard: list[str], *, trouble: str = "") -> str:
    def ask(url: str) -> None:
        if trouble:
            raise TransientError(trouble)
        heard.append(url)

    (timer,) = world.timers(deadman.NAME)
    return deadman.knock(world.engine, timer, url=URL, every=MINUTE, ask=ask)


def test_it_is_asked_again_and_again_while_all_is_well() -> None:
    world, heard = armed(), list[str]()
    for _ in range(3):
        assert knock(world, heard) == ""
        assert world.timers(deadman.NAME) == []
        world.later(minutes=1)
        alive(world)
    assert heard == [URL] * 3
    assert health(world.engine).deadman_age_s == 60.0


def test_it_hears_nothing_while_pages_are_late() -> None:
    world, heard = armed(), list[str]()
    with world.store.transaction() as tx:
        tx.enqueue([a_job()])
    assert "late" in knock(world, heard)
    assert heard == []


def test_it_hears_nothing_while_no_server_takes_alerts() -> None:
    world, heard = armed(), list[str]()
    world.later(minutes=1)
    assert "no server" in knock(world, heard)
    assert heard == []


def test_an_address_that_does_not_answer_is_a_problem_and_is_asked_again() -> None:
    world, heard = armed(), list[str]()
    assert knock(world, heard, trouble="hc.example.com did not answer") == "hc.example.com did not answer"
    assert any("hc.example.com did not answer" in problem for problem in health(world.engine).problems)
    world.later(minutes=1)
    alive(world)
    assert knock(world, heard) == ""
    assert not any("dead man" in problem for problem in health(world.engine).problems)


def test_of_two_workers_one_asks() -> None:
    world, heard = armed(), list[str]()
    (timer,) = world.timers(deadman.NAME)
    deadman.knock(world.engine, timer, url=URL, every=MINUTE, ask=heard.append)
    assert deadman.knock(world.engine, timer, url=URL, every=MINUTE, ask=heard.append)
    assert heard == [URL]


@pytest.mark.parametrize("wanted", [True, False])
def test_without_an_address_nothing_is_asked_and_nothing_is_left(wanted: bool) -> None:  # noqa: FBT001 (parametrized)
    world, heard = armed(), list[str]()
    knock(world, heard, trouble="no answer")
    deadman.begin(world.engine, wanted=wanted)
    world.later(minutes=1)
    assert bool(world.timers(deadman.NAME)) is wanted
    assert (health(world.engine).deadman_age_s is not None) is wanted
