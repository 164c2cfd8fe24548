"""Who is woken, when, by what, and what stops it (R-ONC-2, R-ONC-3, R-DET-2)."""

from __future__ import annotations

from dataclasses import replace

import pytest
from tests.domain.incident.story import (
    ANA,
    CATALOGUE,
    HOUR,
    MINUTE,
    NOON,
    PAGERDUTY,
    POLICY,
    RESOLVED,
    begun,
    in_triage,
    with_channels,
)

from tocsin.domain.actor import SYSTEM
from tocsin.domain.catalogue import EscalationPolicy
from tocsin.domain.effects import CancelPages, ClearTimer, Page, Remind, SetTimer, Tell, WriteBack
from tocsin.domain.errors import RefusedError
from tocsin.domain.incident import events as e
from tocsin.domain.incident.phases import Phase
from tocsin.domain.incident.policy import Policy

ACK = e.Acknowledged(person="ana")


def paged(pages: list[Page]) -> list[tuple[str, str]]:
    return [(p.person, p.method) for p in pages]


def test_a_paging_severity_wakes_the_first_level_by_its_first_method() -> None:
    story = begun()
    assert paged(story.effects(Page)) == [("ana", "sms")]
    assert story.due("escalate") == NOON + 5 * MINUTE


def test_a_severity_that_does_not_page_wakes_nobody() -> None:
    story = begun("SEV3")
    assert not story.effects(Page)
    assert not {"escalate", "ack_by"} & set(story.incident.timers)


def test_a_level_nobody_can_be_reached_at_is_passed_over_at_once() -> None:
    story = begun().wake("escalate")
    assert paged(story.effects(Page)) == [("bo", "mail"), ("cy", "mail"), ("ana", "sms")]
    assert story.incident.paging.level == 2
    assert story.due("escalate") == NOON + 15 * MINUTE


def test_the_same_person_by_two_targets_is_paged_once() -> None:
    people = [p.person for p in begun().wake("escalate").effects(Page)]
    assert sorted(people) == sorted(set(people))


def test_levels_repeat_and_end_with_the_catch_all() -> None:
    story = begun()
    woken = [paged(story.effects(Page))]
    while "escalate" in story.incident.timers:
        woken.append(paged(story.wake("escalate").effects(Page)))
    first, everyone = [("ana", "sms")], [("bo", "mail"), ("cy", "mail"), ("ana", "sms")]
    assert woken == [first, everyone, first, everyone, [("zed", "sms")]]
    assert story.incident.paging.exhausted
    assert story.incident.paging.paged == ("ana", "bo", "cy", "zed")


def test_a_policy_without_steps_wakes_the_catch_all() -> None:
    assert paged(begun(team="lone").effects(Page)) == [("zed", "sms")]


def test_an_unknown_team_falls_back_to_the_default_policy_then_to_the_catch_all() -> None:
    assert paged(begun(team="ghosts").effects(Page)) == [("zed", "sms")]
    fallback = Policy(pack=POLICY.pack, catalogue=replace(CATALOGUE, default_policy="ladder"))
    assert paged(begun(policy=fallback, team="ghosts").effects(Page)) == [("ana", "sms")]


def test_when_not_even_the_catch_all_can_be_reached_the_responders_channel_says_so() -> None:
    lost = Policy(pack=POLICY.pack, catalogue=replace(CATALOGUE, catch_all="mute", policies=()))
    story = begun(policy=lost)
    assert not story.effects(Page)
    said = [t for t in story.effects(Tell) if t.channel == "war-room" and t.template == "update"]
    assert "Nobody can be paged" in str(said[0].fields["text"])


def test_acknowledging_stops_the_pages_and_tells_the_source() -> None:
    alert = e.AlertFired(fingerprint="f1", name="HighErrors", source="pagerduty")
    story = begun().then(alert, PAGERDUTY).then(ACK, after=2 * MINUTE)
    assert {"escalate", "ack_by"} & set(story.incident.timers) == set()
    assert story.effects(CancelPages)
    (told,) = story.effects(WriteBack)
    assert (told.key, told.verb, told.occasion, told.told_by) == ("i1/acknowledge/3", "acknowledge", "e3", "")
    assert story.incident.milestones["acknowledged"] == NOON + 2 * MINUTE
    assert story.incident.paging.acknowledged_by == "ana"


def test_whoever_said_it_is_not_told() -> None:
    alerts = [e.AlertFired(fingerprint="f1", name="HighErrors", source=name) for name in (PAGERDUTY.id, "opsgenie")]
    story = begun().then(alerts[0], PAGERDUTY).then(alerts[1], PAGERDUTY).then(ACK, PAGERDUTY)
    assert [w.told_by for w in story.effects(WriteBack)] == [PAGERDUTY.id]


