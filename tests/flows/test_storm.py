"""Alert storms, of real size: a handful of incidents, one page for each responder, and a timeline that can be read."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

import pytest
from tests.flows.world import ANA, CONFIGURATION, World

from tocsin.domain.incident.events import AlertFired, AlertsGrouped, Declined
from tocsin.domain.incident.membership import ONE_BY_ONE
from tocsin.domain.incident.state import Incident
from tocsin.domain.visibility import WORKER
from tocsin.flows import wake
from tocsin.flows.ingest import LEASES, MEMBERSHIP, Sender, accept, lapse, tell
from tocsin.flows.ports import InboundAlert
from tocsin.flows.respond import act
from tocsin.flows.storage import IncidentFilter, Job

SENDER = Sender(key="watch", team="core")
CAUSES = ("orders", "billing", "search", "mail", "login")
SERVICES = "\n".join(f"  {name}: {{name: {name.title()}, team: core}}" for name in CAUSES)
TEXT = CONFIGURATION.replace("services:\n", f"services:\n{SERVICES}\n")
BATCH = 64
STORM = 20_000


def alert(number: int, service: str = "shop", **more: object) -> InboundAlert:
    given = {"severity": "critical", "status": "firing", "summary": "5xx", **more}
    labels = {"alertname": "Errors", "service": service, "instance": f"node-{number}", "zone": f"z{number % 3}"}
    return InboundAlert(fingerprint=f"{service}/{number}", name="Errors", labels=labels, service=service, **given)  # type: ignore[arg-type]  # a test's own fields


def post(world: World, alerts: Sequence[InboundAlert], sender: Sender = SENDER) -> None:
    for start in range(0, len(alerts), BATCH):
        accept(world.engine, sender, alerts[start : start + BATCH])


def incidents(world: World) -> list[Incident]:
    with world.store.reading() as tx:
        return list(tx.list_incidents(WORKER, IncidentFilter(), limit=100).items)


def pages(world: World) -> list[Job]:
    return world.jobs("page")


def let_pass(world: World, minutes: int) -> None:
    """Move on half a minute at a time, and do what comes due."""
    for _ in range(minutes * 2):
        world.later(seconds=30)
        for timer in world.timers():
            wake.wake(
                world.engine,
                timer,
                {MEMBERSHIP: lambda t: tell(world.engine, t), LEASES: lambda t: lapse(world.engine, t)},
            )


def test_twenty_thousand_alerts_of_one_cause_are_one_incident_and_one_page_for_each_responder() -> None:
    world = World(text=TEXT)

    for start in range(0, STORM, STORM // 4):
        post(world, [alert(number) for number in range(start, start + STORM // 4)])
        let_pass(world, 1)

    (incident,) = incidents(world)
    assert [job.payload["to"] for job in pages(world)] == ["ana"]
    assert incident.membership is not None
    assert (incident.membership.total, incident.membership.firing) == (STORM, STORM)
    assert [(top.name, top.value) for top in incident.membership.top[:2]] == [
        ("alertname", "Errors"),
        ("service", "shop"),
    ]
    assert len(incident.alerts) == ONE_BY_ONE
    assert len(world.events(AlertFired)) == ONE_BY_ONE
    assert len(world.events()) <= 50


def test_a_storm_that_ends_is_told_in_numbers_too() -> None:
    world = World(text=TEXT)
    post(world, [alert(number) for number in range(1000)])
    let_pass(world, 1)
    post(world, [alert(number, status="resolved") for number in range(1000)])
    let_pass(world, 5)

    (incident,) = incidents(world)
    assert incident.membership is not None
    assert (incident.membership.total, incident.membership.firing) == (1000, 0)
    assert not any(one.firing for one in incident.alerts)
    told = [event.body for event in world.events(AlertsGrouped)]
    assert [(body.fired, body.ended) for body in told if isinstance(body, AlertsGrouped)] == [(980, 0), (0, 1000)]


def test_five_unrelated_causes_at_once_are_five_incidents() -> None:
    world = World(text=TEXT)

    post(world, [alert(number, CAUSES[number % 5]) for number in range(STORM // 4)])
    let_pass(world, 1)

    found = incidents(world)
    assert sorted(one.services for one in found) == sorted((name,) for name in CAUSES)
    assert all(one.membership and one.membership.total == STORM // 20 for one in found)
    assert sorted(job.incident for job in pages(world)) == sorted(one.id for one in found)


def test_a_second_cause_during_a_storm_pages_in_the_post_that_brings_it() -> None:
    world = World(text=TEXT)
    post(world, [alert(number) for number in range(2000)])
    assert len(pages(world)) == 1

    post(world, [*(alert(number) for number in range(2000, 2040)), alert(1, "billing"), alert(2040)])

    (second,) = pages(world)
    assert second.due == world.clock()
    assert {one.services for one in incidents(world)} == {("shop",), ("billing",)}


def test_an_alert_that_pages_raises_an_incident_that_woke_nobody() -> None:
    world = World(text=TEXT)
    post(world, [alert(number, severity="info") for number in range(3)])
    assert pages(world) == []

    post(world, [alert(3, severity="critical"), alert(4, severity="critical")])

    (incident,) = incidents(world)
    assert incident.severity == "SEV1"
    assert len(pages(world)) == 1


def test_a_storm_whose_sender_falls_silent_ends_with_its_leases() -> None:
    world = World(text=TEXT)
    end = world.clock() + timedelta(minutes=4)
    post(world, [alert(number, ends_at=end) for number in range(1500)])

    let_pass(world, 5)

    with world.store.reading() as tx:
        assert tx.firing_alerts() == []
        assert tx.next_lapse() is None
    let_pass(world, 5)
    (incident,) = incidents(world)
    assert incident.membership is not None
    assert incident.membership.firing == 0


def test_an_alert_that_comes_after_the_end_of_its_incident_opens_another() -> None:
    world = World(text=TEXT)
    post(world, [alert(1)])
    act(world.engine, world.incident().ref, Declined(reason="a test of the sensor"), ANA)

    post(world, [alert(1, status="resolved"), alert(2)])

    assert len(incidents(world)) == 2


@pytest.mark.parametrize("late", [0, 1])
def test_a_post_delivered_twice_or_late_changes_no_numbers(late: int) -> None:
    world = World(text=TEXT)
    alerts = [alert(number, starts_at=world.clock()) for number in range(200)]
    post(world, alerts)
    post(world, alerts[: 100 * (1 - late)])
    world.later(minutes=1)
    post(world, [alert(number, status="resolved", starts_at=world.clock()) for number in range(200)])
    post(world, alerts[100 * late :])
    let_pass(world, 2)

    (incident,) = incidents(world)
    assert incident.membership is not None
    assert (incident.membership.total, incident.membership.firing) == (200, 0)
