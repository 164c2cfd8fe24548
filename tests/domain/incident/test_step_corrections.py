"""A correction changes what is known, never what was done (R-DET-13; two times, one rule)."""

from __future__ import annotations

from dataclasses import replace
from itertools import product

import pytest
from tests.domain.incident.story import ANA, BO, DAY, HOUR, MINUTE, NOON, PAGERDUTY, PASS, RESOLVED, Story, begun
from tests.domain.tape import EITHER

from tocsin.domain.actor import SYSTEM
from tocsin.domain.effects import ClearTimer, Effect, SetTimer
from tocsin.domain.errors import RefusedError
from tocsin.domain.impact import Impact
from tocsin.domain.incident import events as e
from tocsin.domain.incident.phases import Phase, Status
from tocsin.domain.incident.timeline import milestones

ACK = e.Acknowledged(person="ana")


def outward(effects: tuple[Effect, ...]) -> list[Effect]:
    return [x for x in effects if not isinstance(x, SetTimer | ClearTimer)]


def correct(story: Story, seq: int, body: e.EventBody, minute: int = 0) -> Story:
    """Correct event number `seq`: it was `body`, at noon and `minute` minutes."""
    story.then(body, occurred=NOON + minute * MINUTE, supersedes=f"e{seq}")
    assert not outward(story.last.effects)
    return story


def test_a_corrected_acknowledgement_moves_its_time_and_person_and_stops_nothing_again() -> None:
    story = begun().then(ACK, after=10 * MINUTE)
    correct(story, 2, e.Acknowledged(person="bo"), minute=4)
    assert story.incident.milestones["acknowledged"] == NOON + 4 * MINUTE
    assert story.incident.paging.acknowledged_by == "bo"
    assert story.incident.paging.acknowledged_at == NOON + 4 * MINUTE


def test_a_correction_of_a_correction_counts() -> None:
    story = begun().then(ACK, after=10 * MINUTE)
    correct(correct(story, 2, ACK, minute=4), 3, ACK, minute=5)
    assert story.incident.milestones["acknowledged"] == NOON + 5 * MINUTE


def test_of_two_corrections_of_one_event_the_newest_counts() -> None:
    story = begun().then(ACK, after=10 * MINUTE)
    correct(correct(story, 2, ACK, minute=4), 2, e.Acknowledged(person="bo"), minute=5)
    assert story.incident.milestones["acknowledged"] == NOON + 5 * MINUTE
    assert story.incident.paging.acknowledged_by == "bo"


def test_a_correction_that_is_withdrawn_gives_way_to_what_was_said_before() -> None:
    began = e.MilestoneReached(name="impact_started")
    story = begun().then(began, occurred=NOON - 30 * MINUTE)
    correct(correct(story, 2, began, minute=-20), 3, e.Retracted(reason="it was right"))
    assert story.incident.milestones["impact_started"] == NOON - 30 * MINUTE
    correct(story, 2, e.Retracted(reason="nobody was hit"))
    assert "impact_started" not in story.incident.milestones


def test_what_is_withdrawn_goes_with_its_corrections() -> None:
    story = begun().then(ACK, after=10 * MINUTE)
    correct(correct(story, 2, ACK, minute=4), 2, e.Retracted(reason="wrong incident"))
    assert "acknowledged" not in story.incident.milestones


def test_a_statement_that_is_withdrawn_gives_way_to_the_one_before_it_unless_that_is_gone_too() -> None:
    began = e.MilestoneReached(name="impact_started")
    story = begun().then(began, occurred=NOON - 30 * MINUTE).then(began, occurred=NOON - 20 * MINUTE)
    other = begun().then(began, occurred=NOON - 30 * MINUTE).then(began, occurred=NOON - 20 * MINUTE)
    assert correct(story, 3, e.Retracted(reason="x")).incident.milestones["impact_started"] == NOON - 30 * MINUTE
    correct(other, 2, e.Retracted(reason="x"))
    assert other.incident.milestones["impact_started"] == NOON - 20 * MINUTE
    assert "impact_started" not in correct(other, 3, e.Retracted(reason="x")).incident.milestones


@pytest.mark.parametrize("tree", list(product((2, 3, 4), (2, 3, 4, 5), EITHER, EITHER)), ids=str)
def test_the_state_knows_what_the_timeline_knows(tree: tuple[int, int, bool, bool]) -> None:
    first, second, *gone = tree
    began = e.MilestoneReached(name="impact_started")
    story = begun().then(began, occurred=NOON - 30 * MINUTE)
    correct(story, 2, began, minute=-20)
    correct(story, 3, began, minute=-10)
    for target, withdrawn, minute in ((first, gone[0], -5), (second, gone[1], -1)):
        if isinstance(story.events[target - 1].body, e.Retracted):
            return  # a retraction of a retraction is beyond what the state remembers
        correct(story, target, e.Retracted(reason="x") if withdrawn else began, minute=minute)
    known = milestones(story.events).get("impact_started")
    assert story.incident.milestones.get("impact_started") == (known.at if known else None)


