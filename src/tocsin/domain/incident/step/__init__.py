"""`step(incident, event, policy) -> Step`: what an event makes of an incident, and what it asks of the world.

Handling an event that changes nothing (late, repeated, already true) returns the incident as it was, but for its seq.
"""

from __future__ import annotations

from dataclasses import replace

from tocsin.domain.errors import RefusedError
from tocsin.domain.incident import events as e
from tocsin.domain.incident.events import Event
from tocsin.domain.incident.policy import Policy
from tocsin.domain.incident.state import Incident
from tocsin.domain.incident.step import ending, fixing, opening, paging, response, telling
from tocsin.domain.incident.step.result import Step, stamp
from tocsin.domain.incident.step.timers import elapsed

__all__ = ["Step", "step"]


def step(incident: Incident | None, event: Event, policy: Policy) -> Step:
    """Return what `event` makes of `incident` (None before its declaration).

    Raises:
        RefusedError: a person asked for what a rule forbids.
        InvalidError: a value is not one the pack knows.
    """
    if incident is None:
        if not isinstance(event.body, e.Declared):
            raise RefusedError("an incident begins with its declaration", mend="Declare it first.")
        return opening.declare(event, event.body, policy)
    now = replace(incident, seq=event.seq)
    return _opening(now, event, policy) or _response(now, event, policy) or _ending(now, event, policy)


def _opening(incident: Incident, event: Event, policy: Policy) -> Step | None:
    match event.body:
        case e.Declared():
            return Step(incident=incident)
        case e.Accepted() as body:
            return opening.accepted(incident, event, body, policy)
        case e.Declined() as body:
            return opening.decline(incident, event, body)
        case e.Cancelled() as body:
            return opening.cancel(incident, event, body)
        case e.AlertFired() as body:
            return opening.alert_fired(incident, event, body)
        case e.AlertCleared() as body:
            return opening.alert_cleared(incident, body)
        case e.Acknowledged() as body:
            return paging.acknowledge(incident, event, body)
        case e.Unacknowledged():
            return paging.unacknowledge(incident, event, policy)
        case e.DeliveryFailed() as body:
            return paging.delivery_failed(incident, event, body, policy)
        case e.Delivered() as body:
            return Step(incident=stamp(incident, "notified", event) if body.kind == "page" else incident)
        case e.TimerElapsed() as body:
            return elapsed(incident, event, body, policy)
        case _:
            return None


def _response(incident: Incident, event: Event, policy: Policy) -> Step | None:  # noqa: C901, PLR0912 (one line a case)
    match event.body:
        case e.SeverityChanged() as body:
            return response.change_severity(incident, event, body, policy)
        case e.StatusChanged() as body:
            return response.change_status(incident, event, body, policy)
        case e.RoleTaken() as body:
            return response.take_role(incident, event, body, policy)
        case e.RoleLeft() as body:
            return response.leave_role(incident, body)
        case e.TaskGiven() as body:
            return response.give_task(incident, body)
        case e.TaskDone() as body:
            return response.finish_task(incident, body)
        case e.UpdatePosted() as body:
            begun = opening.work_begins(incident, event, policy)
            return begun.then(telling.post_update(begun.incident, event, body, policy))
        case e.ImpactStated() as body:
            return response.state_impact(incident, body)
        case e.Related() as body:
            return response.relate(incident, event, body)
        case e.Diagnosed() as body:
            return fixing.diagnosed(incident, event, body)
        case e.CauseNamed() as body:
            return fixing.name_cause(incident, event, body)
        case e.PlanProposed() as body:
            return fixing.propose(incident, event, body)
        case e.PlanApproved() as body:
            return fixing.approve(incident, event, body)
        case e.PlanRefused() as body:
            return fixing.refuse(incident, body)
        case e.PlanStarted() as body:
            return fixing.start(incident, event, body)
        case e.PlanEnded() as body:
            return fixing.ended(incident, event, body, policy)
        case e.MitigationJudged() as body:
            return fixing.judge(incident, body)
        case e.GatesChecked() as body:
            return fixing.gates_checked(incident, event, body, policy)
        case e.WatchEnded() as body:
            return fixing.watch_ended(incident, event, body, policy)
        case _:
            return None


def _ending(incident: Incident, event: Event, policy: Policy) -> Step:
    match event.body:
        case e.Resolved() as body:
            return ending.resolve(incident, event, body, policy)
        case e.Reopened() as body:
            return ending.reopen(incident, event, body, policy)
        case e.Closed() as body:
            return ending.close(incident, event, body, policy)
        case e.Merged() as body:
            return ending.merge(incident, event, body)
        case e.Unmerged() as body:
            return ending.unmerge(incident, event, body, policy)
        case e.Absorbed() as body:
            return ending.absorb(incident, body)
        case e.FollowUpAdded() as body:
            return ending.add_followup(incident, event, body)
        case e.FollowUpChanged() as body:
            return ending.change_followup(incident, event, body)
        case e.PostmortemWritten() as body:
            return ending.write_postmortem(incident, body)
        case _:
            return Step(incident=_facts(incident, event))


def _facts(incident: Incident, event: Event) -> Incident:
    """Fold the events that only state something."""
    match event.body:
        case e.Renamed(title=title, summary=summary):
            return replace(incident, title=title, summary=summary or incident.summary)
        case e.ScopeChanged(services=services, endpoints=endpoints, functions=functions):
            return replace(incident, services=services, endpoints=endpoints, functions=functions)
        case e.MilestoneReached(name=name):
            # A stated stamp is a person's or an integration's word: the newest statement counts.
            return replace(incident, milestones={**incident.milestones, name: event.occurred_at})
        case e.ChecklistTicked(item=item, done=done):
            return replace(incident, ticks={**incident.ticks, item: done})
        case e.QuestionAnswered(question=question, answer=answer):
            return replace(incident, answers={**incident.answers, question: answer})
        case e.FreezeChanged(frozen=frozen):
            return replace(incident, frozen=frozen)
        case e.PrivacyChanged(private=private):
            keeper = frozenset({event.actor.person}) if event.actor.person else frozenset()
            return replace(incident, private=private, members=incident.members | (keeper if private else frozenset()))
        case e.MemberChanged(person=person, removed=removed):
            members = incident.members - {person} if removed else incident.members | {person}
            return replace(incident, members=members)
        case _:
            return incident
