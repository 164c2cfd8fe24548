"""What a route says is what happens: whose policies page, when, how often, and which alerts are one incident."""

from __future__ import annotations

import pytest
from tests.flows.test_storm import SENDER, TEXT, alert, incidents, let_pass, pages
from tests.flows.world import ANA, BO, World

from tocsin.domain.incident.events import Acknowledged, PolicyAdded
from tocsin.domain.incident.state import Incident
from tocsin.flows.ingest import accept
from tocsin.flows.respond import act

POLICIES = """
  second: {steps: [{targets: ["person:bo"], wait: 5m}]}
  third: {steps: [{targets: ["person:cat"], wait: 5m}], again_times: 0}
services:"""
PEOPLE = TEXT.replace("\nservices:", POLICIES)


def world(routing: str) -> World:
    return World(text=PEOPLE + "\nrouting:\n  routes:\n" + routing)


def paged(world: World) -> list[str]:
    return sorted(str(job.payload["to"]) for job in pages(world))


def only(world: World) -> Incident:
    (incident,) = incidents(world)
    return incident


def test_a_route_names_who_is_paged() -> None:
    told = world('    mail: {matchers: [service="mail"], policy: second}\n')
    accept(told.engine, SENDER, [alert(1, "mail")])
    assert paged(told) == ["bo"]
    assert only(told).policies == ("second",)
    accept(told.engine, SENDER, [alert(1, "orders")])
    assert paged(told) == ["ana"]


def test_every_route_of_a_chain_is_followed() -> None:
    told = world(
        "    all: {matchers: [alertname=Errors], policy: third, continue: true}\n"
        '    mail: {matchers: [service="mail"], policy: second, continue: true}\n'
        '    own: {matchers: [service="mail"]}\n'
        "    never: {matchers: [service=mail], policy: second}\n"
    )
    accept(told.engine, SENDER, [alert(number, "mail") for number in range(3)])

    assert only(told).policies == ("third", "second", "default")
    assert paged(told) == ["ana", "bo", "cat"]
    with told.store.reading() as tx:
        groups = tx.groups(['all/{service="mail"}', 'mail/{service="mail"}', 'own/{service="mail"}'])
    assert {group.incident for group in groups.values()} == {only(told).id}
    assert len(groups) == 3


def test_an_alert_that_joins_by_another_route_pages_whom_that_names_and_nobody_twice() -> None:
    told = world("    slow: {matchers: [alertname=Slow], policy: second}\n    own: {matchers: [alertname=Errors]}\n")
    accept(told.engine, SENDER, [alert(1)])
    assert paged(told) == ["ana"]

    slow = alert(2)
    slow.labels["alertname"] = "Slow"  # type: ignore[index]  # a test's own dictionary
    accept(told.engine, SENDER, [slow])
    assert paged(told) == ["bo"]
    accept(told.engine, SENDER, [slow])
    assert paged(told) == []
    assert len(told.events(PolicyAdded)) == 1
    assert only(told).policies == ("default", "second")


def test_whom_a_further_route_names_hears_of_it_although_somebody_else_has_it() -> None:
    told = world("    slow: {matchers: [zone=z2], policy: second}\n")
    accept(told.engine, SENDER, [alert(1)])
    pages(told)
    act(told.engine, "INC-1", Acknowledged(person="ana"), ANA)

    accept(told.engine, SENDER, [alert(2)])

    assert paged(told) == ["bo"]
    assert only(told).paging.acknowledged_by == "ana"


def test_a_muted_route_of_a_chain_takes_no_part_while_the_others_tell() -> None:
    told = world(
        "    night: {matchers: [alertname=Errors], policy: second, active_time_intervals: [night], continue: true}\n"
        "    own: {matchers: [alertname=Errors], policy: third}\n"
        "time_intervals:\n  night: {any_of: [{times: ['22:00-06:00']}]}\n"
    )
    accept(told.engine, SENDER, [alert(1)])
    assert paged(told) == ["cat"]


def test_a_group_that_waits_is_open_at_once_and_pages_when_the_wait_is_over() -> None:
    told = world("    slow: {matchers: [alertname=Errors], group_wait: 2m}\n")
    accept(told.engine, SENDER, [alert(1)])
    let_pass(told, 1)
    accept(told.engine, SENDER, [alert(2)])
    assert (len(incidents(told)), pages(told)) == (1, [])

    let_pass(told, 1)
    assert paged(told) == ["ana"]


def test_a_group_whose_alerts_end_before_the_wait_is_over_wakes_nobody_until_one_fires_again() -> None:
    told = world("    slow: {matchers: [alertname=Errors], group_wait: 2m}\n")
    accept(told.engine, SENDER, [alert(1)])
    accept(told.engine, SENDER, [alert(1, status="resolved")])
    let_pass(told, 3)
    assert pages(told) == []

    accept(told.engine, SENDER, [alert(2)])
    let_pass(told, 1)
    assert pages(told) == []
    let_pass(told, 1)
    assert paged(told) == ["ana"]


