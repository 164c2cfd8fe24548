"""Alerts that are silenced, or of a service under maintenance, are recorded and tell nobody until that is over."""

from __future__ import annotations

from datetime import timedelta

from tests.flows.test_storm import SENDER, TEXT, alert, incidents, pages
from tests.flows.world import ANA, World

from tocsin.domain.alerts.matchers import parse_matcher
from tocsin.domain.alerts.silences import Terms, silence
from tocsin.domain.incident.events import Declined
from tocsin.flows.ingest import accept, release
from tocsin.flows.respond import act
from tocsin.flows.silences import expire

MAINTENANCE = (
    '\nmaintenance:\n  move: {services: [billing], starts: "2026-01-05T11:00:00Z", ends: "2026-01-05T12:10:00Z"}\n'
)


def silenced(world: World, matcher: str, minutes: int) -> None:
    now = world.clock()
    terms = Terms(
        matchers=(parse_matcher(matcher),), starts_at=now, ends_at=now + timedelta(minutes=minutes), comment="a move"
    )
    with world.store.transaction() as tx:
        tx.put_silence(silence("s1", terms, "ana", now))


def test_a_silenced_alert_is_recorded_and_opens_its_incident_when_the_silence_is_over() -> None:
    world = World(text=TEXT)
    silenced(world, 'instance="node-1"', 10)

    done = accept(world.engine, SENDER, [alert(1)])
    assert (done.fired, done.incidents) == (("shop/1",), ())
    accept(world.engine, SENDER, [alert(1)])
    assert (incidents(world), pages(world)) == ([], [])
    with world.store.reading() as tx:
        assert [state.fingerprint for state in tx.firing_alerts()] == ["shop/1"]

    world.later(minutes=11)
    again = accept(world.engine, SENDER, [alert(1)])
    assert again.refreshed == ("shop/1",)
    assert again.incidents == ("INC-1",)
    assert len(pages(world)) == 1
    assert accept(world.engine, SENDER, [alert(1)]).incidents == ()


def look(world: World) -> None:
    for timer in world.timers("release"):
        release(world.engine, timer)


def test_what_was_silenced_tells_when_the_silence_ends_though_nobody_reports_it_again() -> None:
    world = World(text=TEXT)
    silenced(world, 'instance="node-1"', 10)
    accept(world.engine, SENDER, [alert(1)])

    world.later(minutes=9)
    look(world)
    assert pages(world) == []

    world.later(minutes=1)
    look(world)
    assert [one.fingerprint for one in incidents(world)[0].alerts] == ["shop/1"]
    assert len(pages(world)) == 1
    look(world)
    assert world.timers() == []


def test_a_silence_that_somebody_ends_early_lets_go_at_once() -> None:
    world = World(text=TEXT)
    silenced(world, 'instance="node-1"', 60)
    accept(world.engine, SENDER, [alert(1)])

    expire(world.engine, "s1", ANA.actor)
    look(world)

    assert [one.services for one in incidents(world)] == [("shop",)]


def test_alerts_of_the_night_tell_when_the_route_opens_in_the_morning() -> None:
    hours = """
routing:
  routes:
    batch: {matchers: [alertname=Errors], active_time_intervals: [day]}
time_intervals:
  day: {any_of: [{times: ["12:05-20:00"]}]}
"""
    world = World(text=TEXT + hours)
    accept(world.engine, SENDER, [alert(number) for number in range(700)])
    for _ in range(4):
        world.later(minutes=1)
        look(world)
        assert incidents(world) == []

    world.later(minutes=1)
    look(world)

    (incident,) = incidents(world)
    with world.store.reading() as tx:
        assert tx.tally([incident.id]).firing == 700
    assert len(pages(world)) == 1


def test_an_alert_that_fires_again_while_it_is_silenced_leaves_its_old_incident() -> None:
    world = World(text=TEXT)
    accept(world.engine, SENDER, [alert(1)])
    accept(world.engine, SENDER, [alert(1, status="resolved")])
    act(world.engine, "INC-1", Declined(reason="nothing"), ANA)
    world.later(minutes=20)
    silenced(world, 'instance="node-1"', 10)
    assert accept(world.engine, SENDER, [alert(1)]).incidents == ()

    world.later(minutes=10)
    look(world)

    assert len(incidents(world)) == 2


def test_a_silence_holds_back_what_it_names_and_nothing_else() -> None:
    world = World(text=TEXT)
    silenced(world, 'instance="node-1"', 10)
    done = accept(world.engine, SENDER, [alert(1), alert(2)])
    assert done.incidents == ("INC-1",)
    assert [one.fingerprint for one in incidents(world)[0].alerts] == ["shop/2"]


def test_an_alert_that_ends_while_it_is_held_back_told_nobody() -> None:
    world = World(text=TEXT)
    silenced(world, 'instance="node-1"', 10)
    accept(world.engine, SENDER, [alert(1)])
    accept(world.engine, SENDER, [alert(1, status="resolved")])
    world.later(minutes=11)
    assert incidents(world) == []


def test_a_service_under_maintenance_tells_nobody() -> None:
    world = World(text=TEXT + MAINTENANCE)
    assert accept(world.engine, SENDER, [alert(1, "billing"), alert(1, "mail")]).incidents == ("INC-1",)
    world.later(minutes=10)
    look(world)
    assert sorted(one.services for one in incidents(world)) == [("billing",), ("mail",)]