def test_senders_of_alerts_that_join_are_told_of_the_same_acknowledgement() -> None:
    alert = e.AlertFired(fingerprint="f1", name="HighErrors", source=PAGERDUTY.id)
    story = begun().then(alert, PAGERDUTY)
    assert not story.effects(WriteBack)
    story.then(ACK).then(replace(alert, fingerprint="f2"), PAGERDUTY)
    assert [(w.key, w.verb, w.occasion) for w in story.effects(WriteBack)] == [
        ("i1/acknowledge/4", "acknowledge", "e3")
    ]
    story.then(e.AlertsGrouped(total=40, firing=40, fired=38), SYSTEM)
    assert [w.occasion for w in story.effects(WriteBack)] == ["e3"]
    story.then(e.AlertsGrouped(total=40, firing=39, ended=1), SYSTEM)
    assert not story.effects(WriteBack)
    story.then(e.Absorbed(other="i2"))
    assert [w.occasion for w in story.effects(WriteBack)] == ["e3"]


@pytest.mark.parametrize("back", [e.Unacknowledged(person="ana"), e.Escalated(call=1)], ids=["unack", "escalate"])
def test_senders_are_told_that_it_was_given_back(back: e.EventBody) -> None:
    alert = e.AlertFired(fingerprint="f1", name="HighErrors", source=PAGERDUTY.id)
    story = begun().then(alert, PAGERDUTY).then(ACK).then(back)
    assert [(w.verb, w.occasion) for w in story.effects(WriteBack)] == [("unacknowledge", "e4")]
    story.then(replace(alert, fingerprint="f2"), PAGERDUTY)
    assert not story.effects(WriteBack)


def test_what_nobody_had_is_not_told_as_given_back() -> None:
    alert = e.AlertFired(fingerprint="f1", name="HighErrors", source=PAGERDUTY.id)
    story = begun().then(alert, PAGERDUTY).then(e.Snoozed(until=NOON + MINUTE))
    assert not story.wake("snooze").effects(WriteBack)


def test_alerts_of_our_own_monitors_have_nobody_to_tell() -> None:
    alert = e.AlertFired(fingerprint="ready", name="shop is not ready", source="monitor:shop-ready")
    assert not begun().then(alert, PAGERDUTY).then(ACK).effects(WriteBack)


def test_a_second_acknowledgement_changes_nothing() -> None:
    story = begun().then(ACK)
    before = story.incident
    story.then(e.Acknowledged(person="bo"), after=MINUTE)
    assert replace(story.incident, seq=before.seq) == before
    assert not story.last.effects


def test_a_late_acknowledgement_reopens_nothing() -> None:
    story = begun().then(RESOLVED)
    with pytest.raises(RefusedError, match="cannot acknowledge"):
        story.then(ACK)
    story.then(e.Acknowledged(person="ana"), PAGERDUTY)
    assert story.incident.phase is Phase.POST_INCIDENT
    assert "acknowledged" not in story.incident.milestones
    assert not story.last.effects


def test_acknowledging_what_does_not_page_is_kept_all_the_same() -> None:
    story = begun("SEV4").then(ACK)
    assert story.incident.paging.acknowledged_by == "ana"
    assert story.effects(CancelPages)


def test_taking_an_acknowledgement_back_pages_again_from_the_first_level() -> None:
    story = begun().wake("escalate").then(ACK).then(e.Unacknowledged(person="ana", reason="shift ended"))
    assert paged(story.effects(Page)) == [("ana", "sms")]
    assert {"escalate", "ack_by"} <= set(story.incident.timers)
    assert story.incident.paging.level == 0


def test_taking_back_what_nobody_gave_changes_nothing() -> None:
    assert not begun().then(e.Unacknowledged(person="ana")).last.effects


def test_taking_an_acknowledgement_back_wakes_nobody_where_the_severity_does_not_page() -> None:
    story = begun("SEV3").then(ACK).then(e.Unacknowledged(person="ana"))
    assert not story.last.effects
    assert not story.incident.paging.acknowledged_by


def test_the_first_acknowledgement_stays_the_milestone() -> None:
    story = begun().then(ACK, after=MINUTE).then(e.Unacknowledged(person="ana")).then(ACK, after=HOUR)
    assert story.incident.milestones["acknowledged"] == NOON + MINUTE


def test_an_older_generation_of_a_timer_changes_nothing() -> None:
    story = begun()
    old = e.TimerElapsed(name="escalate", generation=story.incident.timers["escalate"])
    story.then(old, SYSTEM)
    before = story.incident
    assert before.timers["escalate"] != old.generation
    story.then(old, SYSTEM)
    assert replace(story.incident, seq=before.seq) == before
    assert not story.last.effects


def test_a_cleared_timer_changes_nothing() -> None:
    story = begun()
    generation = story.incident.timers["escalate"]
    story.then(ACK).then(e.TimerElapsed(name="escalate", generation=generation), SYSTEM)
    assert not story.last.effects


def test_an_unknown_timer_is_spent_without_a_word() -> None:
    assert not begun().then(e.TimerElapsed(name="nonsense", generation=1), SYSTEM).last.effects


def test_a_failed_page_tries_the_next_method_at_once() -> None:
    story = begun()
    first = story.effects(Page)[0]
    story.fail(first.key, "ana", "sms")
    assert paged(story.effects(Page)) == [("ana", "mail")]
    assert story.effects(Page)[0].attempt == 1
    assert not story.effects(SetTimer)