def test_an_alert_that_has_fired_longer_than_the_wait_pages_at_once() -> None:
    told = world("    slow: {matchers: [alertname=Errors], group_wait: 2m}\n")
    start = told.clock()
    told.later(minutes=3)
    accept(told.engine, SENDER, [alert(1, starts_at=start)])
    assert paged(told) == ["ana"]


@pytest.mark.parametrize("acknowledged", [False, True])
def test_what_nobody_answers_is_paged_again_on_the_beat_of_its_group(*, acknowledged: bool) -> None:
    told = world("    all: {matchers: [alertname=Errors], policy: third, group_interval: 7m, repeat_interval: 1h}\n")
    accept(told.engine, SENDER, [alert(1)])
    let_pass(told, 20)  # one round and its repetition, then the catch-all
    told.send_pages()
    assert told.paged() == ["cat"] * 3
    if acknowledged:
        act(told.engine, "INC-1", Acknowledged(person="bo"), BO)

    let_pass(told, 40)
    assert told.send_pages() == []
    let_pass(told, 4)
    assert told.send_pages() == ([] if acknowledged else ["delivered"])


def test_what_comes_long_after_the_last_alert_of_a_group_is_another_incident() -> None:
    told = world("    all: {matchers: [alertname=Errors], group_window: 10m}\n")
    accept(told.engine, SENDER, [alert(1)])
    told.later(minutes=9)
    accept(told.engine, SENDER, [alert(2)])
    told.later(minutes=9)
    accept(told.engine, SENDER, [alert(3)])
    assert len(incidents(told)) == 1

    told.later(minutes=11)
    assert accept(told.engine, SENDER, [alert(4)]).incidents == ("INC-2",)
    assert accept(told.engine, SENDER, [alert(5)]).incidents == ("INC-2",)


def test_groups_that_services_do_not_tell_apart_are_one_incident() -> None:
    told = world("    all: {matchers: [alertname=Errors], group_by: [alertname]}\n")
    accept(told.engine, SENDER, [alert(number, name) for number, name in enumerate(("orders", "mail", "login"))])
    assert len(incidents(told)) == 1


NEEDS = PEOPLE.replace("  mail: {name: Mail,", "  mail: {name: Mail, depends_on: [login],").replace(
    "  login: {name: Login,", "  login: {name: Login, depends_on: [orders],"
)


def test_alerts_of_services_that_need_what_broke_join_its_incident() -> None:
    told = World(text=NEEDS)
    accept(told.engine, SENDER, [alert(1, "orders")])
    accept(told.engine, SENDER, [alert(1, "mail"), alert(1, "login"), alert(1, "search")])
    assert sorted(one.services for one in incidents(told)) == [("orders",), ("search",)]
    assert paged(told) == ["ana", "ana"]


def test_whose_service_follows_is_paged_by_their_own_policy_for_the_one_incident() -> None:
    text = NEEDS.replace("teams:\n", "teams:\n  post: {name: Post, pack: platform, policy: second, members: [bo]}\n")
    told = World(text=text.replace("depends_on: [login], team: core", "depends_on: [login], team: post"))
    accept(told.engine, SENDER, [alert(1, "orders")])
    assert paged(told) == ["ana"]
    accept(told.engine, SENDER, [alert(number, "mail") for number in range(5)])
    assert paged(told) == ["bo"]
    assert only(told).policies == ("default", "second")


def test_what_breaks_later_than_the_window_is_an_incident_of_its_own_and_related() -> None:
    told = World(text=NEEDS + "\nrouting: {dependents_window: 5m}\n")
    accept(told.engine, SENDER, [alert(1, "orders")])
    told.later(minutes=6)
    accept(told.engine, SENDER, [alert(1, "mail")])
    assert [one.related for one in incidents(told)] == [(), ()]


def test_what_is_only_to_be_related_says_so_whichever_broke_first() -> None:
    told = World(text=NEEDS + "\nrouting: {dependents: relate}\n")
    accept(told.engine, SENDER, [alert(1, "login")])
    accept(told.engine, SENDER, [alert(1, "orders")])
    accept(told.engine, SENDER, [alert(1, "mail")])
    by_service = {one.services[0]: one for one in incidents(told)}
    ids = {name: one.id for name, one in by_service.items()}
    assert by_service["orders"].related == ((ids["login"], "related"),)
    assert {other for other, _ in by_service["mail"].related} == {ids["login"], ids["orders"]}


def test_services_that_have_nothing_to_do_with_each_other_stay_apart() -> None:
    told = World(text=NEEDS + "\nrouting: {dependents: apart}\n")
    accept(told.engine, SENDER, [alert(1, name) for name in ("orders", "mail", "login")])
    assert [one.related for one in incidents(told)] == [()] * 3


def test_a_drills_alerts_take_no_route() -> None:
    text = PEOPLE.replace("  silent: {name: Silent, team: core}", "  silent: {name: Silent, team: core, drill: true}")
    told = World(text=text + "\nrouting:\n  routes:\n    all: {matchers: [alertname=Errors], policy: third}\n")
    accept(told.engine, SENDER, [alert(1, "silent")])
    assert only(told).policies == ()
