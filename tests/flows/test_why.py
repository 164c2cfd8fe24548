"""Every decision about an alert and a page can be told afterwards, to whoever may see its incident."""

from __future__ import annotations

import pytest
from tests.flows.test_held_back import silenced
from tests.flows.test_inhibited import named, slow
from tests.flows.test_routes_followed import NEEDS
from tests.flows.test_storm import SENDER, TEXT, alert, let_pass, pages
from tests.flows.world import ANA, World

from tocsin.domain.errors import InvalidError
from tocsin.domain.incident.events import Acknowledged, Declined, PrivacyChanged
from tocsin.domain.visibility import WORKER, Viewer
from tocsin.flows.ingest import Sender, accept
from tocsin.flows.own_alerts import Credentials
from tocsin.flows.own_alerts import firing as firing_of
from tocsin.flows.ports import PermanentError
from tocsin.flows.queries.alerts import firing
from tocsin.flows.queries.why import UnknownSubjectError, why
from tocsin.flows.queries.why_alert import AmbiguousSubjectError
from tocsin.flows.queries.why_views import Why
from tocsin.flows.respond import act, merge
from tocsin.flows.routing import dry_run

RULES = """
routing:
  routes:
    mail: {matchers: [service=mail], policy: default, group_wait: 1m, continue: true}
    all: {matchers: ['alertname!=Nothing']}
inhibitions:
  down-explains-slow: {source_matchers: [alertname=Down], target_matchers: [severity=warning], equal: [service]}
"""
STRANGER = Viewer(person="bo")


def reasons(found: Why) -> list[str]:
    return [decision.reason for decision in found.decisions]


def page_keys(world: World) -> list[str]:
    return [job.key for job in pages(world)]


def test_an_alert_that_opened_an_incident_says_so_and_names_its_pages() -> None:
    world = World(text=TEXT + RULES)
    accept(world.engine, SENDER, [alert(1)])

    found = why(world.engine, WORKER, "watch/shop/1")

    assert why(world.engine, WORKER, "shop/1") == found
    assert (found.kind, found.incident, found.subject) == ("alert", "INC-1", "watch/shop/1")
    assert reasons(found) == ["source", "asked", "refused", "asked", "opened"]
    assert [route.group for route in found.routes] == ['all/{service="shop"}']
    assert list(found.pages) == page_keys(world)
    assert found.outcome == "It opened INC-1: no incident that it could join was open."


def test_an_alert_that_fires_on_after_its_incident_says_that_it_tells_nobody_and_what_would() -> None:
    world = World(text=TEXT)
    accept(world.engine, SENDER, [alert(1)])
    act(world.engine, "INC-1", Declined(reason="noise"), ANA)
    world.later(minutes=30)
    accept(world.engine, SENDER, [alert(1)])

    found = why(world.engine, WORKER, "watch/shop/1")
    assert reasons(found)[-2:] == ["opened", "incident_over"]
    assert found.decisions[-1].holds_back
    assert found.outcome == (
        "It fires still, but its incident INC-1 is over (declined): it tells nobody until it has ended and fires again."
        " If it is not over: tocsin reopen INC-1 --reason '…'."
    )
    accept(world.engine, SENDER, [alert(1, status="resolved")])
    assert reasons(why(world.engine, WORKER, "watch/shop/1"))[-1] == "opened"


def test_an_alert_whose_incident_went_on_in_another_goes_by_that_one() -> None:
    world = World(text=NEEDS)
    accept(world.engine, SENDER, [alert(1, "orders")])
    accept(world.engine, SENDER, [alert(1, "billing")])
    merge(world.engine, "INC-2", "INC-1", ANA)
    assert reasons(why(world.engine, WORKER, "watch/billing/1"))[-1] == "opened"
    act(world.engine, "INC-1", Declined(reason="noise"), ANA)
    assert "its incident INC-1 is over" in why(world.engine, WORKER, "watch/billing/1").outcome


def test_an_alert_whose_incident_wakes_nobody_now_says_why() -> None:
    world = World(text=TEXT)
    accept(world.engine, SENDER, [alert(1)])
    silenced(world, 'alertname="Errors"', 60)
    let_pass(world, 6)
    found = why(world.engine, WORKER, "watch/shop/1")
    assert (reasons(found)[-1], found.outcome) == (
        "paging_held",
        "Nobody is paged for INC-1 while this holds: silence s1.",
    )


