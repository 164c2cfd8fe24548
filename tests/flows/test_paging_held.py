"""Paging stands still while nothing of an incident's alerts is to be told, and goes on as soon as something is."""

from __future__ import annotations

from datetime import timedelta

import pytest
from msgspec.structs import replace
from tests.flows.test_held_back import silenced
from tests.flows.test_storm import SENDER, TEXT, alert, incidents, let_pass, post
from tests.flows.world import ANA, World

from tocsin.domain.incident.events import Accepted, AlertFired, PagingHeld
from tocsin.domain.incident.outlook import outlook
from tocsin.domain.incident.step.holding import LEFT
from tocsin.flows import wake
from tocsin.flows.escalation import snooze
from tocsin.flows.ingest import accept
from tocsin.flows.policies import policy_of
from tocsin.flows.queries.why import why
from tocsin.flows.respond import act, merge
from tocsin.flows.silences import expire
from tocsin.flows.storage import Timer

SLOW = "\nrouting:\n  routes:\n    slow: {matchers: [alertname=Errors], group_wait: 2m}\n"
INHIBITED = (
    SLOW
    + "\ninhibitions:\n  down: {source_matchers: [alertname=NodeDown], target_matchers: [alertname=Errors], equal: [zone]}\n"
)
MAINTENANCE = (
    '\nmaintenance:\n  move: {services: [orders], starts: "2026-01-05T12:02:00Z", ends: "2026-01-05T12:40:00Z"}\n'
)
MUTED = (
    "\ntime_intervals:\n  evening: {any_of: [{times: ['12:30-14:00']}]}"
    "\nrouting:\n  routes:\n    all: {matchers: [alertname=Errors], policy: short, group_interval: 7m, repeat_interval: 1h,"
    " mute_time_intervals: [evening]}\n"
)
SHORT = TEXT.replace(
    "\nservices:", '\n  short: {steps: [{targets: ["person:ana"], wait: 5m}], repeats: 0, again_times: 0}\nservices:'
)
ALL = 'alertname="Errors"'


def paged(world: World, minutes: int = 0) -> list[str]:
    """Return whom the pages of so many minutes went to, one after the other."""
    before = len(world.paged())
    let_pass(world, minutes)
    world.send_pages()
    return world.paged()[before:]


def fired(text: str = TEXT, *, first: str = "ana") -> World:
    """Return a world in which an alert fired and paged."""
    world = World(text=text)
    accept(world.engine, SENDER, [alert(1, "orders")])
    assert paged(world) == ([first] if first else [])
    return world


def held(world: World) -> list[str]:
    return [event.body.because for event in world.events(PagingHeld) if isinstance(event.body, PagingHeld)]


def test_what_is_silenced_while_its_group_is_waited_for_wakes_nobody_until_the_silence_is_over() -> None:
    world = fired(TEXT + SLOW, first="")
    world.later(seconds=30)
    silenced(world, ALL, 60)

    assert paged(world, 30) == []
    assert held(world) == ["silence s1"]
    assert paged(world, 32) == ["ana"]


def test_the_cause_that_comes_while_its_group_is_waited_for_holds_back_the_page_of_what_follows() -> None:
    world = fired(TEXT + INHIBITED, first="")
    world.later(seconds=10)
    cause = replace(alert(4, "mail"), name="NodeDown", labels={"alertname": "NodeDown", "zone": "z1"})
    accept(world.engine, SENDER, [cause])
    assert paged(world) == ["ana"]

    assert paged(world, 20) == ["bo", "ana", "bo"]
    (waiting,) = (one for one in incidents(world) if one.services == ("orders",))
    assert waiting.paging.level < 0
    accept(world.engine, SENDER, [replace(cause, status="resolved")])
    assert paged(world, 2) == ["ana"]


