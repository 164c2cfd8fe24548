"""Plans: read, approved by their hash, run once, judged (R-MIT-2, R-MIT-7)."""

from __future__ import annotations

from dataclasses import replace

import pytest
from tests.domain.incident.story import (
    ANA,
    BO,
    HOUR,
    MINUTE,
    NOON,
    PAGERDUTY,
    PASS,
    ROBOT,
    Story,
    approval,
    begun,
    person,
    plan,
    start,
)

from tocsin.domain.actor import SYSTEM
from tocsin.domain.effects import Remind, RunPlan
from tocsin.domain.errors import RefusedError
from tocsin.domain.incident import events as e
from tocsin.domain.incident.phases import Status


def state(story: Story) -> str:
    return story.incident.plans[0].state


def running() -> Story:
    return begun().then(plan()).then(approval("ana")).then(start())


def unchanged(story: Story, body: e.EventBody, by: e.Actor = ANA) -> None:
    before = story.incident
    story.then(body, by)
    assert replace(story.incident, seq=before.seq) == before
    assert not story.last.effects


def test_an_approved_plan_runs_and_the_response_is_fixing() -> None:
    story = running()
    assert story.effects(RunPlan) == [RunPlan(key="i1/run/p1", plan="p1", hash="hash-of-p1")]
    assert (state(story), story.incident.status) == ("running", Status.FIXING)


def test_a_plan_runs_once() -> None:
    unchanged(running(), start())
    unchanged(running().then(e.PlanEnded(plan="p1", result="done"), SYSTEM), start())


def test_a_plan_that_needs_no_approval_may_run_at_once() -> None:
    assert begun().then(plan(approvals_needed=0), SYSTEM).then(start(), SYSTEM).effects(RunPlan)


@pytest.mark.parametrize("after", [[], [e.PlanRefused(plan="p1", person="ana")]])
def test_what_was_not_approved_does_not_run(after: list[e.EventBody]) -> None:
    story = begun().then(plan())
    for body in after:
        story.then(body)
    with pytest.raises(RefusedError, match="not approved"):
        story.then(start())


def test_an_approval_of_another_hash_is_refused() -> None:
    with pytest.raises(RefusedError, match="hash differs"):
        begun().then(plan()).then(e.PlanApproved(plan="p1", hash="other", person="ana"))


def test_a_start_of_another_hash_is_refused() -> None:
    with pytest.raises(RefusedError, match="hash differs"):
        begun().then(plan()).then(approval("ana")).then(e.PlanStarted(plan="p1", hash="other"))


def test_an_expired_plan_is_neither_approved_nor_run() -> None:
    with pytest.raises(RefusedError, match="expired"):
        begun().then(plan()).then(approval("ana"), after=HOUR)
    with pytest.raises(RefusedError, match="expired"):
        begun().then(plan()).then(approval("ana")).then(start(), after=HOUR)


def test_an_unknown_plan_is_named() -> None:
    with pytest.raises(RefusedError, match="no plan 'p9'") as refused:
        begun().then(plan()).then(approval("ana", "p9"))
    assert refused.value.mend == "Plans: hash-of-p1."


def test_a_plan_is_found_by_the_beginning_of_its_hash() -> None:
    story = begun().then(plan()).then(e.PlanApproved(plan="hash-of", hash="hash-of-p1", person="ana"))
    assert state(story) == "approved"


def test_a_high_risk_needs_a_second_person() -> None:
    story = begun().then(plan(risk="high"), ANA)
    with pytest.raises(RefusedError, match="somebody else's approval"):
        story.then(approval("ana"), ANA)
    assert state(story.then(approval("bo"), BO)) == "approved"


def test_who_drew_it_up_through_an_agent_is_not_a_second_person() -> None:
    story = begun().then(plan(risk="high"), ROBOT)
    with pytest.raises(RefusedError, match="somebody else's approval"):
        story.then(approval("ana"), ANA)


def test_only_a_person_approves_and_only_in_their_own_name() -> None:
    story = begun().then(plan())
    for machine in (ROBOT, PAGERDUTY, SYSTEM):
        with pytest.raises(RefusedError, match="only a person"):
            story.then(approval("ana"), machine)
    with pytest.raises(RefusedError, match="ana cannot approve for bo"):
        story.then(approval("bo"), ANA)


def test_two_approvals_are_of_two_people() -> None:
    story = begun().then(plan(approvals_needed=2)).then(approval("ana"))
    unchanged(story, approval("ana"))
    assert state(story) == "proposed"
    assert state(story.then(approval("bo"), BO)) == "approved"


