"""Silences over time: who made and ended them, and when they hold."""

from __future__ import annotations

import itertools
from dataclasses import replace
from datetime import timedelta

import pytest
from tests.fakes import ANNA, NOON, ManualClock, MemoryStore

from tocsin.adapters.rendering.jinja import Jinja
from tocsin.domain.actor import Actor
from tocsin.domain.alerts.intervals import parse_span
from tocsin.domain.alerts.matchers import parse_matchers
from tocsin.domain.alerts.silences import Terms
from tocsin.domain.errors import InvalidError
from tocsin.flows import silences
from tocsin.flows.engine import Engine
from tocsin.flows.silences import Said, UnknownSilenceError

HOUR = timedelta(hours=1)
TERMS = Terms(matchers=parse_matchers("team=db"), ends_at=NOON + 3 * HOUR, comment="new disks")
AGENT = Actor(kind="agent", id="helper", on_behalf_of="ben")


@pytest.fixture
def engine() -> Engine:
    numbers = itertools.count(1)
    return Engine(store=MemoryStore(ManualClock(NOON)), renderer=Jinja(), new_id=lambda: f"s{next(numbers)}")


def advance(engine: Engine, by: timedelta) -> None:
    assert isinstance(engine.store, MemoryStore)
    assert isinstance(engine.store.clock, ManualClock)
    engine.store.clock.advance(by)


def test_a_silence_is_listed_until_it_is_over(engine: Engine) -> None:
    made = silences.create(engine, replace(TERMS, starts_at=NOON + HOUR), ANNA)
    states = []
    for _ in range(4):
        states.append([(one.state, one.silences_now) for one in silences.listed(engine)])
        advance(engine, HOUR)

    assert (made.id, made.created_by) == ("s1", "anna")
    assert states == [[("pending", False)], [("active", True)], [("active", True)], []]
    assert [one.state for one in silences.listed(engine, expired=True)] == ["expired"]


def test_one_that_recurs_is_active_and_rests_between_its_times(engine: Engine) -> None:
    silences.create(engine, replace(TERMS, during=(parse_span(times=["13:00-14:00"]),)), ANNA)
    held = []
    for _ in range(3):
        held += [one.silences_now for one in silences.listed(engine)]
        advance(engine, HOUR)

    assert held == [False, True, False]


def test_an_agent_acts_for_a_person_and_the_last_to_change_it_is_kept(engine: Engine) -> None:
    silences.create(engine, TERMS, ANNA)
    new = silences.edit(engine, "s1", replace(TERMS, comment="more disks"), AGENT)
    advance(engine, HOUR)
    over = silences.expire(engine, "s2", ANNA)

    assert (new.created_by, new.replaces) == ("ben", "s1")
    assert (over.ends_at, over.updated_by) == (NOON + HOUR, "anna")
    old = next(one for one in silences.listed(engine, expired=True) if one.id == "s1")
    assert (old.state, old.ends_at, old.updated_by, old.created_by) == ("expired", NOON, "ben", "anna")


def test_a_refused_edit_leaves_the_old_silence_as_it_was(engine: Engine) -> None:
    silences.create(engine, TERMS, ANNA)
    with pytest.raises(InvalidError):
        silences.edit(engine, "s1", replace(TERMS, ends_at=NOON), ANNA)
    with pytest.raises(UnknownSilenceError):
        silences.edit(engine, "none", TERMS, ANNA)

    assert [(one.id, one.state) for one in silences.listed(engine, expired=True)] == [("s1", "active")]


def test_an_alertmanagers_client_changes_a_silence_in_place_and_another_takes_its_place(engine: Engine) -> None:
    terms = replace(TERMS, rules="alertmanager", during=(parse_span(times=["13:00-14:00"]),))
    ana = Said(name="ana", via="amtool")
    silences.create(engine, terms, ANNA)
    advance(engine, HOUR)
    longer = replace(terms, ends_at=NOON + 9 * HOUR, during=())
    assert silences.put(engine, longer, ana, replaces="s1") == "s1"
    assert silences.put(engine, longer, ana, replaces="s1") == "s1"

    with engine.store.reading() as tx:
        one = tx.silence("s1")
    assert one is not None
    assert (one.created_by, one.via, one.author, one.updated_by) == (
        "ana",
        "amtool",
        "ana via amtool",
        "ana via amtool",
    )
    assert one.during  # which its clients cannot say
    assert [(was.ends_at, was.updated_by) for was in one.former] == [(TERMS.ends_at, "anna")]

    other = silences.put(
        engine, replace(longer, matchers=parse_matchers("team=web")), Said(name="", via="amtool"), replaces="s1"
    )
    shown = {view.id: view for view in silences.listed(engine, expired=True)}
    assert (shown["s1"].state, shown["s1"].updated_by) == ("expired", "amtool")
    assert shown["s1"].former == one.former
    assert (shown[other].state, shown[other].replaces, shown[other].created_by) == ("active", "s1", "amtool")
    with pytest.raises(UnknownSilenceError):
        silences.put(engine, longer, ana, replaces="none")
    with pytest.raises(InvalidError):
        silences.put(engine, replace(longer, ends_at=NOON), ana, replaces=other)