@pytest.mark.parametrize("how", ["silence", "maintenance"])
def test_an_escalation_waits_for_the_end_of_a_silence_or_of_maintenance_and_goes_on_where_it_stood(how: str) -> None:
    world = fired(TEXT + (MAINTENANCE if how == "maintenance" else ""))
    if how == "silence":
        silenced(world, ALL, 40)

    assert paged(world, 38) == []
    assert held(world) == ["silence s1" if how == "silence" else "maintenance move"]
    assert paged(world, 3) == ["bo"]
    assert paged(world, 11) == ["ana"]


def test_a_silence_that_ends_early_lets_paging_go_on_within_a_minute() -> None:
    world = fired()
    silenced(world, ALL, 600)
    assert paged(world, 30) == []

    expire(world.engine, "s1", ANA.actor)
    assert paged(world, 1) == ["bo"]


def test_a_repetition_waits_for_its_routes_hours() -> None:
    world = fired(SHORT + MUTED)
    assert paged(world, 29) == ["cat"]

    assert paged(world, 85) == []
    assert held(world) == ["its route is muted now (evening)"]
    assert paged(world, 9) == ["ana"]


def test_one_alert_that_is_not_silenced_is_enough_to_go_on() -> None:
    world = fired()
    accept(world.engine, SENDER, [alert(2, "orders")])
    silenced(world, 'instance="node-1"', 60)
    assert paged(world, 6) == ["bo"]


def test_an_alert_that_joins_and_is_not_silenced_lets_paging_go_on_at_once() -> None:
    world = fired()
    silenced(world, 'instance="node-1"', 60)
    assert paged(world, 10) == []

    accept(world.engine, SENDER, [alert(2, "orders")])
    for timer in world.timers():
        wake.wake(world.engine, timer, {})
    assert paged(world) == ["bo"]


def test_of_many_alerts_each_is_asked_before_paging_stands_still() -> None:
    world = World(text=TEXT)
    post(world, [alert(number, "orders") for number in range(60)])
    assert paged(world) == ["ana"]
    silenced(world, 'instance=~"node-[1-5]?[0-8]"', 60)
    assert paged(world, 6) == ["bo"]
    silenced(world, ALL, 60)
    assert paged(world, 30) == []


def test_people_who_say_that_it_is_an_incident_are_paged_for_it_whatever_is_silenced() -> None:
    world = fired()
    silenced(world, ALL, 600)
    assert paged(world, 10) == []
    act(world.engine, world.incident().ref, Accepted(), ANA)
    assert paged(world, 2) == ["bo"]


def test_a_declared_incident_is_not_held_back_by_a_silence() -> None:
    world = World(text=TEXT)
    world.declare("Orders fail", severity="SEV1", services=("orders",))
    silenced(world, ALL, 600)
    assert paged(world, 6) == ["ana", "bo"]


def test_that_paging_stands_still_is_one_entry_and_is_told_where_it_is_asked() -> None:
    world = fired()
    silenced(world, ALL, 600)
    assert paged(world, 300) == []

    assert held(world) == ["silence s1"]
    incident = world.incident()
    with world.store.reading() as tx:
        seen = outlook(incident, policy_of(tx, incident.pack))
    assert (seen.state, seen.next_at) == ("held", None)
    assert "silence s1" in seen.text
    reasons = [decision.sentence for decision in why(world.engine, ANA.viewer, incident.ref, "bo").decisions]
    assert any("Paging is held back: silence s1" in sentence for sentence in reasons)


def test_a_snooze_that_ends_in_a_silence_pages_nobody_until_that_is_over() -> None:
    world = fired()
    snooze(world.engine, "INC-1", ANA, lasting=timedelta(minutes=10))
    silenced(world, ALL, 60)
    assert paged(world, 50) == []
    incident = world.incident()
    with world.store.reading() as tx:
        assert outlook(incident, policy_of(tx, incident.pack)).state == "held"
    assert paged(world, 11) == ["ana"]


def ended(world: World, number: int = 1) -> None:
    accept(world.engine, SENDER, [alert(number, "orders", status="resolved")])


def test_once_every_alert_has_ended_nobody_else_is_woken() -> None:
    world = fired()
    world.later(minutes=1)
    ended(world)

    assert paged(world, 180) == []
    assert held(world) == ["every alert has ended"]
    assert world.incident().open


