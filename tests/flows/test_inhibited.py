"""Alerts that another one explains are recorded and tell nobody while it fires, whatever is sent again or restarted."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from tests.flows.test_storm import SENDER, TEXT, incidents, pages
from tests.flows.world import World, catalogue

from tocsin.flows import wake
from tocsin.flows.configure import apply
from tocsin.flows.ingest import HELD, LEASES, Sender, accept, door_opens, lapse, release
from tocsin.flows.ports import InboundAlert
from tocsin.flows.storage import Heartbeat

RULES = """
inhibitions:
  down-explains-slow:
    source_matchers: [alertname=Down]
    target_matchers: ['severity="warning"']
    equal: [service]
"""
ALARMING = TEXT + RULES


def named(name: str, fingerprint: str = "", service: str = "billing", **more: Any) -> InboundAlert:
    given = {"severity": "critical", "status": "firing", **more}
    labels = {"alertname": name, "severity": given["severity"]}
    return InboundAlert(
        fingerprint=fingerprint or f"{service}/{name}", name=name, labels=labels, service=service, **given
    )


def slow(**more: Any) -> InboundAlert:
    return named("Slow", severity="warning", **more)


def tick(world: World) -> None:
    for timer in world.timers():
        looks = {HELD: lambda t: release(world.engine, t), LEASES: lambda t: lapse(world.engine, t)}
        wake.wake(world.engine, timer, looks)


def test_an_alert_that_another_explains_is_kept_and_opens_nothing() -> None:
    world = World(text=ALARMING)
    assert accept(world.engine, SENDER, [named("Down")]).incidents == ("INC-1",)

    done = accept(world.engine, SENDER, [slow(), slow(service="mail")])

    assert done.fired == ("billing/Slow", "mail/Slow")
    assert done.incidents == ("INC-2",)
    assert sorted(one.services for one in incidents(world)) == [("billing",), ("mail",)]
    with world.store.reading() as tx:
        assert tx.alerts("watch", ["billing/Slow"])["billing/Slow"].state.incident == ""


def test_cause_and_consequence_in_one_post_are_told_apart_whatever_their_order() -> None:
    world = World(text=ALARMING)
    accept(world.engine, SENDER, [slow(), named("Down")])
    (incident,) = incidents(world)
    assert [alert.name for alert in incident.alerts] == ["Down"]


def test_what_was_held_back_tells_as_soon_as_the_last_of_several_causes_is_over() -> None:
    world = World(text=ALARMING)
    accept(world.engine, SENDER, [named("Down", "a"), named("Down", "b")])
    other = Sender(key="other", team="core")
    accept(world.engine, other, [named("Down", "a")])
    accept(world.engine, SENDER, [slow()])

    for sender, name in ((SENDER, "a"), (other, "a")):
        accept(world.engine, sender, [named("Down", name, status="resolved")])
        tick(world)
        assert [alert.name for alert in world.incident("INC-1").alerts] == ["Down"] * 3

    accept(world.engine, SENDER, [named("Down", "b", status="resolved")])
    tick(world)
    assert [alert.name for alert in world.incident("INC-1").alerts] == ["Down"] * 3 + ["Slow"]


def test_an_inhibited_alert_pages_nobody_when_everything_starts_again() -> None:
    world = World(text=ALARMING)
    accept(world.engine, SENDER, [named("Down"), slow()])
    assert len(pages(world)) == 1

    again = World(store=world.store, text=ALARMING)
    accept(again.engine, SENDER, [slow()])
    tick(again)
    accept(again.engine, SENDER, [slow(), named("Down")])

    assert [one.alerts[0].name for one in incidents(again)] == ["Down"]
    assert pages(again) == []


def test_rules_that_change_hold_back_what_fires_already() -> None:
    world = World(text=TEXT)
    accept(world.engine, SENDER, [named("Down", service="orders")])
    apply(world.engine, catalogue(ALARMING), "cat")

    assert accept(world.engine, SENDER, [slow(service="orders")]).incidents == ()

    apply(world.engine, catalogue(TEXT), "cat")
    world.later(minutes=1)
    tick(world)
    assert [alert.name for alert in world.incident("INC-1").alerts] == ["Down", "Slow"]


def test_a_cause_that_falls_silent_holds_nothing_back_any_longer() -> None:
    world = World(text=ALARMING)
    end = world.clock() + timedelta(minutes=4)
    accept(world.engine, SENDER, [named("Down", ends_at=end), slow()])

    world.later(minutes=5)
    tick(world)
    tick(world)

    assert [alert.name for alert in world.incident("INC-1").alerts] == ["Down", "Slow"]


def test_a_cause_whose_lease_ran_out_while_the_door_was_shut_still_holds_back() -> None:
    world = World(text=ALARMING)
    end = world.clock() + timedelta(minutes=4)
    accept(world.engine, SENDER, [named("Down", ends_at=end), slow(ends_at=end)])
    with world.store.reading() as tx:
        now = tx.now()
    world.store.beat(Heartbeat(process="serve-1", role="serve", at=now))
    assert len(pages(world)) == 1

    world.later(hours=3)
    tick(world)
    with world.store.transaction() as tx:
        door_opens(tx)
        now = tx.now()
    world.store.beat(Heartbeat(process="serve-2", role="serve", at=now))
    tick(world)
    later = world.clock() + timedelta(minutes=4)
    accept(world.engine, SENDER, [slow(ends_at=later)])
    accept(world.engine, SENDER, [named("Down", ends_at=later)])
    tick(world)

    assert [alert.name for alert in world.incident("INC-1").alerts] == ["Down"]


@pytest.mark.parametrize("status", ["resolved", "firing"])
def test_an_alert_whose_labels_change_stands_elsewhere(status: str) -> None:
    world = World(text=ALARMING)
    accept(world.engine, SENDER, [named("Down", "a"), slow()])
    accept(world.engine, SENDER, [named("Up", "a", status=status)])
    tick(world)
    assert [alert.name for alert in world.incident("INC-1").alerts][-1] == "Slow"
