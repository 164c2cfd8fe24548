"""An alert that matters wakes somebody, whatever its sender forgot to say and whatever incident is open already."""

from __future__ import annotations

from tests.flows.test_storm import TEXT, alert, incidents, let_pass, pages, post
from tests.flows.world import ANA, SIGNING, World

from tocsin.domain.incident.events import Acknowledged, SeverityChanged
from tocsin.flows.answers import answer, see_offer
from tocsin.flows.respond import act


def hold_for_lesser(world: World) -> None:
    """Let people say that what is open is a small matter."""
    post(world, [alert(0, severity="info")])
    (incident,) = incidents(world)
    act(world.engine, incident.ref, SeverityChanged(severity="SEV4", reason="a certificate that ends in a month"), ANA)


def test_an_alert_that_names_no_severity_wakes_somebody() -> None:
    world = World(text=TEXT)

    post(world, [alert(1, severity="")])

    (incident,) = incidents(world)
    assert incident.severity == "SEV2"  # the least severe of its pack that pages
    assert [job.payload["to"] for job in pages(world)] == ["ana"]


def test_a_critical_alert_does_not_hide_in_what_people_hold_for_a_lesser_matter() -> None:
    world = World(text=TEXT)
    hold_for_lesser(world)
    assert pages(world) == []

    post(world, [alert(1, severity="info"), alert(2), alert(3)])

    new, old = incidents(world)
    assert (old.severity, len(old.alerts)) == ("SEV4", 2)
    assert (new.severity, len(new.alerts)) == ("SEV1", 2)
    assert [job.payload["to"] for job in pages(world)] == ["ana"]


def test_an_incident_whose_severity_nobody_has_confirmed_is_raised_by_what_joins_it() -> None:
    world = World(text=TEXT)
    post(world, [alert(1, severity="warning")])
    (incident,) = incidents(world)
    act(world.engine, incident.ref, Acknowledged(person="ana"), ANA)

    post(world, [alert(2)])

    (raised,) = incidents(world)
    assert raised.severity == "SEV1"
    assert raised.paging.acknowledged_by == "ana"
    assert [job.payload["to"] for job in pages(world)] == ["ana"]  # she acknowledged something lesser


def test_the_link_in_the_page_about_a_raise_acknowledges_that_too() -> None:
    world = World(text=TEXT, more={"signing": SIGNING})
    post(world, [alert(1, severity="warning")])
    act(world.engine, "INC-1", Acknowledged(person="ana"), ANA)
    post(world, [alert(2)])

    (page,) = pages(world)
    facts = page.payload["facts"]
    assert isinstance(facts, dict)
    token = str(facts["ack_url"]).rpartition("/")[2]
    assert see_offer(world.engine, token).taken_by == ""
    assert answer(world.engine, token, "acknowledge").taken_by == "Ana"
    assert answer(world.engine, token, "acknowledge").taken_by == "Ana"
    let_pass(world, 30)
    assert {job.key for job in pages(world)} == {page.key}
    assert len(world.events(Acknowledged)) == 2


def test_people_who_said_how_severe_it_is_are_not_overruled() -> None:
    world = World(text=TEXT)
    post(world, [alert(1)])
    (incident,) = incidents(world)
    act(world.engine, incident.ref, SeverityChanged(severity="SEV2", reason="half of it works"), ANA)

    post(world, [alert(2)])

    (kept,) = incidents(world)
    assert kept.severity == "SEV2"
