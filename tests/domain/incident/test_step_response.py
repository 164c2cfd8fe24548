"""What people do during an incident: severity, status, roles, tasks, impact, links (R-DET-6, R-SEV-3)."""

from __future__ import annotations

from dataclasses import replace

import pytest
from tests.domain.incident.story import BO, FAIL, HOUR, MINUTE, NOON, PASS, Story, begun, in_triage

from tocsin.domain.actor import Actor
from tocsin.domain.effects import CancelPages, Page
from tocsin.domain.errors import InvalidError, RefusedError
from tocsin.domain.impact import Impact
from tocsin.domain.incident import events as e
from tocsin.domain.incident.phases import Phase, Status

BY_ALERT = e.SeverityChanged(severity="SEV1", reason="alert HighErrors came in as critical")
PROMETHEUS = Actor(kind="integration", id="prometheus")
RAISE = e.SeverityChanged(severity="SEV1", reason="worse", matched=("all_users",))


def test_a_raise_to_a_paging_severity_pages_when_nobody_has_it() -> None:
    story = begun("SEV3").then(RAISE)
    assert [p.person for p in story.effects(Page)] == ["ana"]
    assert (story.incident.severity, story.incident.rank, story.incident.matched) == ("SEV1", 1, ("all_users",))
    assert {"ack_by", "commander_by", "resolve_by", "escalate"} <= set(story.incident.timers)


def test_a_raise_pages_nobody_when_somebody_has_it() -> None:
    story = begun("SEV3").then(e.Acknowledged(person="bo")).then(RAISE)
    assert not story.effects(Page)
    assert "ack_by" not in story.incident.timers


def raised_by_an_alert(severity: str = "SEV3") -> Story:
    """An incident that bo acknowledged before an alert raised its severity."""
    return in_triage(severity).then(e.Acknowledged(person="bo"), BO).then(BY_ALERT, PROMETHEUS, after=10 * MINUTE)


@pytest.mark.parametrize("severity", ["SEV3", "SEV2"])
def test_whoever_acknowledged_a_lesser_matter_is_paged_when_an_alert_raises_it(severity: str) -> None:
    story = raised_by_an_alert(severity)
    assert [(p.person, p.key) for p in story.effects(Page)] == [("bo", "i1/wake/3/bo/mail")]
    assert (story.incident.paging.acknowledged_by, story.incident.paging.asked_anew) == ("bo", True)
    assert "bo" in story.incident.paging.paged


def test_everybody_is_paged_anew_when_whoever_is_asked_anew_does_not_answer() -> None:
    story = raised_by_an_alert()
    assert story.due("ack_timeout") == story.now + 5 * MINUTE
    story.wake("ack_timeout")
    assert [p.person for p in story.effects(Page)] == ["ana"]
    assert (story.incident.paging.acknowledged_by, story.incident.paging.asked_anew) == ("", False)
    assert {"escalate", "ack_by"} <= set(story.incident.timers)


@pytest.mark.parametrize("answer", [e.Acknowledged(person="bo"), e.StatusChanged(status=Status.IDENTIFIED)])
def test_another_answer_of_whoever_is_asked_anew_is_enough(answer: e.EventBody) -> None:
    story = raised_by_an_alert().then(answer, BO)
    assert not {"ack_timeout", "escalate"} & set(story.incident.timers)
    assert (story.incident.paging.acknowledged_by, story.incident.paging.asked_anew) == ("bo", False)


def test_everybody_is_paged_at_once_where_whoever_acknowledged_cannot_be_reached() -> None:
    story = in_triage("SEV3").then(e.Acknowledged(person="prometheus"), PROMETHEUS).then(BY_ALERT, PROMETHEUS)
    assert [p.person for p in story.effects(Page)] == ["ana"]
    assert story.incident.paging.acknowledged_by == ""


def test_an_alert_that_raises_to_what_pages_nobody_pages_nobody() -> None:
    story = in_triage("SEV4").then(e.Acknowledged(person="bo"), BO)
    story.then(e.SeverityChanged(severity="SEV3", reason="alert HighErrors"), PROMETHEUS)
    assert not story.effects(Page)
    assert not {"ack_timeout", "escalate"} & set(story.incident.timers)