def test_alerts_that_joined_say_which_incident_and_for_which_reason() -> None:
    world = World(text=NEEDS)
    accept(world.engine, SENDER, [alert(1, "orders"), alert(2, "orders"), alert(3, "mail")])
    assert why(world.engine, WORKER, "watch/orders/2").outcome == "It joined INC-1, the open incident of orders."
    assert why(world.engine, WORKER, "watch/mail/3").outcome == (
        "It joined INC-1: mail needs orders, whose incident had just opened."
    )


def test_an_alert_that_is_held_back_says_by_what() -> None:
    world = World(text=TEXT + RULES)
    accept(world.engine, SENDER, [named("Down"), slow()])

    found = why(world.engine, WORKER, "watch/billing/Slow")

    assert found.outcome == "It is held back (inhibited), opened no incident and woke nobody."
    held = [decision for route in found.routes for decision in route.decisions if decision.holds_back]
    assert [decision.refers_to for decision in held] == [("down-explains-slow", "watch/billing/Down")]
    assert found.incident == ""
    (shown,) = firing(world.engine, WORKER, held=True).items
    assert (shown.subject, shown.incident) == ("watch/billing/Slow", "")
    assert shown.held_by == ("Inhibition down-explains-slow holds it back while alert watch/billing/Down fires.",)
    accept(world.engine, SENDER, [slow(status="resolved")])
    assert reasons(why(world.engine, WORKER, "watch/billing/Slow"))[-1] == "ended"


def test_what_fires_is_listed_page_by_page_with_its_incident() -> None:
    world = World(text=TEXT)
    accept(world.engine, SENDER, [alert(number) for number in range(5)])
    first = firing(world.engine, WORKER, limit=3)
    rest = firing(world.engine, WORKER, limit=3, cursor=first.next_cursor)
    assert [one.subject for one in (*first.items, *rest.items)] == [f"watch/shop/{number}" for number in range(5)]
    assert ({one.incident for one in first.items}, rest.next_cursor) == ({"INC-1"}, "")


def test_a_page_says_what_asked_for_it_whom_it_meant_and_that_it_arrived() -> None:
    world = World(text=TEXT)
    accept(world.engine, SENDER, [alert(1)])
    (key,) = page_keys(world)
    let_pass(world, 1)
    world.send_pages()

    found = why(world.engine, WORKER, key)

    assert reasons(found) == ["asked", "policy", "level", "target", "method", "delivered"]
    sentences = [decision.sentence for decision in found.decisions]
    assert sentences[0].startswith("INC-1 asked for it at ")
    assert "Opened for triage as SEV1: Shop: 5xx" in sentences[0]
    assert sentences[1:5] == [
        "SEV1 pages, by policy default (team core's).",
        "Level 1 of 2 calls person:ana.",
        "Ana is named by the policy itself.",
        "Ana can be reached by pager, mail; this one is by pager.",
    ]
    assert found.incident == "INC-1"


def test_a_page_that_failed_and_the_next_one_say_so() -> None:
    world = World(text=TEXT)
    world.webhook.trouble = [PermanentError("no such number")]
    accept(world.engine, SENDER, [alert(1)])
    (first,) = pages(world)
    let_pass(world, 1)
    world.send_pages()
    (second,) = page_keys(world)

    assert "no such number" in why(world.engine, WORKER, first.key).outcome
    assert why(world.engine, WORKER, first.id).subject == first.key
    method = why(world.engine, WORKER, second).decisions[-2].sentence
    assert method == "Ana can be reached by pager, mail; this one is by mail, after pager failed."
    act(world.engine, "INC-1", Acknowledged(person="bo"), ANA)


def test_a_page_that_an_answer_made_needless_says_whose() -> None:
    world = World(text=TEXT)
    accept(world.engine, SENDER, [alert(1)])
    with world.store.reading() as tx:
        (job,) = tx.jobs(WORKER, incident=world.incident().id).items[-1:]
    act(world.engine, "INC-1", Acknowledged(person="bo"), ANA)

    assert why(world.engine, WORKER, job.key).outcome == "It was taken back before it left: Bo had acknowledged."


