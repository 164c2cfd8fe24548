"""Alerts that are silenced, or of a service under maintenance, are recorded and tell nobody until that is over."""

from __future__ import annotations

from datetime import timedelta

from tests.flows.test_storm import SENDER, TEXT, alert, incidents, pages
from tests.flows.world import World

from tocsin.domain.alerts.matchers import parse_matcher
from tocsin.domain.alerts.silences import Terms, silence
from tocsin.flows.ingest import accept

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
    world.later(minutes=15)
    assert accept(world.engine, SENDER, [alert(1, "billing")]).incidents == ("INC-2",)
