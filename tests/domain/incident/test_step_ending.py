"""How an incident ends, comes back, goes on elsewhere, and is learned from (R-VER-3, R-PM-1, 3, 6)."""

from __future__ import annotations

from dataclasses import replace

import pytest
from tests.domain.incident.story import (
    DAY,
    FAIL,
    HOUR,
    MINUTE,
    NOON,
    PACK,
    PAGERDUTY,
    PASS,
    POLICY,
    REOPENED,
    RESOLVED,
    begun,
    in_triage,
)

from tocsin.domain.actor import SYSTEM
from tocsin.domain.effects import Page, Remind, Tell, WriteBack
from tocsin.domain.errors import RefusedError
from tocsin.domain.incident import events as e
from tocsin.domain.incident.phases import Phase, Status
from tocsin.domain.policy.pack import ReviewDeadlines

PUBLISHED = e.PostmortemWritten(state="published")
ITEM = e.FollowUpAdded(followup="f1", title="Close sessions on errors", owner="bo", due=NOON + 7 * DAY)


def test_resolving_records_the_end_and_gives_the_all_clear_to_everyone_who_was_told() -> None:
    alert = e.AlertFired(fingerprint="f", name="x", source="am")
    story = begun().then(alert, PAGERDUTY)
    told = set(story.incident.told_via)
    story.then(e.Resolved(resolution="rolled back", root_cause="v2.4.1", next_steps=("test it",)), after=MINUTE)
    incident = story.incident
    assert (incident.phase, incident.status) == (Phase.POST_INCIDENT, Status.RESOLVED)
    assert (incident.resolution, incident.root_cause, incident.next_steps) == ("rolled back", "v2.4.1", ("test it",))
    assert incident.milestones["resolved"] == incident.milestones["mitigated"] == NOON + MINUTE
    assert {t.channel for t in story.effects(Tell) if t.template == "resolved"} == told
    assert [w.verb for w in story.effects(WriteBack)] == ["resolve"]


def test_an_earlier_mitigation_keeps_its_time() -> None:
    story = begun().then(e.StatusChanged(status=Status.MONITORING), after=MINUTE).then(RESOLVED, after=HOUR)
    assert story.incident.milestones["mitigated"] == NOON + MINUTE


def test_it_was_over_when_it_was_true() -> None:
    story = begun().then(RESOLVED, after=HOUR, occurred=NOON + 20 * MINUTE)
    assert story.incident.resolved_at == NOON + 20 * MINUTE
    assert story.due("review/draft") == NOON + HOUR + DAY


def test_resolving_stops_every_clock_but_the_review() -> None:
    story = begun().then(e.StatusChanged(status=Status.FIXING)).then(RESOLVED)
    assert set(story.incident.timers) == {"review/draft", "review/meeting", "review/publish"}
    assert story.incident.update_due_at is None


@pytest.mark.parametrize(
    ("severity", "recurrences", "owed"),
    [("SEV1", 0, True), ("SEV2", 0, True), ("SEV3", 0, False), ("SEV3", 1, True), ("SEV4", 5, False)],
)
def test_a_review_is_owed_where_the_pack_requires_it_or_it_recurs(severity: str, recurrences: int, owed: bool) -> None:  # noqa: FBT001 (a parametrised fact)
    story = begun(severity).then(e.Resolved(resolution="x", recurrences=recurrences))
    assert bool([t for t in story.incident.timers if t.startswith("review/")]) is owed
    if owed:
        with pytest.raises(RefusedError, match="needs a published post-mortem"):
            story.then(e.Closed())
    else:
        assert story.then(e.Closed()).incident.phase is Phase.CLOSED


def test_working_days_are_counted_from_the_resolution() -> None:
    pack = replace(PACK, review_deadlines=ReviewDeadlines(draft_business_days=3))
    story = begun(policy=replace(POLICY, pack=pack)).then(RESOLVED)  # a Tuesday
    assert story.due("review/draft") == NOON + 3 * DAY
    story = begun(policy=replace(POLICY, pack=pack)).then(RESOLVED, after=2 * DAY)  # a Thursday
    assert story.due("review/draft") == NOON + 2 * DAY + 5 * DAY


def test_nobody_is_chased_for_the_review_of_a_practice() -> None:
    assert begun(mode="drill").then(RESOLVED).incident.timers == {}


def test_a_missed_review_deadline_reminds_whoever_led() -> None:
    story = begun().then(e.RoleTaken(role="commander", person="bo")).then(RESOLVED).wake("review/draft")
    assert [(r.person, r.fields["about"]) for r in story.effects(Remind)] == [("bo", "review/draft")]


