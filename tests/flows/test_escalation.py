"""The escalation by hand, through the store: stale buttons, pauses, turns, and a configuration that changes meanwhile."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from tests.fakes import ANNA
from tests.flows.world import CONFIGURATION, World, catalogue

from tocsin.domain.errors import InvalidError, RefusedError
from tocsin.domain.incident import events as e
from tocsin.domain.visibility import Viewer
from tocsin.flows import queries
from tocsin.flows.configure import apply
from tocsin.flows.declare import Declaration
from tocsin.flows.escalation import escalate, restart_paging, snooze
from tocsin.flows.queries import IncidentView
from tocsin.flows.queries.directory import foresee
from tocsin.flows.respond import By, act

ME = By(actor=ANNA, viewer=Viewer(person="ana"))
HOUR = timedelta(hours=1)


@pytest.fixture
def world() -> World:
    made = World()
    made.declare()
    made.send_pages()
    return made


def seen(world: World) -> IncidentView:
    return queries.incident(world.engine, ME.viewer, world.incident().id)


def test_the_view_says_who_was_paged_who_is_next_and_when(world: World) -> None:
    paging = seen(world).paging
    assert (paging.state, paging.people, paging.following, paging.next_people) == ("paging", ("ana",), "level", ("bo",))
    assert paging.next_at == world.clock() + timedelta(minutes=5)
    assert paging.text.startswith("Paged: Ana. Next at ")
    assert paging.text.endswith(": Bo.")


def test_a_button_that_is_stale_records_nothing_and_says_so(world: World) -> None:
    shown = seen(world).paging.call
    escalate(world.engine, "INC-1", ME, call=shown)
    world.send_pages()
    assert world.paged() == ["ana", "bo"]
    before = world.incident().seq
    with pytest.raises(RefusedError, match="paged anew since you looked"):
        escalate(world.engine, "INC-1", ME, call=shown)
    assert world.incident().seq == before


def test_the_next_level_after_the_last_is_the_catch_all_and_after_it_all_begins_again(world: World) -> None:
    for _ in range(3):
        escalate(world.engine, "INC-1", ME)
    assert seen(world).paging.following == "catch_all"
    escalate(world.engine, "INC-1", ME)
    paging = seen(world).paging
    assert (paging.people, paging.following, paging.next_people) == (("cat",), "again", ("ana",))
    assert "(the catch-all)" in paging.text
    world.later(minutes=15)
    world.tick("page_again")
    assert seen(world).paging.round == 1


def test_a_snooze_ends_by_its_timer(world: World) -> None:
    snooze(world.engine, "INC-1", ME, lasting=HOUR)
    assert seen(world).paging.text.startswith("Snoozed until ")
    world.later(minutes=59)
    world.tick("snooze")
    world.send_pages()
    assert world.paged() == ["ana"]
    world.later(minutes=1)
    world.tick("snooze")
    world.send_pages()
    assert world.paged() == ["ana", "ana"]


def test_a_snooze_needs_one_end(world: World) -> None:
    for given in ({}, {"until": world.clock() + HOUR, "lasting": HOUR}):
        with pytest.raises(InvalidError, match="either until when or for how long"):
            snooze(world.engine, "INC-1", ME, **given)  # type: ignore[arg-type]  # one of each kind


def test_a_changed_policy_is_followed_only_after_a_restart(world: World) -> None:
    known = catalogue(CONFIGURATION)
    (ladder,) = known.policies
    reversed_ = replace(ladder, steps=ladder.steps[::-1])
    assert not seen(world).paging.changed
    apply(world.engine, replace(known, policies=(reversed_,)), "cat")
    assert seen(world).paging.changed
    world.later(minutes=5)
    world.tick("escalate")
    world.send_pages()
    assert world.paged() == ["ana", "bo"]
    restart_paging(world.engine, "INC-1", ME, reason="the order was wrong")
    world.send_pages()
    assert world.paged() == ["ana", "bo", "bo"]
    assert not seen(world).paging.changed
    (told,) = [x.body for x in world.events(e.PagingRestarted)]
    assert isinstance(told, e.PagingRestarted)
    assert told.policy == reversed_


def test_incidents_take_turns_and_the_record_says_whose_it_was() -> None:
    turns = CONFIGURATION.replace(
        '- {targets: ["person:ana"], wait: 5m}', '- {targets: ["person:ana", "person:bo"], round_robin: true, wait: 5m}'
    )
    world = World(text=turns)
    for title in ("one", "two", "three"):
        world.declare(title)
    world.declare("a small one", severity="SEV4")
    world.declare("four")
    world.send_pages()
    assert world.paged() == ["ana", "bo", "ana", "bo"]
    assert [x.body.turn for x in world.events(e.Declared) if isinstance(x.body, e.Declared)] == [3]


def test_what_a_declaration_leads_to_names_every_level(world: World) -> None:
    found = foresee(world.engine, Declaration(title="x", severity="SEV1", services=("shop",)))
    assert found.wakes == ("ana",)
    assert [(one.people, one.after, one.catch_all) for one in found.levels][:3] == [
        (("ana",), timedelta(0), False),
        (("bo",), timedelta(minutes=5), False),
        (("ana",), timedelta(minutes=15), False),
    ]
    assert found.levels[-1].catch_all
    assert not foresee(world.engine, Declaration(title="x", severity="SEV4", services=("shop",))).levels


def test_an_acknowledgement_runs_out_where_the_policy_says_so() -> None:
    world = World(text=CONFIGURATION.replace("  default:\n    steps:", "  default:\n    ack_timeout: 30m\n    steps:"))
    world.declare()
    world.send_pages()
    act(world.engine, "INC-1", e.Acknowledged(person="ana"), ME)
    assert "Without an update or status by" in seen(world).paging.text
    world.later(minutes=30)
    world.tick("ack_timeout")
    world.send_pages()
    assert world.paged() == ["ana", "ana"]
    assert not world.incident().paging.acknowledged_by
