"""How an incident begins: declared by a person, or opened for triage by an alert (R-DET)."""

from __future__ import annotations

from dataclasses import replace

import pytest
from tests.domain.incident.story import (
    ANA,
    HOUR,
    MINUTE,
    NOON,
    PACK,
    PAGERDUTY,
    POLICY,
    ROBOT,
    Story,
    approval,
    begun,
    declared,
    in_triage,
    plan,
    start,
)

from tocsin.domain.actor import SYSTEM
from tocsin.domain.effects import Diagnose, Page, Remind, SetTimer, Tell, WriteBack
from tocsin.domain.errors import InvalidError
from tocsin.domain.incident import events as e
from tocsin.domain.incident.phases import Phase, Status
from tocsin.domain.policy.pack import PhaseClock


def test_a_declaration_pages_tells_starts_the_clocks_and_looks_at_the_services() -> None:
    story = begun()
    assert story.effects(Page)
    assert story.effects(Tell)
    assert len(story.effects(Diagnose)) == 1
    assert {"escalate", "ack_by", "commander_by", "resolve_by", "update_due", "update_reminder"} <= set(
        story.incident.timers
    )
    assert story.incident.milestones == {"declared": NOON}


def test_the_clocks_are_those_of_the_severity() -> None:
    due = {t.name: t.due - NOON for t in begun().effects(SetTimer)}
    assert due["ack_by"] == 5 * MINUTE
    assert due["commander_by"] == 5 * MINUTE
    assert due["resolve_by"] == HOUR
    assert "resolve_by" not in begun("SEV2").incident.timers


def test_a_declaration_that_names_no_service_looks_at_nothing() -> None:
    assert not begun(services=()).effects(Diagnose)


def test_a_severity_the_pack_does_not_know_is_named() -> None:
    with pytest.raises(InvalidError, match="'P0' is not a severity of pack test") as wrong:
        begun("P0")
    assert wrong.value.field == "severity"
    assert "SEV1, SEV2, SEV3, SEV4" in wrong.value.mend


def test_the_record_holds_what_was_declared() -> None:
    incident = begun("SEV2", summary="s", symptoms=("500s",), initial_error="timeout", endpoints=("/orders",)).incident
    assert (incident.severity, incident.rank, incident.status) == ("SEV2", 2, Status.INVESTIGATING)
    assert (incident.summary, incident.symptoms, incident.initial_error) == ("s", ("500s",), "timeout")
    assert (incident.reporter, incident.pack, incident.catalogue) == ("ana", "digest", 1)


def test_the_rules_an_incident_opened_under_stay_its_own() -> None:
    assert begun(pack="older").incident.pack == "older"


def test_it_was_declared_when_it_was_true_and_its_clocks_run_from_when_it_was_learned() -> None:
    story = Story().then(declared(), occurred=NOON - HOUR)
    assert story.incident.declared_at == NOON - HOUR
    assert story.due("ack_by") == NOON + 5 * MINUTE


def test_an_alert_opens_for_triage_pages_and_looks_but_tells_nobody_yet() -> None:
    story = in_triage()
    assert story.incident.phase is Phase.TRIAGE
    assert story.effects(Page)
    assert story.effects(Diagnose)
    assert not story.effects(Tell)
    assert not {"update_due", "tell/3"} & set(story.incident.timers)


def test_accepting_opens_the_conversation_once() -> None:
    story = in_triage().then(e.Accepted())
    assert story.incident.phase is Phase.ACTIVE
    assert "war-room" in {t.channel for t in story.effects(Tell)}
    assert "update_due" in story.incident.timers
    assert not story.effects(Page)
    assert not story.then(e.Accepted()).last.effects


WORK: dict[str, e.EventBody] = {
    "severity": e.SeverityChanged(severity="SEV2", reason="smaller than it looked"),
    "status": e.StatusChanged(status=Status.FIXING),
    "role": e.RoleTaken(role="commander", person="ana"),
    "task": e.TaskGiven(task="t1", title="look at the pool"),
    "update": e.UpdatePosted(text="we are on it"),
    "cause": e.CauseNamed(text="the deploy"),
}


@pytest.mark.parametrize("by", [ANA, ROBOT])
@pytest.mark.parametrize("work", WORK)
def test_working_on_it_accepts_it(work: str, by: e.Actor) -> None:
    story = in_triage().then(WORK[work], by)
    assert story.incident.phase is Phase.ACTIVE
    declarations = [t for t in story.effects(Tell) if t.template == "declared"]
    assert [t.channel for t in declarations] == ["war-room"]


@pytest.mark.parametrize("work", WORK)
def test_a_machine_that_says_something_accepts_nothing_and_tells_nobody(work: str) -> None:
    if work == "update":
        return  # an update is said to people, by whomever
    story = in_triage().then(WORK[work], PAGERDUTY)
    assert story.incident.phase is Phase.TRIAGE
    assert not story.effects(Tell)
    assert "update_due" not in story.incident.timers


