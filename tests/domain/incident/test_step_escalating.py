"""The escalation by hand and by clock: the next level, pauses, signs of work, another policy, all from the beginning (R-ONC-2)."""

from __future__ import annotations

from dataclasses import replace

import pytest
from tests.domain.incident.story import (
    ANA,
    BO,
    CATALOGUE,
    DAY,
    HOUR,
    MINUTE,
    NOON,
    POLICY,
    RESOLVED,
    Story,
    begun,
    with_channels,
)

from tocsin.domain.actor import SYSTEM
from tocsin.domain.catalogue import ChannelRoute, EscalationPolicy, EscalationStep
from tocsin.domain.effects import CancelPages, Page, Remind, Tell
from tocsin.domain.errors import InvalidError, RefusedError
from tocsin.domain.incident import events as e
from tocsin.domain.incident.phases import Status
from tocsin.domain.incident.policy import Policy

ACK = e.Acknowledged(person="ana")
LADDER = CATALOGUE.policies[0]


def going_by(ladder: EscalationPolicy, **changes: object) -> Policy:
    """The test policy with another ladder for the shop."""
    return replace(POLICY, catalogue=replace(CATALOGUE, policies=(replace(ladder, key="ladder"),), **changes))


def steps(*each: EscalationStep, **changes: object) -> EscalationPolicy:
    return EscalationPolicy(**{"key": "ladder", "repeats": 0, "steps": each, **changes})


def paged(story: Story) -> list[str]:
    return [p.person for p in story.effects(Page)]


def escalated(story: Story) -> Story:
    return story.then(e.Escalated(call=story.incident.paging.call))


# --- by hand ---


def test_escalating_by_hand_pages_the_next_level_at_once() -> None:
    story = escalated(begun())
    assert paged(story) == ["bo", "cy", "ana"]
    assert story.due("escalate") == NOON + 10 * MINUTE


def test_a_button_that_was_shown_for_an_older_level_does_nothing() -> None:
    story = begun()
    shown = story.incident.paging.call
    before = story.wake("escalate").incident
    story.then(e.Escalated(call=shown))
    assert not story.last.effects
    assert replace(story.incident, seq=before.seq) == before


def test_escalating_what_somebody_has_takes_it_from_them() -> None:
    story = escalated(begun().then(ACK))
    assert paged(story) == ["bo", "cy", "ana"]
    assert not story.incident.paging.acknowledged_by
    assert {"escalate", "ack_by"} <= set(story.incident.timers)


def test_escalating_a_severity_that_pages_nobody_pages_the_first_level() -> None:
    assert paged(escalated(begun("SEV3"))) == ["ana"]


def test_escalating_beyond_the_catch_all_begins_again() -> None:
    story = begun(policy=going_by(steps(EscalationStep(targets=("person:bo",)))))
    assert [paged(escalated(story)) for _ in range(3)] == [["zed"], ["bo"], ["zed"]]


def test_nothing_is_escalated_that_is_over() -> None:
    story = begun().then(RESOLVED)
    with pytest.raises(RefusedError, match="cannot escalate"):
        escalated(story)


# --- after the catch-all ---


def test_after_the_catch_all_everybody_is_woken_again_and_then_the_end_is_said() -> None:
    story = begun(
        policy=going_by(steps(EscalationStep(targets=("person:bo",)), again_after=20 * MINUTE, again_times=2))
    )
    woken = [paged(story)]
    woken += [paged(story.wake(n)) for n in ("escalate", "page_again", "escalate", "page_again", "escalate")]
    assert woken == [["bo"], ["zed"]] * 3
    assert story.incident.paging.round == 2
    assert not story.incident.paging.ended
    story.wake("paging_ends")
    assert story.incident.paging.ended
    assert not story.effects(Page)
    assert "3 times and nobody acknowledged" in str(story.effects(Tell)[0].fields["text"])
    assert not {"escalate", "page_again", "paging_ends"} & set(story.incident.timers)


def test_an_acknowledgement_ends_the_rounds() -> None:
    story = begun(policy=going_by(steps(EscalationStep(targets=("person:bo",))))).wake("escalate").then(ACK)
    assert "page_again" not in story.incident.timers
    assert story.incident.paging_due_at is None


def test_when_nobody_can_be_reached_it_is_tried_again_all_the_same() -> None:
    story = begun(policy=going_by(steps(), catch_all="mute"))
    assert story.incident.paging.unreached == ("mute",)
    assert not story.incident.paging.paged
    story.policy = going_by(steps())
    assert paged(story.wake("page_again")) == ["zed"]


# --- a sign of work ---


WATCHFUL = going_by(replace(LADDER, ack_timeout=30 * MINUTE))


