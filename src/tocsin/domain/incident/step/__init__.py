"""`step(incident, event, policy) -> Step`: what an event makes of an incident, and what it asks of the world.

Handling an event that changes nothing (late, repeated, already true) returns the incident as it was, but for its seq.
"""

from __future__ import annotations

from collections.abc import Iterable

from tocsin.domain.errors import InvalidError, RefusedError
from tocsin.domain.incident import events as e
from tocsin.domain.incident.events import Event
from tocsin.domain.incident.policy import Policy
from tocsin.domain.incident.state import Incident
from tocsin.domain.incident.step import (
    alerts,
    calling,
    correction,
    ending,
    escalating,
    followups,
    holding,
    merging,
    opening,
    pacing,
    paging,
    plans,
    policies,
    renaming,
    requesting,
    response,
    runbooks,
    telling,
    verifying,
    writing_back,
)
from tocsin.domain.incident.step.result import Step, restamp, stamp
from tocsin.domain.incident.step.timers import elapsed
from tocsin.domain.replacing import replace

__all__ = ["Step", "fold", "step"]


def step(incident: Incident | None, event: Event, policy: Policy) -> Step:
    """Return what `event` makes of `incident` (None before its declaration).

    An event that supersedes another corrects the record: it has no effect on the world, clocks aside.

    Raises:
        RefusedError: a person asked for what a rule forbids.
        InvalidError: a value is not one the pack knows.
    """
    if incident is None:
        if not isinstance(event.body, e.Declared):
            raise RefusedError("an incident begins with its declaration", mend="Declare it first.")
        return calling.reach(opening.declare(event, event.body, policy), event, policy).once()
    now = replace(incident, seq=event.seq)
    if event.supersedes:
        return _correct(now, event, policy)
    begun = opening.work_begins(now, event, policy)
    result = begun.then(_decide(begun.incident, event, policy))
    result = result.then(paging.sign_of_work(result.incident, event, policy))
    result = result.then(pacing.keep_pace(result.incident, event, policy))
    result = result.also(*writing_back.to_those_that_joined(result.incident, event))
    result = result.then(holding.look_again(result.incident, event))
    return calling.reach(result, event, policy).once()


def fold(events: Iterable[Event], policy: Policy) -> Incident:
    """Return the incident that its recorded events make, in their order; the effects they had are not asked for again.

    What has been recorded has happened: an event that today's rules would refuse only moves the seq.

    Raises:
        RefusedError: there are no events, or the first is no declaration.
    """
    incident: Incident | None = None
    for event in events:
        try:
            incident = step(incident, event, policy).incident
        except (RefusedError, InvalidError):
            if incident is None:
                raise
            incident = replace(incident, seq=event.seq)
    if incident is None:
        raise RefusedError("an incident begins with its declaration", mend="Declare it first.")
    return incident


def _correct(incident: Incident, event: Event, policy: Policy) -> Step:
    if correction.is_restated(incident, event.body):
        return _decide(correction.correct_milestones(incident, event), event, policy)
    return correction.correct(incident, event, policy)


def _decide(incident: Incident, event: Event, policy: Policy) -> Step:
    first = _opening(incident, event, policy) or _paging(incident, event, policy)
    return first or _response(incident, event, policy) or _ending(incident, event, policy)


def _opening(incident: Incident, event: Event, policy: Policy) -> Step | None:
    match event.body:
        case e.Declared():
            return Step(incident=incident)
        case e.Accepted():
            return opening.accept(incident, event, policy)
        case e.Declined() as body:
            return opening.decline(incident, event, body, policy)
        case e.Cancelled() as body:
            return opening.cancel(incident, event, body, policy)
        case e.AlertFired() | e.AlertCleared() | e.AlertsGrouped() as body:
            return Step(incident=alerts.told(incident, event, body))
        case e.PolicyAdded() as body:
            return policies.add_policy(incident, event, body, policy)
        case e.TimerElapsed() as body:
            return elapsed(incident, event, body, policy)
        case _:
            return None