def test_what_has_ended_is_looked_at_ever_more_rarely() -> None:
    world = fired()
    ended(world)
    paged(world, 5)
    looks: list[int] = []
    for minute in range(0, 20 * 60, 15):
        looks += [minute for timer in world.timers() if timer.name == "escalate" and look(world, timer)]
        world.later(minutes=15)
    assert looks == [15, 30, 60, 120, 240, 480, 840]

    accept(world.engine, SENDER, [alert(1, "orders")])
    assert paged(world, 1) == ["bo"]


def look(world: World, timer: Timer) -> bool:
    wake.wake(world.engine, timer, {})
    return True


def test_paging_goes_on_where_it_stood_when_an_alert_fires_again() -> None:
    world = fired()
    ended(world)
    assert paged(world, 30) == []

    accept(world.engine, SENDER, [alert(1, "orders")])
    assert len(world.events(AlertFired)) == 2
    assert paged(world, 1) == ["bo"]
    assert paged(world, 11) == ["ana"]


def test_one_of_many_that_fires_again_unseen_lets_paging_go_on() -> None:
    world = World(text=TEXT)
    many = [alert(number, "orders") for number in range(40)]
    post(world, many)
    assert paged(world) == ["ana"]
    post(world, [replace(one, status="resolved") for one in many])
    assert paged(world, 30) == []

    accept(world.engine, SENDER, [many[-1]])
    assert paged(world, 8) == ["bo"]


def test_many_that_fire_again_before_their_end_was_told_let_paging_go_on_at_once() -> None:
    world = World(text=TEXT)
    silenced(world, 'alertname="Other"', 600)
    many = [alert(number, "orders") for number in range(40)]
    post(world, many)
    assert paged(world, 4) == ["ana"]
    world.later(seconds=50)
    post(world, [replace(one, status="resolved") for one in many])
    world.later(seconds=15)
    wake_paging(world)
    assert held(world) == ["every alert has ended"]

    post(world, many)
    wake_paging(world)
    assert paged(world) == ["bo"]


def wake_paging(world: World) -> None:
    """Do what comes due now, but tell no numbers."""
    for timer in world.timers():
        if timer.name != "tell":
            wake.wake(world.engine, timer, {})


def test_while_one_alert_fires_the_escalation_goes_on() -> None:
    world = fired()
    accept(world.engine, SENDER, [alert(2, "orders")])
    ended(world)
    assert paged(world, 6) == ["bo"]


def test_a_sender_that_fell_silent_ends_no_escalation() -> None:
    world = World(text=TEXT)
    accept(world.engine, SENDER, [alert(1, "orders", ends_at=world.clock() + timedelta(minutes=3))])
    assert paged(world) == ["ana"]
    assert paged(world, 6) == ["bo"]
    with world.store.reading() as tx:
        assert tx.firing_alerts() == []


def test_an_alert_that_ends_and_fires_again_in_a_silence_goes_on_waking_nobody() -> None:
    world = fired()
    silenced(world, ALL, 120)
    ended(world)
    world.later(minutes=1)
    accept(world.engine, SENDER, [alert(1, "orders")])
    assert paged(world, 60) == []
    assert held(world) == [LEFT]


def test_an_alert_that_comes_with_an_incident_merged_into_it_lets_paging_go_on_at_once() -> None:
    world = fired()
    ended(world)
    assert paged(world, 6) == []
    accept(world.engine, SENDER, [alert(2, "mail")])
    assert paged(world) == ["ana"]

    merge(world.engine, "INC-2", "INC-1", ANA)
    assert paged(world, 1) == ["bo"]


def test_people_who_accept_what_was_held_are_paged_at_once() -> None:
    world = fired()
    ended(world)
    assert paged(world, 6) == []
    act(world.engine, "INC-1", Accepted(), ANA)
    reasons = [decision.sentence for decision in why(world.engine, ANA.viewer, "INC-1", "bo").decisions]
    assert not any("while this holds" in sentence for sentence in reasons)
    assert paged(world, 1) == ["bo"]