def test_a_raise_pages_the_level_that_is_being_waited_for() -> None:
    story = begun("SEV2").wake("escalate").then(RAISE)
    assert [p.person for p in story.effects(Page)] == ["bo", "cy", "ana"]


def test_a_fall_to_a_severity_that_does_not_page_stops_the_escalation() -> None:
    story = begun().then(e.SeverityChanged(severity="SEV4", reason="a typo"))
    assert not {"escalate", "ack_by", "commander_by", "resolve_by"} & set(story.incident.timers)
    assert story.effects(CancelPages)


def test_a_fall_to_a_severity_that_pages_leaves_the_escalation_running() -> None:
    story = begun()
    generation = story.incident.timers["escalate"]
    story.then(e.SeverityChanged(severity="SEV2", reason="a workaround"))
    assert story.incident.timers["escalate"] == generation
    assert not story.effects(Page)


def test_a_change_of_severity_restarts_the_clocks_that_are_not_met() -> None:
    story = begun("SEV1").then(e.RoleTaken(role="commander", person="ana"))
    story.then(e.SeverityChanged(severity="SEV2", reason="x")).then(RAISE, after=10 * MINUTE)
    assert story.due("resolve_by") == NOON + HOUR + 10 * MINUTE
    assert "commander_by" not in story.incident.timers


def test_the_same_severity_again_changes_nothing() -> None:
    story = begun("SEV1", matched=("stated",))
    before = story.incident
    story.then(RAISE)
    assert replace(story.incident, seq=before.seq) == before
    assert not story.last.effects


def test_a_severity_that_nobody_had_confirmed_is_confirmed_by_saying_it_again() -> None:
    story = begun("SEV1").then(e.SeverityChanged(severity="SEV1", reason="seen it"))
    assert story.incident.matched == ("stated",)
    assert not story.last.effects


def test_who_confirms_the_severity_of_an_alert_has_accepted_the_incident() -> None:
    story = in_triage("SEV2").then(e.SeverityChanged(severity="SEV2", reason="seen it"))
    assert (story.incident.phase, story.incident.matched) == (Phase.ACTIVE, ("stated",))
    assert "responders" in story.incident.told


def test_the_criteria_of_a_former_severity_are_no_reason_for_the_next() -> None:
    story = begun("SEV1", matched=("all users are hit",)).then(
        e.SeverityChanged(severity="SEV3", reason="one customer")
    )
    assert story.incident.matched == ("stated",)


def test_a_change_of_severity_needs_a_reason_and_a_severity_of_the_pack() -> None:
    with pytest.raises(RefusedError, match="needs a reason"):
        begun("SEV2").then(e.SeverityChanged(severity="SEV1", reason=" "))
    with pytest.raises(InvalidError, match="'P0'"):
        begun("SEV2").then(e.SeverityChanged(severity="P0", reason="x"))


def test_statuses_move_forth_and_back() -> None:
    story = begun()
    for status in (Status.IDENTIFIED, Status.FIXING, Status.MONITORING, Status.INVESTIGATING):
        assert story.then(e.StatusChanged(status=status), after=MINUTE).incident.status is status
    assert story.incident.milestones["identified"] == NOON + MINUTE
    assert story.incident.milestones["mitigated"] == NOON + 3 * MINUTE


def test_resolved_has_its_own_verb() -> None:
    with pytest.raises(RefusedError, match="'resolved' has its own verb"):
        begun().then(e.StatusChanged(status=Status.RESOLVED))


@pytest.mark.parametrize("status", [Status.FIXING, Status.MONITORING])
def test_a_fix_under_way_begins_the_look_at_the_gates_once(status: Status) -> None:
    story = begun().then(e.StatusChanged(status=status))
    generation = story.incident.timers["gates"]
    assert story.then(e.StatusChanged(status=Status.MONITORING)).incident.timers["gates"] == generation
    assert "gates" not in begun(services=()).then(e.StatusChanged(status=status)).incident.timers


def test_going_back_from_monitoring_breaks_the_watch_off() -> None:
    story = begun().then(PASS).then(e.StatusChanged(status=Status.FIXING))
    assert "watch" not in story.incident.timers
    assert story.incident.verification.watch_ends_at is None
    assert not story.then(FAIL).last.effects


