"""Private incidents and alerts: who can see what no person opened, and which alerts belong to it."""

from __future__ import annotations

import pytest
from tests.flows.world import ANA, World

from tocsin.domain.actor import SYSTEM, Actor
from tocsin.domain.incident.events import AlertFired, Declined, MemberChanged, PrivacyChanged
from tocsin.domain.incident.state import Incident
from tocsin.domain.visibility import Viewer, may_see
from tocsin.flows.declare import Declaration, declare
from tocsin.flows.ingest import Accepted, Sender, accept
from tocsin.flows.ports import InboundAlert
from tocsin.flows.respond import act

WATCH = Actor(kind="integration", id="watch")
SENDER = Sender(key="watch", service="shop", team="core")


def report(world: World, name: str, status: str = "firing") -> Accepted:
    alert = InboundAlert(fingerprint=name, name=name, status=status, labels={}, starts_at=world.clock())
    return accept(world.engine, SENDER, [alert])


def private(world: World, actor: Actor = ANA.actor, **said: object) -> Incident:
    given = Declaration(title="Breach", severity="SEV2", services=("shop",), private=True, **said)  # type: ignore[arg-type]  # any field
    return declare(world.engine, given, actor)


@pytest.mark.parametrize("actor", [WATCH, SYSTEM, Actor(kind="agent", id="bot")])
def test_what_no_person_opened_is_seen_by_whom_the_policy_names_first_and_by_nobody_else(actor: Actor) -> None:
    world = World()
    made = private(world, actor)

    assert made.members == {"ana"}
    assert [(e.body, e.actor) for e in world.events(MemberChanged)] == [(MemberChanged(person="ana"), SYSTEM)]
    seen = {key for key in ("ana", "bo", "cat") if may_see(Viewer(person=key), private=True, members=made.members)}
    assert seen == {"ana"}


def test_the_policy_names_a_member_even_where_nobody_is_paged() -> None:
    world = World()
    made = declare(world.engine, Declaration(title="Breach", severity="SEV4", team="core", private=True), WATCH)

    assert made.members == {"ana"}
    assert world.jobs("page") == []


def test_whoever_is_paged_later_is_still_no_member() -> None:
    world = World()
    private(world, WATCH)
    world.send_pages()
    world.later(minutes=6)
    world.tick("escalate")

    assert "bo" in world.incident().paging.paged
    assert world.incident().members == {"ana"}


def test_what_a_person_or_a_program_for_them_opened_is_theirs_alone() -> None:
    world = World()

    assert private(world).members == {"ana"}
    assert private(world, Actor(kind="agent", id="bot", on_behalf_of="bo")).members == {"bo"}
    assert world.events(MemberChanged) == []


def test_an_alert_does_not_join_a_private_incident_it_is_no_part_of() -> None:
    world = World()
    hidden = private(world)
    said = report(world, "latency")

    (ref,) = said.incidents
    assert ref != hidden.ref
    opened = world.incident(ref)
    assert (opened.private, opened.services, opened.related) == (False, ("shop",), ())
    assert world.incident(hidden.ref).alerts == ()
    assert report(world, "errors").incidents == (ref,)


def test_an_alert_that_is_part_of_it_stays_with_it_and_its_sender_is_told_nothing() -> None:
    world = World()
    (ref,) = report(world, "exfiltration").incidents
    act(world.engine, ref, PrivacyChanged(private=True), ANA)

    report(world, "exfiltration", "resolved")
    world.later(minutes=11)
    again = report(world, "exfiltration")

    assert again.fired == ("exfiltration",)
    assert again.incidents == ()
    assert len(world.incident(ref).alerts) == 1
    assert world.incident(ref).alerts[0].firing
    assert len(world.events(AlertFired)) == 2


def test_an_alert_whose_private_incident_is_over_opens_a_public_one() -> None:
    world = World()
    (ref,) = report(world, "exfiltration").incidents
    act(world.engine, ref, PrivacyChanged(private=True), ANA)
    report(world, "exfiltration", "resolved")
    act(world.engine, ref, Declined(reason="a test"), ANA)
    world.later(minutes=11)

    (other,) = report(world, "exfiltration").incidents
    assert other != ref