def test_the_catch_all_is_told_apart_from_the_levels() -> None:
    world = World(text=TEXT)
    accept(world.engine, SENDER, [alert(1)])
    let_pass(world, 40)
    last = page_keys(world)[-1]
    assert "/cat/" in last
    assert "catch_all" in reasons(why(world.engine, WORKER, last))


OTHER = Sender(key="other", service="mail", team="core")
TWO = TEXT.replace(
    "integrations:\n",
    "integrations:\n  other:\n    {kind: generic, service: mail, keys: ['env:OTHER_KEY'], limit: {per_minute: 60, burst: 100}}\n",
)


def test_two_sources_may_call_their_alerts_the_same() -> None:
    world = World(text=TWO + RULES)
    for sender, service in ((SENDER, "billing"), (OTHER, "mail")):
        accept(world.engine, sender, [named("Down", "cause", service)])
        accept(world.engine, sender, [named("Slow", "slow", service, severity="warning")])

    for subject, cause in (("watch/slow", "watch/cause"), ("other/slow", "other/cause")):
        found = why(world.engine, WORKER, subject)
        assert found.outcome == "It is held back (inhibited), opened no incident and woke nobody."
        (held,) = {one.refers_to for route in found.routes for one in route.decisions if one.holds_back}
        assert held == ("down-explains-slow", cause)
    assert len(firing(world.engine, WORKER, held=True).items) == 2
    own = firing_of(world.engine, Credentials("watch", "generic", "open sesame"))
    assert {one.state.fingerprint: one.inhibited_by for one in own} == {"cause": (), "slow": ("cause",)}


def test_a_fingerprint_that_two_sources_sent_names_nobody() -> None:
    world = World(text=TWO)
    accept(world.engine, SENDER, [named("Down", "cause")])
    accept(world.engine, OTHER, [named("Down", "cause", "mail")])

    with pytest.raises(AmbiguousSubjectError, match="2 sources") as caught:
        why(world.engine, WORKER, "cause")
    assert caught.value.candidates == ("other/cause", "watch/cause")

    act(world.engine, "INC-2", PrivacyChanged(private=True, reason="customer data"), ANA)
    assert why(world.engine, STRANGER, "cause").subject == "watch/cause"


def test_what_its_sender_may_send_is_told_and_not_that_it_sent_less() -> None:
    world = World(text=TWO)
    accept(world.engine, OTHER, [named("Down", "cause", "mail")])
    limits = [one for one in why(world.engine, WORKER, "other/cause").decisions if one.reason == "limit"]
    assert [one.sentence.split(";")[0] for one in limits] == [
        "Each server process takes 60 alerts a minute of its source, 100 at once"
    ]


def test_a_dry_run_of_a_source_has_its_service_its_team_and_its_limit() -> None:
    world = World(text=TWO)

    def run(source: str, **labels: str) -> tuple[str, str, list[str]]:
        found = dry_run(world.engine, WORKER, labels, source=source)
        return found.routes[0].group, found.routes[0].team, [one.reason for one in found.decisions]

    assert run("", alertname="A") == ("default/{}", "", ["asked"])
    assert run("other", alertname="A") == ('default/{service="mail"}', "core", ["limit", "asked"])
    assert run("other", alertname="A", service="orders")[0] == 'default/{service="orders"}'
    assert run("monitor:shop-ready")[0] == 'default/{service="shop"}'
    with pytest.raises(InvalidError, match="no integration or monitor is called 'nobody'") as caught:
        run("nobody")
    assert caught.value.mend == "There are: other, watch, monitor:shop-ready."


def test_what_belongs_to_a_private_incident_looks_as_if_it_were_not_there() -> None:
    world = World(text=TEXT)
    accept(world.engine, SENDER, [alert(1)])
    (key,) = page_keys(world)
    act(world.engine, "INC-1", PrivacyChanged(private=True, reason="customer data"), ANA)

    for subject in ("watch/shop/1", "shop/1", key):
        assert why(world.engine, WORKER, subject).incident == "INC-1"
        with pytest.raises(UnknownSubjectError):
            why(world.engine, STRANGER, subject)
    assert firing(world.engine, STRANGER).items == ()


@pytest.mark.parametrize("subject", ["nothing", "watch/nothing", "n00001/page/1/ana/pager", "/", ""])
def test_what_nobody_knows_is_said_to_be_unknown(subject: str) -> None:
    with pytest.raises(UnknownSubjectError):
        why(World(text=TEXT).engine, WORKER, subject)
