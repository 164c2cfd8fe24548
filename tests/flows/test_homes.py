"""Where alerts go that no open incident of their service waits for: after a merge, and of services nobody knows."""

from __future__ import annotations

import pytest
from msgspec.structs import replace
from tests.flows.test_storm import SENDER, TEXT, alert, incidents, pages, post
from tests.flows.world import ANA, World

from tocsin.domain.incident.events import AlertFired, Declined, MemberChanged, PrivacyChanged
from tocsin.domain.incident.state import Incident
from tocsin.flows.ingest import accept
from tocsin.flows.ingest.homes import MOST_UNKNOWN
from tocsin.flows.ports import InboundAlert
from tocsin.flows.respond import act, merge, unmerge

BY_ALERT = "\nrouting:\n  routes:\n    own: {matchers: ['alertname=~\".+\"'], group_by: [service, alertname]}\n"
WINDOW = "\nrouting:\n  group_window: 1h\n"


def one(world: World, ref: str) -> Incident:
    return next(found for found in incidents(world) if found.ref == ref)


def merged(text: str = TEXT) -> World:
    """Return a world in which the incident of mail went on in that of orders."""
    world = World(text=text)
    accept(world.engine, SENDER, [alert(1, "orders")])
    accept(world.engine, SENDER, [alert(1, "mail")])
    pages(world)
    merge(world.engine, "INC-2", "INC-1", ANA)
    return world


@pytest.mark.parametrize("routing", ["", BY_ALERT, WINDOW])
def test_further_alerts_of_what_was_merged_go_where_it_goes_on(routing: str) -> None:
    world = merged(TEXT + routing)

    accepted = accept(world.engine, SENDER, [alert(2, "mail"), named("Slow", "mail")])

    assert accepted.incidents == ("INC-1",)
    assert one(world, "INC-1").services == ("orders", "mail")
    assert pages(world) == []


def test_a_group_whose_window_is_over_does_not_come_back_by_a_merge() -> None:
    world = merged(TEXT + WINDOW)
    world.later(minutes=61)
    assert accept(world.engine, SENDER, [alert(2, "mail")]).incidents == ("INC-3",)


def test_an_alert_that_fires_again_follows_two_merges() -> None:
    world = merged()
    world.declare("Everything fails")
    merge(world.engine, "INC-1", "INC-3", ANA)
    accept(world.engine, SENDER, [alert(1, "mail", status="resolved")])

    assert accept(world.engine, SENDER, [alert(1, "mail")]).incidents == ("INC-3",)


def test_what_is_taken_out_of_a_merge_takes_its_alerts_with_it() -> None:
    world = merged()
    accept(world.engine, SENDER, [alert(2, "mail")])
    unmerge(world.engine, "INC-2", "they are two", ANA)
    assert one(world, "INC-1").services == ("orders",)

    accept(world.engine, SENDER, [alert(3, "mail")])

    firing = [event for event in world.events(AlertFired) if event.incident == one(world, "INC-2").id]
    assert [event.body.fingerprint for event in firing if isinstance(event.body, AlertFired)] == ["mail/1", "mail/3"]


def test_a_service_that_two_brought_stays_until_both_have_left() -> None:
    world = merged()
    world.declare("Mail as well", services=("mail",))
    merge(world.engine, "INC-3", "INC-1", ANA)
    unmerge(world.engine, "INC-2", "they are two", ANA)
    assert one(world, "INC-1").services == ("orders", "mail")


def test_what_a_private_incident_is_about_is_not_told_by_the_one_it_went_on_in() -> None:
    world = World(text=TEXT)
    accept(world.engine, SENDER, [alert(1, "orders")])
    accept(world.engine, SENDER, [alert(1, "mail")])
    act(world.engine, "INC-2", MemberChanged(person="ana"), ANA)
    act(world.engine, "INC-2", PrivacyChanged(private=True), ANA)
    merge(world.engine, "INC-2", "INC-1", ANA)
    assert one(world, "INC-1").services == ("orders",)


def test_once_both_are_over_an_alert_opens_another() -> None:
    world = merged()
    act(world.engine, "INC-1", Declined(reason="noise"), ANA)
    assert accept(world.engine, SENDER, [alert(2, "mail")]).incidents == ("INC-3",)


def named(name: str, service: str, number: int = 1) -> InboundAlert:
    labels = {"alertname": name, "service": service, "instance": f"node-{number}"}
    return replace(alert(number, service), fingerprint=f"{name}/{service}/{number}", name=name, labels=labels)


@pytest.mark.parametrize("routing", ["", BY_ALERT])
def test_services_that_nobody_knows_are_told_apart_by_the_names_their_alerts_give(routing: str) -> None:
    world = World(text=TEXT + routing)

    for name, service in zip("ABCDE", ("cart", "pay", "auth", "images", "cdn"), strict=True):
        accept(world.engine, SENDER, [named(name, service), named(name, service, 2), named(f"{name}2", service)])

    assert sorted(found.title.split(":")[0] for found in incidents(world)) == ["auth", "cart", "cdn", "images", "pay"]
    assert len(pages(world)) == 5


def test_a_name_that_is_no_label_tells_apart_too() -> None:
    world = World(text=TEXT)
    for service in ("cart", "pay"):
        accept(world.engine, SENDER, [replace(named("A", service), labels={"alertname": "A"})])
    assert len(incidents(world)) == 2


def test_a_sender_has_so_many_incidents_of_unknown_services_and_one_for_all_further_ones() -> None:
    world = World(text=TEXT)

    post(world, [alert(number, f"unheard-of-{number}") for number in range(1000)])
    post(world, [alert(number, f"unheard-of-{number}") for number in range(1000)])

    assert len(incidents(world)) == MOST_UNKNOWN + 1
    assert len(pages(world)) == MOST_UNKNOWN + 1
    act(world.engine, "INC-3", Declined(reason="noise"), ANA)
    assert accept(world.engine, SENDER, [alert(1, "new-one")]).incidents == (f"INC-{MOST_UNKNOWN + 2}",)
    assert accept(world.engine, SENDER, [alert(1, "new-two")]).incidents == (f"INC-{MOST_UNKNOWN + 1}",)


def test_alerts_that_name_no_service_share_one_incident_of_their_sender() -> None:
    world = World(text=TEXT)

    post(world, [replace(alert(number, ""), labels={"alertname": f"A{number}"}) for number in range(500)])

    (incident,) = incidents(world)
    assert incident.services == ()
    assert len(pages(world)) == 1