def test_a_document_that_moves_on_meets_its_deadlines() -> None:
    story = begun().then(RESOLVED).then(e.PostmortemWritten(section="summary", text="s"))
    assert "review/draft" in story.incident.timers
    story.then(e.PostmortemWritten(state="in_review"))
    assert {t for t in story.incident.timers if t.startswith("review/")} == {"review/meeting", "review/publish"}
    story.then(PUBLISHED)
    assert not story.incident.timers
    assert story.then(e.Closed()).incident.phase is Phase.CLOSED


def test_a_section_written_late_takes_no_publication_back() -> None:
    story = begun().then(RESOLVED).then(PUBLISHED).then(e.PostmortemWritten(section="summary", text="better"))
    assert story.incident.postmortem_state == "published"
    assert story.incident.sections == {"summary": "better"}
    assert story.then(e.PostmortemWritten(state="draft")).incident.postmortem_state == "draft"


def test_closing_leaves_the_reminders_of_what_is_still_to_be_done() -> None:
    story = begun("SEV4").then(RESOLVED).then(ITEM).then(e.Closed(), after=HOUR)
    assert set(story.incident.timers) == {"followup/f1"}
    assert story.incident.closed_at == story.incident.milestones["closed"] == NOON + HOUR


# --- reopening


def test_reopening_pages_starts_the_clocks_and_tells_everyone_who_thought_it_was_over() -> None:
    story = begun().then(e.Acknowledged(person="ana")).then(RESOLVED)
    told = set(story.incident.told_via)
    story.then(REOPENED, after=HOUR)
    assert (story.incident.phase, story.incident.status) == (Phase.ACTIVE, Status.INVESTIGATING)
    assert [p.person for p in story.effects(Page)] == ["ana"]
    assert {"escalate", "ack_by", "commander_by", "resolve_by", "update_due"} <= set(story.incident.timers)
    assert {t.channel for t in story.effects(Tell)} == told
    assert {t.audience: t.template for t in story.effects(Tell)} == {
        "responders": "update",
        "stakeholders": "update",
        "customers": "initial",
    }
    assert all("it is back" in str(t.fields["text"]) for t in story.effects(Tell) if t.template == "update")


def test_reopening_takes_back_what_ended_it_and_nothing_else() -> None:
    story = begun().then(PASS, SYSTEM).wake("watch").then(e.Acknowledged(person="ana")).then(RESOLVED).then(ITEM)
    story.then(PUBLISHED).then(e.Closed()).then(REOPENED)
    incident = story.incident
    assert not {"resolved", "mitigated", "closed"} & set(incident.milestones)
    assert {"declared", "acknowledged"} <= set(incident.milestones)
    assert (incident.resolution, incident.next_steps, incident.resolved_at, incident.closed_at) == ("", (), None, None)
    assert not incident.verification.gates
    assert not incident.verification.passed
    assert incident.paging.acknowledged_by == ""
    assert incident.postmortem_state == "draft"
    assert "followup/f1" in incident.timers
    assert not [t for t in incident.timers if t.startswith("review/")]


def test_a_second_end_has_its_own_times_and_review() -> None:
    story = begun().then(RESOLVED).then(REOPENED, after=HOUR).then(RESOLVED, after=HOUR)
    assert story.incident.milestones["resolved"] == NOON + 2 * HOUR
    assert story.due("review/draft") == NOON + 2 * HOUR + DAY


def test_a_reopened_alert_that_was_declined_opens_the_conversation() -> None:
    story = in_triage().then(e.Declined(reason="noise")).then(REOPENED)
    assert story.incident.phase is Phase.ACTIVE
    assert ("war-room", "declared") in {(t.channel, t.template) for t in story.effects(Tell)}


def test_reopening_wakes_nobody_where_the_severity_does_not_page() -> None:
    assert not begun("SEV4").then(RESOLVED).then(REOPENED).effects(Page)


# --- merging


def test_a_merged_incident_is_silent_and_says_where_it_went() -> None:
    story = begun("SEV2").then(ITEM).then(e.Merged(into="i2", reason="same pool"))
    assert (story.incident.phase, story.incident.merged_into) == (Phase.MERGED, "i2")
    assert set(story.incident.timers) == {"followup/f1"}
    assert {t.channel for t in story.effects(Tell)} == {"war-room", "office"}
    assert "same pool" in str(story.effects(Tell)[0].fields["text"])


def test_an_incident_cannot_be_merged_into_itself() -> None:
    with pytest.raises(RefusedError, match="into itself"):
        begun().then(e.Merged(into="i1"))


def test_a_merge_can_be_undone_and_the_response_goes_on_where_it_stood() -> None:
    story = begun().wake("escalate").then(e.StatusChanged(status=Status.FIXING))
    stood = story.incident
    story.then(e.Merged(into="i2")).then(e.Unmerged(reason="they are two"), after=HOUR)
    incident = story.incident
    assert (incident.phase, incident.status, incident.merged_into) == (Phase.ACTIVE, Status.FIXING, "")
    assert [p.person for p in story.effects(Page)] == ["bo", "cy", "ana"]
    assert set(incident.timers) >= {"escalate", "ack_by", "commander_by", "resolve_by", "update_due", "gates"}
    assert incident.update_due_at == NOON + 5 * MINUTE + HOUR + 15 * MINUTE
    assert incident.told == stood.told