def test_without_a_sign_of_work_an_acknowledgement_runs_out_and_all_are_paged_again() -> None:
    story = begun(policy=WATCHFUL).wake("escalate").then(ACK)
    assert story.due("ack_timeout") == story.now + 30 * MINUTE
    story.wake("ack_timeout")
    assert paged(story) == ["ana"]
    assert (story.incident.paging.level, story.incident.paging.acknowledged_by) == (0, "")
    assert {"escalate", "ack_by"} <= set(story.incident.timers)


@pytest.mark.parametrize(
    "sign", [e.UpdatePosted(text="", nothing_new=True), e.StatusChanged(status=Status.FIXING), ACK]
)
def test_an_update_a_status_or_a_second_acknowledgement_is_a_sign_of_work(sign: e.EventBody) -> None:
    story = begun(policy=WATCHFUL).then(ACK).then(sign, BO, after=20 * MINUTE)
    assert story.due("ack_timeout") == NOON + 50 * MINUTE
    assert story.incident.paging.acknowledged_by == "ana"


@pytest.mark.parametrize(
    ("body", "by"), [(e.Noted(text="hm"), ANA), (e.StatusChanged(status=Status.MONITORING), SYSTEM)]
)
def test_a_note_or_a_machine_is_none(body: e.EventBody, by: object) -> None:
    story = begun(policy=WATCHFUL).then(ACK).then(body, by, after=20 * MINUTE)  # type: ignore[arg-type]  # an actor
    assert story.due("ack_timeout") == NOON + 30 * MINUTE


@pytest.mark.parametrize("ending", [RESOLVED, e.Merged(into="i2"), e.SeverityChanged(severity="SEV3", reason="small")])
def test_nobody_is_asked_for_signs_once_it_is_over_or_pages_nobody(ending: e.EventBody) -> None:
    assert "ack_timeout" not in begun(policy=WATCHFUL).then(ACK).then(ending).incident.timers


# --- a pause ---


def snoozed(story: Story) -> Story:
    return story.then(e.Snoozed(until=story.now + HOUR, reason="the vendor is on it"))


def test_a_snooze_stops_the_pages_and_comes_back_from_the_first_level() -> None:
    story = snoozed(begun().wake("escalate"))
    assert story.effects(CancelPages)
    assert {"escalate", "ack_by"} & set(story.incident.timers) == set()
    story.wake("snooze")
    assert paged(story) == ["ana"]
    assert {"escalate", "ack_by"} <= set(story.incident.timers)


def test_what_is_acknowledged_and_snoozed_comes_back_unacknowledged() -> None:
    story = snoozed(begun().then(ACK))
    assert story.incident.paging.acknowledged_by == "ana"
    assert paged(story.wake("snooze")) == ["ana"]
    assert not story.incident.paging.acknowledged_by


def test_a_failed_page_of_what_is_snoozed_wakes_nobody() -> None:
    story = begun()
    key = story.effects(Page)[0].key
    assert not snoozed(story).fail(key, "ana", "sms").last.effects


@pytest.mark.parametrize("first", [True, False])
def test_acknowledging_ends_a_snooze_for_good(first: bool) -> None:  # noqa: FBT001 (pytest gives it by name)
    story = begun().then(ACK) if first else begun()
    assert "snooze" not in snoozed(story).then(ACK).incident.timers
    assert story.incident.paging.acknowledged_by == "ana"


def test_giving_it_back_or_escalating_ends_a_snooze() -> None:
    assert paged(snoozed(begun()).then(e.Unacknowledged(person="ana"))) == ["ana"]
    assert paged(escalated(snoozed(begun()))) == ["bo", "cy", "ana"]


def test_what_becomes_worse_does_not_stay_snoozed() -> None:
    story = snoozed(begun("SEV2")).then(e.SeverityChanged(severity="SEV1", reason="all are down"))
    assert paged(story) == ["ana"]
    assert "snooze" not in story.incident.timers


def test_a_snooze_is_for_a_time_to_come_and_a_week_at_most() -> None:
    for until in (NOON, NOON + 8 * DAY):
        with pytest.raises(InvalidError):
            begun().then(e.Snoozed(until=until))
    with pytest.raises(RefusedError, match="nobody is paged"):
        begun("SEV3").then(e.Snoozed(until=NOON + HOUR))


def test_what_was_merged_while_it_was_snoozed_is_paged_for_when_it_stands_alone_again() -> None:
    story = snoozed(begun()).then(e.Merged(into="i2")).then(e.Unmerged(reason="two"))
    assert paged(story) == ["ana"]


# --- another policy ---


ONE = EscalationPolicy(key="ladder", steps=(EscalationStep(targets=("person:cy",)),), repeats=0)


def restarted(story: Story, policy: EscalationPolicy = ONE) -> Story:
    return story.then(e.PagingRestarted(policy=policy, call=story.incident.paging.call, reason="new rota"))


def test_a_restart_pages_the_first_step_of_the_policy_it_brings() -> None:
    story = restarted(begun().wake("escalate"))
    assert story.effects(CancelPages)
    assert paged(story) == ["cy"]
    assert paged(story.wake("escalate")) == ["zed"]