def test_a_failure_that_is_told_twice_is_answered_once() -> None:
    story = begun()
    key = story.effects(Page)[0].key
    again = [story.fail(key, "ana", "sms").effects(Page)[0].key for _ in range(2)]
    assert len(set(again)) == 1


def test_when_every_method_failed_the_next_level_is_paged() -> None:
    story = begun()
    key = story.effects(Page)[0].key
    key = story.fail(key, "ana", "sms").effects(Page)[0].key
    story.fail(key, "ana", "mail")
    assert [p.person for p in story.effects(Page)] == ["bo", "cy", "ana"]
    before = story.incident.paging
    story.fail(key, "ana", "mail")
    assert story.incident.paging == before
    assert not story.effects(Page)


def test_a_level_is_left_only_when_nobody_of_it_can_be_reached() -> None:
    story = begun().wake("escalate")
    keys = {p.person: p.key for p in story.effects(Page)}
    story.fail(keys["bo"], "bo", "mail")
    assert not story.effects(Page)
    assert story.incident.paging.unreached == ("bo",)
    story.fail(keys["cy"], "cy", "mail")
    key = story.fail(keys["ana"], "ana", "sms").effects(Page)[0].key
    assert paged(story.fail(key, "ana", "mail").effects(Page)) == [("ana", "sms")]
    assert story.incident.paging.level == 3


def test_a_failure_of_an_earlier_level_does_not_escalate_the_present_one() -> None:
    story = begun()
    key = story.effects(Page)[0].key
    key = story.fail(key, "ana", "sms").effects(Page)[0].key
    story.wake("escalate").fail(key, "ana", "mail")
    assert story.incident.paging.level == 2
    assert not story.effects(Page)


def test_a_failed_page_of_the_catch_all_is_said_in_the_responders_channel() -> None:
    story = begun(team="lone")
    story.fail(story.effects(Page)[0].key, "zed", "sms")
    assert [t.channel for t in story.effects(Tell)] == ["war-room"]
    assert "Nobody can be paged" in str(story.effects(Tell)[0].fields["text"])


def test_a_method_that_was_removed_meanwhile_counts_as_tried() -> None:
    story = begun()
    key = story.effects(Page)[0].key.replace("sms", "fax")
    assert [p.person for p in story.fail(key, "ana", "fax").effects(Page)] == ["bo", "cy", "ana"]


@pytest.mark.parametrize("ending", [ACK, RESOLVED, e.Merged(into="i2"), e.Cancelled(reason="typo")])
def test_a_failure_after_somebody_has_it_or_it_is_over_wakes_nobody(ending: e.EventBody) -> None:
    story = begun()
    key = story.effects(Page)[0].key
    assert not story.then(ending).fail(key, "ana", "sms").last.effects


def test_a_failed_message_is_only_recorded() -> None:
    story = begun()
    told = story.effects(Tell)[0]
    assert not story.fail(told.key, told.channel, "slack", kind="message").last.effects


def test_the_first_delivered_page_is_the_moment_of_notification() -> None:
    story = begun()
    for minute in (1, 2):
        story.now = NOON + minute * MINUTE
        story.then(e.Delivered(key="k", kind="page", to="ana", via="sms"), SYSTEM)
    story.then(e.Delivered(key="m", kind="message", to="office", via="slack"), SYSTEM)
    assert story.incident.milestones["notified"] == NOON + MINUTE


def test_an_unanswered_page_reminds_the_on_call_manager_and_still_escalates() -> None:
    story = begun().then(e.RoleTaken(role="oncall_manager", person="bo")).wake("ack_by")
    assert [(r.person, r.fields["about"]) for r in story.effects(Remind)] == [("bo", "ack_by")]
    assert "escalate" in story.incident.timers


def test_resolving_takes_back_the_pages_that_have_not_left() -> None:
    story = begun().then(RESOLVED)
    assert story.effects(CancelPages)
    assert "escalate" in {c.name for c in story.effects(ClearTimer)}


@pytest.mark.parametrize("ending", [e.Declined(reason="noise"), e.Cancelled(reason="typo"), e.Merged(into="i2")])
def test_putting_an_alert_away_stops_its_pages(ending: e.EventBody) -> None:
    story = in_triage().then(ending)
    assert story.effects(CancelPages)
    assert not story.incident.timers


def test_a_policy_that_changed_meanwhile_moves_no_page() -> None:
    story = begun().wake("escalate")
    one = EscalationPolicy(key="ladder", steps=CATALOGUE.policies[0].steps[:1], repeats=0)
    story.policy = replace(POLICY, catalogue=replace(CATALOGUE, policies=(one,)))
    assert paged(story.wake("escalate").effects(Page)) == [("ana", "sms")]
    assert story.incident.paging.level == 3


def test_paging_needs_no_channel() -> None:
    assert paged(begun(policy=with_channels()).effects(Page)) == [("ana", "sms")]


def test_a_person_who_acts_in_triage_accepts_but_an_acknowledgement_alone_does_not() -> None:
    assert in_triage().then(ACK, ANA).incident.phase is Phase.TRIAGE