def _paging(incident: Incident, event: Event, policy: Policy) -> Step | None:
    match event.body:
        case e.Acknowledged() as body:
            return paging.acknowledge(incident, event, body, policy)
        case e.Unacknowledged():
            return paging.unacknowledge(incident, event, policy)
        case e.Escalated() | e.Snoozed() | e.PagingRestarted() as body:
            return escalating.by_hand(incident, event, body, policy)
        case e.RespondersRequested() | e.ResponderJoined() as body:
            return requesting.by_hand(incident, event, body, policy)
        case e.PagingHeld() as body:
            return holding.hold(incident, event, body)
        case e.DeliveryFailed() as body:
            return paging.delivery_failed(incident, event, body, policy)
        case e.Delivered() as body:
            return Step(incident=stamp(incident, "notified", event) if body.kind == "page" else incident)
        case _:
            return None


def _response(incident: Incident, event: Event, policy: Policy) -> Step | None:  # noqa: C901, PLR0912 (one line a case)
    match event.body:
        case e.Renamed() as body:
            return renaming.rename(incident, event, body)
        case e.SeverityChanged() as body:
            return response.change_severity(incident, event, body, policy)
        case e.StatusChanged() as body:
            return response.change_status(incident, event, body)
        case e.RoleTaken() as body:
            return response.take_role(incident, event, body, policy)
        case e.RoleLeft() as body:
            return response.leave_role(incident, body)
        case e.TaskGiven() as body:
            return response.give_task(incident, body)
        case e.TaskDone() as body:
            return response.finish_task(incident, body)
        case e.UpdatePosted() as body:
            return telling.post_update(incident, event, body, policy)
        case e.ImpactStated() as body:
            return response.state_impact(incident, body)
        case e.Related() as body:
            return response.relate(incident, event, body)
        case e.Diagnosed() as body:
            return plans.diagnosed(incident, event, body)
        case e.CauseNamed() as body:
            return plans.name_cause(incident, event, body)
        case e.PlanProposed() as body:
            return plans.propose(incident, event, body)
        case e.PlanApproved() as body:
            return plans.approve(incident, event, body)
        case e.PlanRefused() as body:
            return plans.refuse(incident, body)
        case e.PlanStarted() as body:
            return plans.start(incident, event, body)
        case e.PlanEnded() as body:
            return plans.ended(incident, event, body, policy)
        case e.MitigationJudged() as body:
            return plans.judge(incident, body)
        case e.RunbookStarted() as body:
            return runbooks.start(incident, event, body)
        case e.RunbookStepped() as body:
            return runbooks.mark(incident, event, body)
        case e.GatesChecked() as body:
            return verifying.gates_checked(incident, event, body, policy)
        case e.WatchEnded() as body:
            return verifying.watch_ended(incident, event, body, policy)
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
            return merging.merge(incident, event, body, policy)
        case e.Unmerged() as body:
            return merging.unmerge(incident, event, body, policy)
        case e.Absorbed() as body:
            return merging.absorb(incident, body)
        case e.FollowUpAdded() as body:
            return followups.add_followup(incident, event, body)
        case e.FollowUpChanged() as body:
            return followups.change_followup(incident, event, body)
        case e.PostmortemWritten() as body:
            return followups.write_postmortem(incident, body)
        case _:
            return Step(incident=_facts(incident, event))


def _facts(incident: Incident, event: Event) -> Incident:
    """Fold the events that only state something."""
    match event.body:
        case e.ScopeChanged(services=services, endpoints=endpoints, functions=functions):
            return replace(incident, services=services, endpoints=endpoints, functions=functions)
        case e.MilestoneReached(name=name) if not event.supersedes:
            # A stated stamp is a person's or an integration's word: the newest statement counts.
            return restamp(incident, name, event)
        case e.Noted(kind="finding" | "decision" | "action"):
            return replace(incident, progress_at=event.recorded_at)
        case e.Retracted() if not event.supersedes:
            raise RefusedError("a retraction names the event it withdraws", mend="Say which entry is wrong.")
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