def test_approving_a_plan_accepts_it() -> None:
    story = in_triage().then(plan()).then(approval("ana"))
    assert story.incident.phase is Phase.ACTIVE


def test_running_a_plan_that_needs_no_approval_accepts_it() -> None:
    story = in_triage().then(plan(approvals_needed=0), SYSTEM).then(start(), SYSTEM)
    assert (story.incident.phase, story.incident.status) == (Phase.ACTIVE, Status.FIXING)


def test_a_note_or_a_diagnosis_accepts_nothing() -> None:
    story = in_triage().then(e.Noted(text="looking"))
    story.then(e.Diagnosed(bundle="b", causes=(), checks=3), SYSTEM)
    assert story.incident.phase is Phase.TRIAGE


def test_a_severity_lowered_in_triage_is_told_under_the_new_one_only() -> None:
    story = in_triage("SEV1").then(WORK["severity"])
    assert [(t.channel, t.template) for t in story.effects(Tell)] == [("war-room", "declared"), ("office", "initial")]


def test_declining_says_why_and_where_it_goes_and_closes_the_source_alert() -> None:
    alert = e.AlertFired(fingerprint="f1", name="HighErrors", source="am")
    story = in_triage().then(alert, PAGERDUTY).then(e.Declined(reason="planned work", route="maintenance"))
    assert story.incident.phase is Phase.DECLINED
    assert story.incident.closed_at == NOON
    assert [w.verb for w in story.effects(WriteBack)] == ["resolve"]
    assert not story.effects(Tell)


def test_cancelling_what_people_were_told_of_tells_them_so() -> None:
    story = begun("SEV2").then(e.Cancelled(reason="wrong dashboard"))
    assert {t.channel for t in story.effects(Tell)} == {"war-room", "office"}
    assert all("wrong dashboard" in str(t.fields["text"]) for t in story.effects(Tell))


def test_the_first_alert_is_the_moment_of_detection() -> None:
    story = begun()
    for minute in (1, 2):
        story.then(e.AlertFired(fingerprint=f"f{minute}", name="x", source="am"), PAGERDUTY, after=MINUTE)
    assert story.incident.milestones["detected"] == NOON + MINUTE
    assert [a.fingerprint for a in story.incident.alerts] == ["f1", "f2"]


def test_alerts_of_two_senders_with_one_fingerprint_are_two() -> None:
    story = begun()
    for source in ("am", "datadog"):
        story.then(e.AlertFired(fingerprint="f", name="x", source=source), PAGERDUTY)
    story.then(e.AlertCleared(fingerprint="f", name="x", source="am"), PAGERDUTY)
    assert [(a.source, a.firing) for a in story.incident.alerts] == [("am", False), ("datadog", True)]


def test_an_alert_that_clears_leaves_the_decision_to_people() -> None:
    story = begun().then(e.AlertFired(fingerprint="f", name="x", source="am"), PAGERDUTY)
    story.then(e.AlertCleared(fingerprint="f", name="x", source="am"), PAGERDUTY)
    assert story.incident.phase is Phase.ACTIVE
    assert not story.last.effects


CLOCKS = (
    PhaseClock(key="triage", name="Triage", starts=0 * MINUTE, ends=2 * MINUTE),
    PhaseClock(key="cause", name="Cause", starts=10 * MINUTE, ends=30 * MINUTE),
    PhaseClock(key="ours", name="Ours", starts=0 * MINUTE, ends=40 * MINUTE),
    PhaseClock(key="fix", name="Fix", starts=30 * MINUTE, ends=HOUR, open_ended=True),
)
TIMED = replace(POLICY, pack=replace(PACK, phase_clocks=CLOCKS))


def test_a_phase_that_outruns_its_span_prompts_once() -> None:
    story = begun(policy=TIMED)
    assert {n for n in story.incident.timers if n.startswith("phase/")} == {"phase/triage", "phase/cause", "phase/ours"}
    assert [r.fields["about"] for r in story.wake("phase/triage").effects(Remind)] == ["phase/triage"]
    assert "phase/triage" not in story.incident.timers


def test_a_phase_that_reached_its_end_prompts_nobody() -> None:
    story = begun(policy=TIMED).then(e.Acknowledged(person="ana")).then(e.CauseNamed(text="the deploy"))
    assert not story.wake("phase/triage").last.effects
    assert not story.wake("phase/cause").last.effects
    assert story.wake("phase/ours").effects(Remind)


def test_phase_clocks_count_from_the_beginning_whatever_the_severity_becomes() -> None:
    story = begun("SEV2", policy=TIMED).then(e.SeverityChanged(severity="SEV1", reason="worse"), after=MINUTE)
    assert story.incident.timers["phase/cause"] == 1


@pytest.mark.parametrize("clock", ["ack_by", "commander_by", "resolve_by"])
def test_a_missed_clock_reminds_whoever_leads(clock: str) -> None:
    story = begun().wake(clock)
    assert [(r.person, r.fields["about"]) for r in story.effects(Remind)] == [("ana", clock)]
    assert clock not in story.incident.timers