def test_a_single_role_is_handed_over() -> None:
    story = begun().then(e.RoleTaken(role="commander", person="ana"))
    assert "commander_by" not in story.incident.timers
    story.then(e.RoleTaken(role="commander", person="bo", note="shift change"), after=MINUTE)
    assert [(h.role, h.person, h.since) for h in story.incident.roles] == [("commander", "bo", NOON + MINUTE)]


def test_a_role_for_many_is_shared() -> None:
    story = begun()
    for who in ("ana", "bo"):
        story.then(e.RoleTaken(role="investigator", person=who))
    assert [h.person for h in story.incident.roles] == ["ana", "bo"]
    story.then(e.RoleLeft(role="investigator", person="ana"))
    assert [h.person for h in story.incident.roles] == ["bo"]


@pytest.mark.parametrize("role", ["commander", "investigator"])
def test_taking_a_role_one_has_changes_nothing(role: str) -> None:
    story = begun().then(e.RoleTaken(role=role, person="ana"))
    before = story.incident
    story.then(e.RoleTaken(role=role, person="ana"), after=HOUR)
    assert replace(story.incident, seq=before.seq) == before


def test_unknown_roles_and_people_are_named() -> None:
    with pytest.raises(RefusedError, match="no role 'boss'") as refused:
        begun().then(e.RoleTaken(role="boss", person="ana"))
    assert "commander" in refused.value.mend
    with pytest.raises(RefusedError, match="nobody is called 'x'"):
        begun().then(e.RoleTaken(role="commander", person="x"))


def test_leaving_a_role_one_has_not_changes_nothing() -> None:
    story = begun().then(e.RoleTaken(role="commander", person="ana"))
    assert story.then(e.RoleLeft(role="commander", person="bo")).incident.holder("commander") == "ana"


def test_tasks_are_given_handed_over_and_done() -> None:
    story = begun().then(e.TaskGiven(task="t1", title="look", owner="ana"))
    story.then(e.TaskGiven(task="t1", title="look", owner="bo")).then(e.TaskDone(task="t1", result="pool full"))
    task = story.incident.tasks[0]
    assert (len(story.incident.tasks), task.owner, task.done, task.result) == (1, "bo", True, "pool full")


def test_a_task_that_was_never_given_cannot_be_done() -> None:
    with pytest.raises(RefusedError, match="no task 't9'") as refused:
        begun().then(e.TaskGiven(task="t1", title="x")).then(e.TaskDone(task="t9"))
    assert refused.value.mend == "Tasks: t1."


def test_a_new_statement_of_impact_keeps_what_it_does_not_mention() -> None:
    story = begun().then(e.ImpactStated(impact=Impact(error_percent=30, tickets=3, data_loss=False)))
    story.then(e.ImpactStated(impact=Impact(tickets=0, trend="better")))
    impact = story.incident.impact
    assert (impact.error_percent, impact.tickets, impact.data_loss, impact.trend) == (30, 0, False, "better")


def test_incidents_are_related_and_unrelated() -> None:
    story = begun().then(e.Related(other="i2", kind="caused_by")).then(e.Related(other="i3"))
    assert story.incident.related == (("i2", "caused_by"), ("i3", "related"))
    assert story.then(e.Related(other="i2", removed=True)).incident.related == (("i3", "related"),)
    with pytest.raises(RefusedError, match="related to itself"):
        story.then(e.Related(other="i1"))


def test_facts_are_kept_as_last_said() -> None:
    story = begun()
    story.then(e.Renamed(title="Checkout fails")).then(e.ScopeChanged(services=("orders", "pay"), endpoints=("/pay",)))
    story.then(e.MilestoneReached(name="impact_started"), occurred=NOON - HOUR)
    story.then(e.MilestoneReached(name="impact_started"), occurred=NOON - MINUTE)
    story.then(e.ChecklistTicked(item="channel")).then(e.ChecklistTicked(item="channel", done=False))
    story.then(e.QuestionAnswered(question="what_changed", answer="the deploy")).then(e.FreezeChanged(frozen=True))
    incident = story.incident
    assert (incident.title, incident.summary) == ("Checkout fails", "")
    assert (incident.services, incident.endpoints) == (("orders", "pay"), ("/pay",))
    assert incident.milestones["impact_started"] == NOON - MINUTE
    assert incident.ticks == {"channel": False}
    assert incident.answers == {"what_changed": "the deploy"}
    assert incident.frozen
    assert not [x for x in story.asked if x not in begun().asked]
