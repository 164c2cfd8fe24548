"""Who hears of it, when, how often, and that nobody is left waiting for an end (R-COM-1, R-COM-5, R-COM-8)."""

from __future__ import annotations

from dataclasses import replace

import pytest
from tests.domain.incident.story import (
    CATALOGUE,
    HOUR,
    MINUTE,
    NOON,
    PACK,
    PAGERDUTY,
    POLICY,
    RESOLVED,
    Story,
    begun,
    with_channels,
)

from tocsin.domain.catalogue import ChannelRoute
from tocsin.domain.effects import Page, Remind, Tell
from tocsin.domain.incident import events as e
from tocsin.domain.incident.phases import Status
from tocsin.domain.policy.pack import Cadence, TellRule

WORSE = e.SeverityChanged(severity="SEV1", reason="checkout is down too")


def told(story: Story) -> list[tuple[str, str]]:
    return [(t.channel, t.template) for t in story.effects(Tell)]


def nudged(story: Story) -> list[tuple[str, object]]:
    return [(r.person, r.fields["about"]) for r in story.effects(Remind)]


def test_everyone_the_severity_names_is_told_once_whatever_the_number_of_rules() -> None:
    story = begun()
    assert sorted(told(story)) == [("customers", "initial"), ("office", "initial"), ("war-room", "declared")]
    assert nudged(story) == [("dee", "leadership")]
    assert set(story.incident.told) == {"responders", "leadership", "stakeholders", "customers"}


def test_a_severity_that_names_nobody_tells_the_responders_only() -> None:
    assert told(begun("SEV4")) == [("war-room", "declared")]


def test_one_channel_for_two_audiences_gets_one_message_a_moment() -> None:
    policy = with_channels(ChannelRoute(key="all", kind="slack", audiences=("responders", "stakeholders")))
    story = begun("SEV2", policy=policy)
    assert told(story) == [("all", "declared"), ("all", "initial")]
    story.then(e.UpdatePosted(text="still looking"))
    assert told(story) == [("all", "update")]
    assert told(story.then(RESOLVED)) == [("all", "resolved")]


def test_every_address_of_a_channel_gets_the_message_once() -> None:
    both = ("responders", "stakeholders")
    route = ChannelRoute(key="mail", kind="email", audiences=both, to=("a@shop", "b@shop"))
    story = begun("SEV2", policy=with_channels(route)).then(e.UpdatePosted(text="x", audiences=both))
    assert [t.address for t in story.effects(Tell)] == ["a@shop", "b@shop"]
    assert len({t.key for t in story.effects(Tell)}) == 2


def test_a_channel_takes_only_what_is_severe_enough_for_it() -> None:
    assert "customers" not in begun("SEV3").incident.told_via
    assert "customers" in begun("SEV1").incident.told_via


def test_who_has_no_channel_has_not_been_told() -> None:
    story = begun("SEV2", policy=with_channels())
    assert not story.effects(Tell)
    assert story.incident.told == ()


def test_a_channel_that_heard_of_it_hears_of_its_end_even_when_the_severity_fell() -> None:
    story = begun("SEV1").then(e.SeverityChanged(severity="SEV3", reason="most of it works"))
    assert story.incident.rank == 3
    assert ("customers", "resolved") in told(story.then(RESOLVED))


def test_the_outside_hears_nothing_of_how_severe_we_call_it() -> None:
    story = begun("SEV1").then(e.SeverityChanged(severity="SEV2", reason="the CEO says so"))
    assert {t.audience for t in story.effects(Tell)} == {"responders", "stakeholders"}


@pytest.mark.parametrize(
    ("body", "moment"),
    [(e.Cancelled(reason="ours"), "resolved"), (e.Merged(into="i2", reason="ours"), "update"), (RESOLVED, "resolved")],
)
def test_the_outside_hears_of_an_end_in_words_of_its_own(body: e.EventBody, moment: str) -> None:
    said = [t for t in begun("SEV1").then(body).effects(Tell) if t.audience == "customers"]
    assert [t.template for t in said] == [moment]
    assert "ours" not in str(said[0].fields)