def test_a_restart_that_is_asked_for_twice_is_one() -> None:
    story = begun()
    again = e.PagingRestarted(policy=ONE, call=story.incident.paging.call)
    assert paged(story.then(again)) == ["cy"]
    assert not story.then(again).last.effects


def test_a_restart_takes_nothing_from_whoever_has_it() -> None:
    story = restarted(begun().then(ACK))
    assert not story.last.effects
    assert paged(story.then(e.Unacknowledged(person="ana"))) == ["cy"]


# --- whom a step means ---


def test_people_take_turns_by_the_number_in_the_record() -> None:
    crew = steps(EscalationStep(targets=("person:ana", "person:bo", "person:cy"), round_robin=True), repeats=1)
    first = [paged(begun(policy=going_by(crew), turn=turn))[0] for turn in range(4)]
    assert first == ["ana", "bo", "cy", "ana"]
    story = begun(policy=going_by(crew), turn=1)
    assert [paged(story), paged(story.wake("escalate"))] == [["bo"], ["cy"]]
    assert paged(story.then(ACK).then(e.Unacknowledged(person="cy"))) == ["cy"]


def test_whose_turn_it_is_and_cannot_be_reached_is_stood_in_for_by_the_next() -> None:
    crew = steps(EscalationStep(targets=("person:mute", "person:bo", "person:cy"), round_robin=True))
    story = begun(policy=going_by(crew))
    assert paged(story) == ["bo"]
    story.fail(story.effects(Page)[0].key, "bo", "mail")
    assert paged(story) == ["cy"]
    assert story.incident.paging.level == 0
    story.fail(story.effects(Page)[0].key, "cy", "mail")
    assert paged(story) == ["zed"]


def test_leaders_are_paged_for_the_worst_only() -> None:
    ladder = steps(EscalationStep(targets=("person:ana",)), EscalationStep(targets=("leadership",), max_rank=1))
    assert paged(begun("SEV1", going_by(ladder)).wake("escalate")) == ["dee"]
    assert paged(begun("SEV2", going_by(ladder)).wake("escalate")) == ["zed"]


def test_the_owner_of_the_service_and_the_manager_on_call_are_found_when_they_are_needed() -> None:
    owned = tuple(replace(s, owner="cy") for s in CATALOGUE.services)
    teams = tuple(replace(t, oncall_manager="person:dee") for t in CATALOGUE.teams)
    ladder = steps(EscalationStep(targets=("service_owner",)), EscalationStep(targets=("oncall_manager",)))
    policy = going_by(ladder, services=owned, teams=teams)
    story = begun(policy=policy)
    assert [paged(story), paged(story.wake("escalate"))] == [["cy"], ["dee"]]
    held = begun(policy=policy).then(e.RoleTaken(role="oncall_manager", person="bo"))
    assert paged(held.wake("escalate")) == ["bo"]


def test_whom_a_step_only_informs_is_told_and_not_waited_for() -> None:
    hook = ChannelRoute(key="pager-log", kind="webhook", audiences=())
    policy = going_by(
        steps(
            EscalationStep(inform=("channel:pager-log", "person:bo", "person:mute")),
            EscalationStep(targets=("person:ana",), inform=("person:ana",)),
        ),
        channels=(hook,),
    )
    story = begun(policy=policy)
    assert paged(story) == ["ana"]
    assert [r.person for r in story.effects(Remind) if r.fields["about"] == "informed"] == ["bo"]
    assert [(t.channel, t.fields["text"]) for t in story.effects(Tell)] == [("pager-log", "Paged for INC-1: Ana.")]
    assert [t.fields["text"] for t in story.then(RESOLVED).effects(Tell)] == ["Resolved: rolled back"]


def test_a_private_incident_is_told_in_no_channel_by_its_policy_either() -> None:
    policy = with_channels(ChannelRoute(key="pager-log", kind="webhook", audiences=()))
    ladder = steps(EscalationStep(targets=("person:ana",), inform=("channel:pager-log",)))
    catalogue = replace(policy.catalogue, policies=(ladder,))
    assert not begun(policy=replace(policy, catalogue=catalogue), private=True).effects(Tell)


def test_a_further_policy_is_followed_beside_the_one_that_is_as_it_was() -> None:
    other = EscalationPolicy(
        key="other", steps=(EscalationStep(targets=("person:dee",)), EscalationStep(targets=("person:cy",)))
    )
    story = begun(policy=replace(POLICY, catalogue=replace(CATALOGUE, policies=(LADDER, other))))
    assert paged(story.then(e.PolicyAdded(policy="other"))) == ["dee"]
    ladder = story.incident.paging.ladder
    assert ladder is not None
    assert (ladder.key, story.incident.paging.called) == ("ladder+other", ("ana", "dee"))
    assert paged(story.wake("escalate")) == ["cy"]