def test_correcting_an_acknowledgement_that_was_taken_back_gives_it_to_nobody() -> None:
    story = begun().then(ACK, after=MINUTE).then(e.Unacknowledged(person="ana")).then(e.Acknowledged(person="cy"))
    correct(story, 2, e.Acknowledged(person="bo"), minute=2)
    assert story.incident.paging.acknowledged_by == "cy"
    assert story.incident.milestones["acknowledged"] == NOON + 2 * MINUTE


def test_a_corrected_resolution_moves_the_end_and_its_words_and_sends_no_second_all_clear() -> None:
    story = begun().then(RESOLVED, after=HOUR)
    correct(story, 2, e.Resolved(resolution="flag off", root_cause="the cache", next_steps=("x",)), minute=44)
    incident = story.incident
    assert incident.phase is Phase.POST_INCIDENT
    assert incident.milestones["resolved"] == incident.milestones["mitigated"] == NOON + 44 * MINUTE
    assert incident.resolved_at == NOON + 44 * MINUTE
    assert (incident.resolution, incident.root_cause) == ("flag off", "the cache")


def test_a_corrected_resolution_leaves_a_mitigation_that_was_seen_otherwise() -> None:
    story = begun().then(e.StatusChanged(status=Status.MONITORING), after=MINUTE).then(RESOLVED, after=HOUR)
    correct(story, 3, RESOLVED, minute=44)
    assert story.incident.milestones["mitigated"] == NOON + MINUTE


def test_an_end_that_was_reopened_is_corrected_in_the_record_only() -> None:
    story = begun().then(RESOLVED).then(e.Reopened(reason="back"))
    correct(story, 2, e.Resolved(resolution="nothing", root_cause="wrong"), minute=5)
    assert story.incident.phase is Phase.ACTIVE
    assert (story.incident.resolution, story.incident.resolved_at) == ("", None)
    assert "resolved" not in story.incident.milestones


def test_a_corrected_status_replaces_its_milestone() -> None:
    story = begun().then(e.StatusChanged(status=Status.MONITORING), after=HOUR)
    correct(story, 2, e.StatusChanged(status=Status.IDENTIFIED), minute=20)
    assert story.incident.status is Status.IDENTIFIED
    assert story.incident.milestones["identified"] == NOON + 20 * MINUTE
    assert "mitigated" not in story.incident.milestones


def test_correcting_an_earlier_status_does_not_move_the_present_one() -> None:
    story = begun().then(e.StatusChanged(status=Status.IDENTIFIED), after=HOUR)
    story.then(e.StatusChanged(status=Status.FIXING), after=HOUR)
    correct(story, 2, e.StatusChanged(status=Status.IDENTIFIED), minute=30)
    assert story.incident.status is Status.FIXING
    assert story.incident.milestones["identified"] == NOON + 30 * MINUTE


def test_a_corrected_severity_replans_the_clocks_but_pages_and_tells_nobody() -> None:
    story = begun("SEV1").then(e.SeverityChanged(severity="SEV3", reason="small"))
    correct(story, 2, e.SeverityChanged(severity="SEV2", reason="typing error"))
    assert (story.incident.severity, story.incident.rank) == ("SEV2", 2)
    assert story.incident.update_due_at == NOON + 30 * MINUTE
    assert story.incident.paging == begun("SEV1").incident.paging
    correct(story, 3, e.SeverityChanged(severity="SEV4", reason="typing error"))
    assert not {"escalate", "ack_by", "update_due"} & set(story.incident.timers)


def test_correcting_an_earlier_severity_does_not_move_the_present_one() -> None:
    story = begun("SEV1").then(e.SeverityChanged(severity="SEV2", reason="a"))
    story.then(e.SeverityChanged(severity="SEV3", reason="b"))
    assert correct(story, 2, e.SeverityChanged(severity="SEV4", reason="c")).incident.severity == "SEV3"


def test_a_stated_stamp_is_moved_or_renamed() -> None:
    story = begun().then(e.MilestoneReached(name="impact_started"))
    correct(story, 2, e.MilestoneReached(name="impact_started"), minute=-30)
    assert story.incident.milestones["impact_started"] == NOON - 30 * MINUTE
    correct(story, 3, e.MilestoneReached(name="detected"), minute=-20)
    assert "impact_started" not in story.incident.milestones
    assert story.incident.milestones["detected"] == NOON - 20 * MINUTE


def test_what_did_not_happen_leaves_no_milestone_and_undoes_nothing() -> None:
    story = begun().then(ACK).then(e.StatusChanged(status=Status.MONITORING))
    correct(story, 2, e.Retracted(reason="wrong incident"))
    assert "acknowledged" not in story.incident.milestones
    assert story.incident.paging.acknowledged_by == "ana"
    correct(story, 3, e.Retracted(reason="it was not"))
    assert "mitigated" not in story.incident.milestones
    assert story.incident.status is Status.MONITORING


def test_a_retraction_says_what_it_withdraws() -> None:
    with pytest.raises(RefusedError, match="names the event it withdraws"):
        begun().then(e.Retracted(reason="x"))


