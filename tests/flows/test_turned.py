"""An alert that fires already and comes again worse, or for others, is news; one that comes again in other words is not."""

from __future__ import annotations

from datetime import timedelta

import pytest
from msgspec.structs import replace
from tests.flows.test_held_back import look, silenced
from tests.flows.test_storm import SENDER, TEXT, alert, incidents, let_pass, pages
from tests.flows.world import ANA, World

from tocsin.domain.alerts.fold import AlertState
from tocsin.domain.incident.events import AlertCleared, AlertFired, Declined, EventBody, PrivacyChanged, SeverityChanged
from tocsin.flows.ingest import Accepted, accept
from tocsin.flows.ports import InboundAlert
from tocsin.flows.respond import act, merge

MAIL = alert(1, "mail")


def told(world: World, *alerts: InboundAlert) -> Accepted:
    return accept(world.engine, SENDER, alerts)


def kept(world: World, fingerprint: str) -> AlertState:
    with world.store.reading() as tx:
        return tx.alerts(SENDER.key, [fingerprint])[fingerprint].state


def woken(world: World) -> list[object]:
    return [job.payload["to"] for job in pages(world)]


def lines(world: World, ref: str, kind: type[EventBody]) -> int:
    with world.store.reading() as tx:
        return sum(isinstance(event.body, kind) for event in tx.events(tx.resolve_ref(ref)))


def for_orders(one: InboundAlert) -> InboundAlert:
    """The alert, now of another service."""
    return replace(one, service="orders", labels={**one.labels, "service": "orders"})


@pytest.mark.parametrize("before", ["info", "no word we know"])
def test_an_alert_that_comes_again_critical_raises_its_incident_and_wakes_somebody(before: str) -> None:
    world = World(text=TEXT)
    told(world, alert(1, severity="info"))
    assert woken(world) == []
    told(world, alert(1, severity=before))

    done = told(world, alert(1, severity="critical"))

    assert (done.refreshed, done.fired, done.incidents) == (("shop/1",), (), ("INC-1",))
    assert (world.incident().severity, woken(world)[:1]) == ("SEV1", ["ana"])
    assert len(world.events(AlertFired)) == 1


def test_an_alert_that_first_fires_and_worsens_in_one_batch_is_as_severe_as_it_became() -> None:
    world = World(text=TEXT)
    told(world, alert(1, severity="info"), alert(1, severity="critical"))
    assert (world.incident().severity, woken(world)) == ("SEV1", ["ana"])


def test_milder_or_in_other_words_it_goes_on_as_before() -> None:
    world = World(text=TEXT)
    told(world, alert(1, severity="error"))
    before = world.events()
    for again in (
        alert(1, severity="info"),
        alert(1, severity="info", summary="6xx"),
        alert(1, severity="info", annotations={"a": "b"}),
    ):
        assert told(world, again).incidents == ()
    assert world.events() == before
    assert kept(world, "shop/1").severity == "info"


def test_an_alert_whose_severity_flaps_fills_no_timeline() -> None:
    world = World(text=TEXT)
    for number in range(100):
        told(world, alert(1, severity="critical" if number % 2 else "info"))
    assert len(world.events(SeverityChanged)) == 1
    assert len(world.events(AlertFired)) == 1
    assert len(world.events()) <= 50
    assert woken(world) == ["ana"]


def test_a_worse_alert_does_not_hide_where_people_hold_all_for_a_lesser_matter() -> None:
    world = World(text=TEXT)
    told(world, alert(1, severity="info"))
    act(world.engine, "INC-1", SeverityChanged(severity="SEV4", reason="a certificate that ends in a month"), ANA)

    assert told(world, alert(1)).incidents == ("INC-2",)

    new, old = incidents(world)
    assert (new.severity, [one.firing for one in new.alerts]) == ("SEV1", [True])
    assert (old.severity, [one.firing for one in old.alerts]) == ("SEV4", [False])
    assert kept(world, "shop/1").incident == new.id
    assert told(world, alert(1, severity="info")).incidents == ()
    assert told(world, alert(1)).incidents == ("INC-2",)
    assert len(incidents(world)) == 2


