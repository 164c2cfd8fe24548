"""Why somebody was paged for an incident or was not: their rules, what was in force then, and what stopped it."""

from __future__ import annotations

from datetime import timedelta

import pytest
from tests.flows.test_bundles import storm
from tests.flows.test_circuits import PROVIDER, failing, page_of
from tests.flows.test_storm import SENDER, alert
from tests.flows.test_storm import TEXT as STORM
from tests.flows.world import ANA, CONFIGURATION, World, catalogue

from tocsin.domain.incident.events import Acknowledged, PrivacyChanged
from tocsin.domain.visibility import WORKER, Viewer
from tocsin.flows.bundles import AT_ONCE
from tocsin.flows.configure import apply
from tocsin.flows.deliver import deliver
from tocsin.flows.ingest import accept
from tocsin.flows.queries.why import UnknownSubjectError, why
from tocsin.flows.queries.why_views import Why
from tocsin.flows.respond import act
from tocsin.flows.responders import request

NOTIFY = "notify: {high: [{method: pager}, {method: mail, after: 2m}, {method: phone}]}\n    contacts:\n      phone: {kind: sms, address: '+49 151 234'}\n"
RULED = CONFIGURATION.replace("contacts:\n      pager", NOTIFY + "      pager", 1)


def sentences(found: Why, *reasons: str) -> list[str]:
    return [d.sentence for d in found.decisions if d.reason in reasons]


def of(world: World, person: str = "") -> Why:
    return why(world.engine, WORKER, "INC-1", person)


def test_a_page_tells_the_rules_that_chose_it_and_the_methods_that_are_left_out() -> None:
    world = World(text=RULED)
    world.declare()
    world.send_pages()

    found = of(world, "ana")

    assert sentences(found, "rules") == ["Ana's rules for high urgency: at 0 min pager, at 2 min mail."]
    assert sentences(found, "unverified") == ["phone of Ana is not verified, so that it is left out."]
    assert sentences(found, "delivered")[0].startswith("By pager: it was delivered at ")
    assert found.outcome == "Ana was paged for INC-1: 1 page, 1 delivered."
    assert why(world.engine, WORKER, found.pages[0]).decisions[-3].reason == "unverified"


def test_the_rules_are_those_in_force_then() -> None:
    world = World(text=RULED)
    world.declare()
    world.later(minutes=1)
    apply(world.engine, catalogue(), "cat")

    assert sentences(of(world, "ana"), "rules") == ["Ana's rules for high urgency: at 0 min pager, at 2 min mail."]


def test_who_was_not_paged_reads_which_level_would_have_and_what_came_before_it() -> None:
    world = World()
    world.declare()
    world.later(minutes=1)
    act(world.engine, "INC-1", Acknowledged(person="ana"), ANA)

    found = of(world, "bo")

    assert sentences(found, "policy") == ["It pages by policy default (team core's)."]
    assert sentences(found, "level", "meant") == [
        "Level 1 calls person:ana, which did not mean Bo.",
        "Level 2 calls person:bo, which means Bo now; it was not reached.",
    ]
    assert [one.endswith(": Acknowledged by Ana.") for one in sentences(found, "turn")] == [True]
    assert (found.outcome, found.pages) == ("Bo was not paged for INC-1.", ())


def test_a_severity_that_pages_nobody_says_so_and_history_filled_in_later_too() -> None:
    world = World()
    world.declare(severity="SEV3")
    assert sentences(of(world, "ana"), "severity") == ["SEV3 pages nobody (pack platform)."]
    other = World()
    other.declare(mode="backfill", declared_at=other.clock() - timedelta(days=1))
    assert [d.reason for d in of(other, "ana").decisions] == ["backfill", "not_paged"]


def test_without_a_verified_method_the_level_that_meant_them_says_so() -> None:
    world = World(text=CONFIGURATION.replace('page.example.com/bo", verified: true', 'page.example.com/bo"'))
    world.declare()
    assert sentences(of(world, "bo"), "meant")[0].endswith(
        "Bo had no verified contact method, so that nothing could reach them."
    )


def test_whoever_was_asked_to_join_reads_who_asked() -> None:
    world = World()
    world.declare()
    request(world.engine, "INC-1", ["bo"], ANA, message="a DBA")
    assert sentences(of(world, "bo"), "requested") == [
        "Ana asks you to join: a DBA; that stands beside the escalation."
    ]


def test_a_storm_tells_what_waited_to_go_with_others_and_what_it_went_with() -> None:
    world = storm(AT_ONCE + 3)
    world.later(seconds=30)
    deliver(world.engine, world.jobs("page")[0])

    found = why(world.engine, WORKER, "INC-8", "ana")
    assert sentences(found, "gathered") == [
        "More than 5 pages went there within 30 s (`bundle`): it waited 30 s to go with the next."
    ]
    (key,) = found.pages
    page = why(world.engine, WORKER, key)
    assert sentences(page, "together") == ["It went in one message with 2 more (INC-7, INC-6)."]


def test_a_provider_that_was_left_alone_is_named_as_the_reason() -> None:
    world = failing()
    page = page_of(world)
    deliver(world.engine, page)
    last = why(world.engine, WORKER, page.key).decisions[-1]
    assert (last.reason, PROVIDER in last.sentence) == ("circuit", True)


def test_it_is_about_the_viewer_unless_somebody_is_named_and_hidden_from_strangers() -> None:
    world = World()
    world.declare()
    assert why(world.engine, Viewer(person="bo"), "INC-1").subject == "INC-1 bo"
    act(world.engine, "INC-1", PrivacyChanged(private=True), ANA)
    with pytest.raises(UnknownSubjectError):
        why(world.engine, Viewer(person="bo"), "INC-1")


def test_an_alert_is_told_by_the_routes_in_force_when_it_was_decided() -> None:
    world = World(text=STORM)
    accept(world.engine, SENDER, [alert(1)])
    before = why(world.engine, WORKER, "watch/shop/1")
    world.later(minutes=1)
    changed = STORM + "\nrouting:\n  routes:\n    nothing: {matchers: [service=elsewhere]}\n"
    apply(world.engine, catalogue(changed), "cat")

    after = why(world.engine, WORKER, "watch/shop/1")

    assert after.routes == before.routes
    assert sentences(after, "former_rules") == ["It was decided by configuration 1, in force then; 2 is now."]
