"""Opening incidents: once for each key, numbered without gaps, and refused with a reason."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from tests.fakes import ANNA
from tests.flows.world import ANA, World, catalogue

from tocsin.domain.errors import InvalidError, RefusedError
from tocsin.domain.incident.events import Renamed
from tocsin.flows.configure import apply
from tocsin.flows.declare import Declaration, declare
from tocsin.flows.respond import act


def test_the_same_key_from_the_same_person_opens_one_incident() -> None:
    world = World()

    first = world.declare(key="abc")
    again = world.declare(key="abc")

    assert again == first
    assert len(world.jobs("page")) == 1


def test_a_renamed_incident_is_still_the_answer_to_its_key() -> None:
    world = World()
    first = world.declare(key="abc")
    act(world.engine, first.ref, Renamed(title="Everything fails"), ANA)

    assert world.declare(key="abc").id == first.id


def test_a_key_is_each_persons_own() -> None:
    world = World()
    first = world.declare(key="abc")
    second = declare(world.engine, Declaration(title="Orders fail", severity="SEV2", key="abc"), ANA.actor)

    assert first.id != second.id


def test_a_key_cannot_open_a_second_different_incident() -> None:
    world = World()
    world.declare(key="abc")

    with pytest.raises(RefusedError, match="this key opened"):
        world.declare("The cache is down", key="abc")


def test_without_a_key_the_same_words_are_two_incidents_with_following_numbers() -> None:
    world = World()

    refs = [world.declare().ref, world.declare().ref]

    assert refs[0][:-1] == refs[1][:-1]
    assert int(refs[1][-1]) == int(refs[0][-1]) + 1


@pytest.mark.parametrize(
    ("said", "field"),
    [
        ({"title": "  "}, "title"),
        ({"title": "x", "services": ("nothing",)}, "services"),
        ({"title": "x", "team": "nobody"}, "team"),
    ],
)
def test_what_is_not_known_is_refused_and_takes_no_number(said: dict[str, object], field: str) -> None:
    world = World()

    with pytest.raises(InvalidError) as error:
        declare(world.engine, Declaration(**said), ANNA)  # type: ignore[arg-type]  # any fields of a declaration

    assert error.value.field == field
    assert world.declare().ref.endswith("1")


def test_the_first_page_and_messages_tell_when_it_began_though_it_was_declared_later() -> None:
    world = World()
    began = world.clock() - timedelta(hours=2)

    world.declare(started_at=began)

    page = world.jobs("page")[0]
    assert f"Since {began:%Y-%m-%d %H:%M} UTC" in str(page.payload["text"])


def practised() -> World:
    """A world whose configuration also has a service for practice."""
    world, known = World(), catalogue()
    practice = replace(known.services[0], key="drill-shop", drill=True)
    apply(world.engine, replace(known, services=(*known.services, practice)), "cat")
    return world


def test_what_is_declared_of_a_drills_service_is_a_drill() -> None:
    world = practised()

    opened = declare(world.engine, Declaration(title="Orders fail", services=("drill-shop",)), ANNA)

    assert (opened.mode, opened.ref) == ("drill", "DRILL-1")


def test_a_drills_service_and_a_real_one_are_not_one_incident() -> None:
    with pytest.raises(InvalidError, match="drill-shop is for practice, shop is not"):
        declare(practised().engine, Declaration(title="Orders fail", services=("shop", "drill-shop")), ANNA)