def test_an_approval_too_many_is_kept_and_does_no_harm() -> None:
    story = begun().then(plan()).then(approval("ana")).then(approval("bo"), BO)
    assert (state(story), story.incident.plans[0].approvals) == ("approved", ("ana", "bo"))


def test_an_approval_that_is_repeated_changes_nothing_even_while_it_runs() -> None:
    unchanged(begun().then(plan()).then(approval("ana")), approval("ana"))
    unchanged(running(), approval("ana"))


def test_a_plan_that_runs_waits_for_no_approval() -> None:
    with pytest.raises(RefusedError, match="is running, not waiting"):
        running().then(approval("bo"), BO)


def test_a_refused_plan_stays_refused() -> None:
    refusal = e.PlanRefused(plan="p1", person="bo", reason="too risky")
    story = begun().then(plan()).then(approval("ana")).then(refusal, BO)
    assert state(story) == "refused"
    unchanged(story, refusal, BO)
    with pytest.raises(RefusedError, match="is refused, not waiting"):
        story.then(approval("bo"), BO)
    with pytest.raises(RefusedError, match="cannot refuse plan hash-of-p1: it is running"):
        running().then(refusal, BO)


def test_a_plan_proposed_twice_is_one() -> None:
    story = begun().then(plan()).then(approval("ana"))
    unchanged(story, plan())


def test_a_finished_run_begins_the_look_at_the_gates() -> None:
    story = running().then(e.PlanEnded(plan="p1", result="done", output=("ok",)), SYSTEM)
    assert (state(story), story.incident.plans[0].output) == ("done", ("ok",))
    assert story.due("gates") == NOON


@pytest.mark.parametrize("result", ["failed", "stale", "unknown"])
def test_a_run_that_did_not_end_well_is_said(result: str) -> None:
    story = running().then(e.PlanEnded(plan="p1", result=result), SYSTEM)
    assert [r.fields["about"] for r in story.effects(Remind)] == ["plan_failed"]
    assert "gates" not in story.incident.timers
    unchanged(story, e.PlanEnded(plan="p1", result="done"), SYSTEM)


def test_a_run_that_ends_after_the_incident_is_only_recorded() -> None:
    story = running().then(e.Merged(into="i2")).then(e.PlanEnded(plan="p1", result="done"), SYSTEM)
    assert state(story) == "done"
    assert not story.last.effects


def test_a_new_run_begins_verification_anew() -> None:
    story = begun().then(PASS).then(plan()).then(approval("ana")).then(start())
    assert "watch" not in story.incident.timers
    assert story.incident.verification.gates == ()


def test_an_attempt_is_judged() -> None:
    story = running().then(e.MitigationJudged(text="rollback", outcome="worked", plan="p1"))
    assert story.incident.plans[0].outcome == "worked"
    unchanged(story, e.MitigationJudged(text="restart", outcome="no_effect"))


def test_a_diagnosis_is_kept() -> None:
    cause = e.CauseSeen(key="leak", title="sessions leak", state="likely", score=0.9)
    story = begun().then(e.Diagnosed(bundle="b1", causes=(cause,), checks=9, blind_spots=("redis",)), SYSTEM)
    incident = story.incident
    assert (incident.causes, incident.bundle, incident.blind_spots) == ((cause,), "b1", ("redis",))
    assert incident.status is Status.INVESTIGATING


def test_naming_a_cause_identifies_it() -> None:
    story = begun().then(e.CauseNamed(text="the deploy"), after=MINUTE)
    assert story.incident.status is Status.IDENTIFIED
    assert story.incident.milestones["identified"] == NOON + MINUTE
    story.then(e.StatusChanged(status=Status.FIXING)).then(e.CauseNamed(text="v2.4.1", confirmed=True), after=MINUTE)
    assert (story.incident.status, story.incident.root_cause_confirmed) == (Status.FIXING, True)
    assert story.incident.milestones["identified"] == NOON + MINUTE


def test_a_cause_named_in_the_review_does_not_say_when_it_was_identified() -> None:
    story = begun("SEV4").then(e.Resolved(resolution="ok")).then(e.CauseNamed(text="the deploy"), after=24 * HOUR)
    assert story.incident.root_cause == "the deploy"
    assert story.incident.status is Status.RESOLVED
    assert "identified" not in story.incident.milestones


def test_a_cause_needs_words() -> None:
    with pytest.raises(RefusedError, match="needs words"):
        begun().then(e.CauseNamed(text="  "))


def test_nobody_approves_for_a_stranger() -> None:
    with pytest.raises(RefusedError, match="mallory cannot approve for ana"):
        begun().then(plan()).then(approval("ana"), person("mallory"))