def test_a_corrected_declaration_mends_what_only_it_says() -> None:
    story = begun(symptoms=("500s",)).then(e.Acknowledged(person="ana"))
    body = story.events[0].body
    assert isinstance(body, e.Declared)
    correct(story, 1, replace(body, title="Checkout fails", symptoms=("timeouts",), severity="SEV4"), minute=-5)
    incident = story.incident
    assert incident.declared_at == incident.milestones["declared"] == NOON - 5 * MINUTE
    assert (incident.title, incident.symptoms, incident.severity) == ("Checkout fails", ("timeouts",), "SEV1")


def test_a_corrected_first_alert_moves_the_detection() -> None:
    alert = e.AlertFired(fingerprint="f", name="x", source="am")
    story = begun().then(alert, PAGERDUTY)
    assert correct(story, 2, alert, minute=-3).incident.milestones["detected"] == NOON - 3 * MINUTE
    assert len(story.incident.alerts) == 1


def test_a_corrected_closing_moves_its_time() -> None:
    story = begun("SEV4").then(RESOLVED).then(e.Closed(), after=HOUR)
    assert correct(story, 3, e.Closed(), minute=30).incident.closed_at == NOON + 30 * MINUTE
    assert story.incident.milestones["closed"] == NOON + 30 * MINUTE


def test_facts_are_corrected_by_saying_them_anew() -> None:
    story = begun().then(e.ImpactStated(impact=Impact(users_affected=50_000))).then(e.CauseNamed(text="the cache"))
    correct(story, 2, e.ImpactStated(impact=Impact(users_affected=5_000)))
    correct(story, 3, e.CauseNamed(text="the deploy", confirmed=True), minute=10)
    correct(story, 1, e.Renamed(title="Orders API fails"))
    assert story.incident.impact.users_affected == 5_000
    assert (story.incident.root_cause, story.incident.root_cause_confirmed) == ("the deploy", True)
    assert story.incident.milestones["identified"] == NOON + 10 * MINUTE
    assert story.incident.title == "Orders API fails"


def test_an_action_item_is_corrected_with_its_date() -> None:
    story = begun("SEV4").then(e.FollowUpAdded(followup="f1", title="Clsoe", due=NOON + DAY))
    story.then(e.FollowUpChanged(followup="f1", status="doing"))
    correct(story, 2, e.FollowUpAdded(followup="f1", title="Close", due=NOON + 2 * DAY))
    item = story.incident.followups[0]
    assert (item.title, item.status) == ("Close", "doing")
    assert story.due("followup/f1") == NOON + 2 * DAY


def test_a_role_may_be_corrected_after_the_end_without_being_refused() -> None:
    story = begun("SEV4").then(e.RoleTaken(role="commander", person="ana")).then(RESOLVED)
    assert correct(story, 2, e.RoleTaken(role="commander", person="bo")).incident.holder("commander") == "ana"


MOVING: dict[str, e.EventBody] = {
    "accepted": e.Accepted(),
    "declined": e.Declined(reason=""),
    "cancelled": e.Cancelled(reason=""),
    "unacknowledged": e.Unacknowledged(person="ana"),
    "update": e.UpdatePosted(text="pool is full"),
    "merged": e.Merged(into="i1"),
    "reopened": e.Reopened(reason=""),
    "resolved": RESOLVED,
    "closed": e.Closed(),
    "started": e.PlanStarted(plan="p1", hash="h"),
    "approved": e.PlanApproved(plan="p1", hash="h", person="bo"),
    "gates": PASS,
    "watch": e.WatchEnded(result="passed"),
    "delivered": e.Delivered(key="k", kind="page", to="ana", via="sms"),
    "failed": e.DeliveryFailed(key="k", kind="page", to="ana", via="sms", reason="x"),
    "timer": e.TimerElapsed(name="escalate", generation=1),
    "status": e.StatusChanged(status=Status.RESOLVED),
}


@pytest.mark.parametrize("phase", ["active", "resolved"])
@pytest.mark.parametrize("kind", MOVING)
def test_a_correction_of_whatever_moved_it_moves_nothing_and_is_never_refused(kind: str, phase: str) -> None:
    story = begun().then(e.Noted(text="x"))
    if phase == "resolved":
        story.then(RESOLVED)
    before = story.incident
    correct(story, 2, MOVING[kind])
    assert (story.incident.phase, story.incident.status, story.incident.timers) == (
        before.phase,
        before.status,
        before.timers,
    )
    assert story.incident.paging == before.paging


def test_a_corrected_delivery_moves_the_notification() -> None:
    page = e.Delivered(key="k", kind="page", to="ana", via="sms")
    story = begun().then(page, SYSTEM, after=5 * MINUTE)
    assert correct(story, 2, page, minute=1).incident.milestones["notified"] == NOON + MINUTE


def test_a_correction_carries_its_own_author() -> None:
    story = begun().then(ACK, ANA).then(ACK, BO, supersedes="e2")
    assert story.incident.seq == 3
    assert story.incident.said_by["milestone/acknowledged"] == "e3"