def test_leaders_who_were_told_in_person_hear_of_the_end() -> None:
    story = begun().then(RESOLVED)
    assert [(r.person, r.template) for r in story.effects(Remind)] == [("dee", "resolved")]
    assert [r.fields["resolution"] for r in story.effects(Remind)] == ["rolled back"]


def test_a_delayed_rule_speaks_when_its_time_comes() -> None:
    story = begun()
    assert story.due("tell/4") == NOON + 30 * MINUTE
    assert told(story.wake("tell/4")) == [("status", "initial")]


def test_a_delayed_rule_says_nothing_to_those_who_know_already() -> None:
    story = begun().then(e.UpdatePosted(text="we know", audiences=("public",)))
    assert told(story) == [("status", "update")]
    assert not story.wake("tell/4").last.effects


def test_a_rule_that_waits_in_vain_speaks_again_and_wakes_leadership_where_it_says_page() -> None:
    story = begun().wake("tell/3")
    assert story.now == NOON + HOUR
    assert [(r.person, r.template) for r in story.effects(Remind)] == [("dee", "update")]
    assert "no fix is under way" in str(story.effects(Remind)[0].fields["text"])
    assert [(p.person, p.method) for p in story.effects(Page)] == [("dee", "mail")]


def test_the_outside_is_not_told_that_nothing_moves() -> None:
    rules = (TellRule(to="customers"), TellRule(to="customers", after=HOUR, unless="progress"))
    level = replace(PACK.severities[0], tell=rules)
    story = begun(policy=replace(POLICY, pack=replace(PACK, severities=(level,))))
    assert not story.wake("tell/1").last.effects


def test_a_page_to_leadership_tries_the_next_method_even_when_somebody_acknowledged() -> None:
    story = begun().then(e.Acknowledged(person="ana")).wake("tell/3")
    page = story.effects(Page)[0]
    key = story.fail(page.key, "dee", "mail").effects(Page)[0].key
    assert [p.method for p in story.effects(Page)] == ["sms"]
    assert not story.fail(key, "dee", "sms").last.effects


@pytest.mark.parametrize("status", [Status.FIXING, Status.MONITORING])
def test_escalation_to_leadership_is_moot_once_a_fix_is_under_way(status: Status) -> None:
    assert not begun().then(e.StatusChanged(status=status)).wake("tell/3").last.effects


PROGRESS: dict[str, e.EventBody] = {
    "update": e.UpdatePosted(text="found it"),
    "finding": e.Noted(text="pool is full", kind="finding"),
    "cause": e.CauseNamed(text="the deploy"),
    "status": e.StatusChanged(status=Status.IDENTIFIED),
}


@pytest.mark.parametrize("sign", PROGRESS)
def test_escalation_for_want_of_progress_is_moot_after_any(sign: str) -> None:
    assert not begun("SEV2").then(PROGRESS[sign]).wake("tell/1").last.effects


@pytest.mark.parametrize("body", [e.UpdatePosted(text="", nothing_new=True), e.Noted(text="coffee")])
def test_nothing_new_is_no_progress(body: e.EventBody) -> None:
    story = begun("SEV2").then(body).wake("tell/1")
    assert [(r.person, r.template) for r in story.effects(Remind)] == [("dee", "initial")]


def test_a_raise_tells_the_newly_due_and_updates_those_who_knew() -> None:
    story = begun("SEV2").then(WORSE)
    assert sorted(told(story)) == [("customers", "initial"), ("office", "update"), ("war-room", "update")]
    assert nudged(story) == [("dee", "leadership")]
    assert "raised from SEV2 to SEV1" in str(story.effects(Tell)[0].fields["text"])


def test_a_fall_updates_those_who_knew_and_replans_the_delayed_rules() -> None:
    story = begun("SEV1").then(e.SeverityChanged(severity="SEV2", reason="a workaround"), after=MINUTE)
    assert {c for c, t in told(story) if t == "update"} == {"war-room", "office"}
    assert "initial" not in {t for _, t in told(story)}
    assert {n for n in story.incident.timers if n.startswith("tell/")} == {"tell/1"}
    assert story.due("tell/1") == NOON + MINUTE + 4 * HOUR