def test_a_worse_alert_of_an_incident_that_people_are_done_with_opens_another() -> None:
    world = World(text=TEXT)
    told(world, alert(1, severity="info"))
    act(world.engine, "INC-1", Declined(reason="noise"), ANA)
    assert told(world, alert(1, severity="info")).incidents == ()
    assert told(world, alert(1)).incidents == ("INC-2",)
    assert woken(world) == ["ana"]


def test_an_alert_that_moves_to_another_service_moves_to_its_incident_and_both_are_told() -> None:
    world = World(text=TEXT)
    told(world, MAIL)

    assert told(world, for_orders(MAIL)).incidents == ("INC-2",)

    new, old = incidents(world)
    assert (old.services, [one.firing for one in old.alerts]) == (("mail",), [False])
    assert (new.services, [one.firing for one in new.alerts]) == (("orders",), [True])
    assert lines(world, "INC-1", AlertCleared) == 1
    assert told(world, for_orders(replace(MAIL, status="resolved"))).resolved == ("mail/1",)
    assert lines(world, "INC-2", AlertCleared) == 1


def test_an_alert_that_moves_to_a_service_nobody_knows_moves_to_its_incident() -> None:
    world = World(text=TEXT)
    told(world, MAIL)
    cart = replace(MAIL, service="cart", labels={**MAIL.labels, "service": "cart"})
    assert told(world, cart).incidents == ("INC-2",)
    assert told(world, replace(cart, service="pay", labels={**cart.labels, "service": "pay"})).incidents == ("INC-3",)
    assert [[one.firing for one in each.alerts] for each in incidents(world)] == [[True], [False], [False]]


def test_an_alert_that_moves_to_and_fro_fires_where_it_is() -> None:
    world = World(text=TEXT)
    for number in range(60):
        told(world, for_orders(MAIL) if number % 2 else MAIL)
        let_pass(world, 1)
    let_pass(world, 10)  # by then the numbers are told
    new, old = incidents(world)
    assert ([one.firing for one in new.alerts], [one.firing for one in old.alerts]) == ([True], [False])
    assert all(lines(world, ref, AlertFired) <= 20 for ref in ("INC-1", "INC-2"))


def test_what_was_merged_is_raised_where_it_went_on() -> None:
    world = World(text=TEXT)
    told(world, alert(1, "mail", severity="info"), alert(1, "orders", severity="info"))
    merge(world.engine, "INC-1", "INC-2", ANA)

    assert told(world, alert(1, "mail")).incidents == ("INC-2",)

    assert world.incident("INC-2").severity == "SEV1"
    assert lines(world, "INC-2", AlertCleared) == 0


def test_an_alert_of_a_private_incident_stays_in_it() -> None:
    world = World(text=TEXT)
    told(world, alert(1, "mail", severity="info"))
    act(world.engine, "INC-1", PrivacyChanged(private=True), ANA)

    assert told(world, MAIL).incidents == ()
    assert told(world, for_orders(MAIL)).incidents == ()

    assert [one.severity for one in incidents(world)] == ["SEV1"]


def test_a_worse_alert_that_is_silenced_tells_when_the_silence_is_over() -> None:
    world = World(text=TEXT)
    told(world, alert(1, severity="info"))
    silenced(world, 'alertname="Errors"', 10)

    assert told(world, alert(1)).incidents == ()
    assert (world.incident().severity, woken(world)) == ("SEV4", [])

    world.later(minutes=11)
    look(world)
    assert (world.incident().severity, woken(world)) == ("SEV1", ["ana"])
    assert world.clock() - world.incident().recorded_at >= timedelta(minutes=11)