def test_undoing_a_merge_wakes_nobody_when_somebody_has_it() -> None:
    story = begun().then(e.Acknowledged(person="ana")).then(e.Merged(into="i2")).then(e.Unmerged(reason="two"))
    assert not story.effects(Page)
    assert "ack_by" not in story.incident.timers


def test_undoing_a_merge_of_an_alert_in_triage_leads_back_to_triage() -> None:
    story = in_triage().then(e.Merged(into="i2")).then(e.Unmerged(reason="two"))
    assert story.incident.phase is Phase.TRIAGE
    assert story.effects(Page)
    assert not story.effects(Tell)
    assert "update_due" not in story.incident.timers


def test_the_other_incident_knows_what_it_took_in() -> None:
    story = begun().then(e.Absorbed(other="i2")).then(e.Absorbed(other="i2"))
    assert story.incident.absorbed == ("i2",)
    assert story.then(e.Absorbed(other="i2", undone=True)).incident.absorbed == ()


def test_what_was_taken_in_brings_what_it_is_about_and_takes_it_along_again() -> None:
    own = begun().incident.services
    story = begun().then(e.Absorbed(other="i2", services=("mail", *own)))
    assert story.incident.services == (*own, "mail")
    assert story.then(e.Absorbed(other="i2", undone=True, services=("mail",))).incident.services == own


# --- action items


def test_an_overdue_action_item_reminds_its_owner_every_day_until_it_is_done() -> None:
    story = begun("SEV4").then(RESOLVED).then(ITEM).then(e.Closed())
    story.wake("followup/f1")
    for day in range(3):
        assert story.now == NOON + 7 * DAY + day * DAY
        assert [(r.person, r.fields["about"]) for r in story.effects(Remind)] == [("bo", "followup/f1")]
        story.wake("followup/f1")
    story.then(e.FollowUpChanged(followup="f1", status="done"))
    assert not story.incident.timers


def test_a_new_date_moves_the_reminder_and_a_dropped_item_has_none() -> None:
    story = begun("SEV4").then(ITEM).then(e.FollowUpChanged(followup="f1", due=NOON + 9 * DAY, owner="cy"))
    assert story.due("followup/f1") == NOON + 9 * DAY
    assert story.incident.followups[0].owner == "cy"
    assert "followup/f1" not in story.then(e.FollowUpChanged(followup="f1", status="dropped")).incident.timers


def test_an_item_that_is_taken_up_again_is_reminded_of_again() -> None:
    story = begun("SEV4").then(ITEM).then(e.FollowUpChanged(followup="f1", status="done"))
    assert "followup/f1" in story.then(e.FollowUpChanged(followup="f1", status="todo")).incident.timers


def test_a_change_that_is_not_about_the_date_leaves_the_reminder_alone() -> None:
    story = begun("SEV4").then(ITEM)
    before = dict(story.incident.timers)
    assert story.then(e.FollowUpChanged(followup="f1", status="doing")).incident.timers == before
    assert not story.last.effects


def test_an_item_without_a_date_is_reminded_of_once_it_has_one() -> None:
    story = begun("SEV4").then(e.FollowUpAdded(followup="f2", title="x"))
    assert "followup/f2" not in story.incident.timers
    assert "followup/f2" in story.then(e.FollowUpChanged(followup="f2", due=NOON + DAY)).incident.timers


def test_an_item_without_an_owner_goes_to_whoever_led() -> None:
    story = begun("SEV4").then(e.Acknowledged(person="cy"))
    story.then(e.FollowUpAdded(followup="f2", title="x", due=NOON + DAY)).wake("followup/f2")
    assert [r.person for r in story.effects(Remind)] == ["cy"]


def test_the_same_item_twice_is_one_and_an_unknown_one_is_named() -> None:
    story = begun("SEV4").then(ITEM).then(ITEM)
    assert len(story.incident.followups) == 1
    assert not story.last.effects
    with pytest.raises(RefusedError, match="no follow-up 'f9'") as refused:
        story.then(e.FollowUpChanged(followup="f9", status="done"))
    assert refused.value.mend == "Follow-ups: f1."


def test_a_failing_gate_is_not_forgotten_by_a_manual_fix() -> None:
    story = begun().then(FAIL, SYSTEM).then(e.StatusChanged(status=Status.MONITORING))
    with pytest.raises(RefusedError, match="gate errors fails"):
        story.then(RESOLVED)