def test_a_rule_of_a_severity_that_was_left_never_speaks() -> None:
    story = begun("SEV1").then(e.SeverityChanged(severity="SEV3", reason="small"))
    assert not [n for n in story.incident.timers if n.startswith("tell/")]


# --- cadence


def test_an_update_is_due_by_the_severity_with_a_reminder_before() -> None:
    story = begun()
    assert story.incident.update_due_at == NOON + 15 * MINUTE
    assert story.due("update_reminder") == NOON + 13 * MINUTE
    assert nudged(story.wake("update_reminder")) == [("ana", "update_reminder")]
    assert "update_due" in story.incident.timers


def test_a_missing_update_is_asked_for_again_and_again() -> None:
    story = begun().wake("update_due")
    assert nudged(story) == [("ana", "update_due")]
    for number in (1, 2, 3):
        story.wake("update_nag")
        assert story.now == NOON + 15 * MINUTE + number * 5 * MINUTE
        assert nudged(story) == [("ana", "update_due")]


@pytest.mark.parametrize("nothing_new", [False, True])
def test_an_update_restarts_the_clock_even_with_nothing_new(nothing_new: bool) -> None:  # noqa: FBT001 (a parametrised fact)
    story = begun().wake("update_due").then(e.UpdatePosted(text="x", nothing_new=nothing_new), after=MINUTE)
    assert "update_nag" not in story.incident.timers
    assert story.incident.update_due_at == NOON + 31 * MINUTE
    assert story.incident.updates == 1


def test_an_update_goes_to_its_audiences_with_its_words() -> None:
    story = begun().then(
        e.UpdatePosted(text="pool is full", audiences=("stakeholders", "public"), eta="14:00", workaround="retry")
    )
    assert sorted(told(story)) == [("office", "update"), ("status", "update")]
    fields = story.effects(Tell)[0].fields
    assert (fields["text"], fields["eta"], fields["workaround"]) == ("pool is full", "14:00", "retry")
    assert "public" in story.incident.told


def test_a_severity_without_a_cadence_asks_for_no_updates() -> None:
    assert begun("SEV3").incident.update_due_at is None
    assert "update_due" not in begun("SEV3").then(e.UpdatePosted(text="x")).incident.timers


def test_a_change_of_severity_replans_the_next_update() -> None:
    story = begun("SEV2").then(WORSE, after=10 * MINUTE)
    assert story.incident.update_due_at == NOON + 25 * MINUTE
    story.then(e.SeverityChanged(severity="SEV4", reason="nothing left"))
    assert story.incident.update_due_at is None
    assert not {"update_due", "update_reminder", "update_nag"} & set(story.incident.timers)


def test_a_reminder_never_comes_before_half_of_the_time() -> None:
    quick = replace(PACK.severities[0], cadence=Cadence(kind="every", every=MINUTE))
    story = begun(policy=replace(POLICY, pack=replace(PACK, severities=(quick,))))
    assert story.due("update_reminder") == NOON + MINUTE / 2


def test_the_communications_lead_is_asked_before_the_commander() -> None:
    story = begun().then(e.RoleTaken(role="commander", person="bo"))
    assert nudged(story.wake("update_reminder")) == [("bo", "update_reminder")]
    story.then(e.RoleTaken(role="communications", person="cy"))
    assert nudged(story.wake("update_due")) == [("cy", "update_due")]


def test_without_anybody_else_the_catch_all_is_asked() -> None:
    story = begun("SEV2", policy=replace(POLICY, catalogue=replace(CATALOGUE, policies=())), by=PAGERDUTY)
    assert nudged(story.wake("update_due")) == [("zed", "update_due")]


def test_who_cannot_be_reached_is_stood_in_for_by_the_catch_all() -> None:
    story = begun().then(e.RoleTaken(role="commander", person="mute")).wake("update_due")
    assert nudged(story) == [("zed", "update_due")]


def test_nobody_is_asked_for_updates_of_what_is_over() -> None:
    assert not {"update_due", "update_reminder"} & set(begun().then(RESOLVED).incident.timers)
