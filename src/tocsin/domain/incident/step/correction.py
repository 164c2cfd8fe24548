"""A correction changes what is known, never what was done: nothing goes out because of it, and nothing is withdrawn."""

from __future__ import annotations

from tocsin.domain.incident import events as e
from tocsin.domain.incident.events import Event, EventBody
from tocsin.domain.incident.phases import Status
from tocsin.domain.incident.policy import Policy
from tocsin.domain.incident.state import Incident
from tocsin.domain.incident.step import renaming, requesting
from tocsin.domain.incident.step.clocks import PAGING_TIMERS, plan_updates, start_clocks
from tocsin.domain.incident.step.result import MILESTONE, Step, disarm, restamp, said_by, unstamp
from tocsin.domain.incident.step.runbooks import withdraw
from tocsin.domain.replacing import replace

# What may simply be said anew: the newest word counts, and saying it moves nothing and tells nobody.
RESTATED = (
    e.Renamed, e.Noted, e.ImpactStated, e.ScopeChanged, e.MilestoneReached, e.ChecklistTicked, e.QuestionAnswered,
    e.AlertFired, e.AlertCleared, e.AlertsGrouped, e.Related, e.FreezeChanged, e.Diagnosed, e.CauseNamed, e.MitigationJudged,
    e.MemberChanged, e.PrivacyChanged, e.FollowUpAdded, e.FollowUpChanged, e.PostmortemWritten, e.TaskDone, e.RoleLeft,
    e.RunbookStepped,
)  # fmt: skip
RESTATED_WHILE_OPEN = (e.RoleTaken, e.TaskGiven, e.RunbookStarted)
# What reaches a milestone by being said, though the event it corrects had not reached it.
REACHING = (e.StatusChanged, e.Acknowledged)


def is_restated(incident: Incident, body: EventBody) -> bool:
    """Return whether a correction of this kind is folded like any other event (it has no outward effect)."""
    return isinstance(body, RESTATED) or (isinstance(body, RESTATED_WHILE_OPEN) and incident.open)


def correct_milestones(incident: Incident, event: Event) -> Incident:
    """Move the milestones that rest on the superseded event to the time of this one, or drop those it does not reach.

    What is withdrawn gives way to what was said before it, if anything was. Whose own word another correction has replaced
    is corrected in the record only.
    """
    standing = _stands(incident, event.supersedes)
    incident = replace(incident, corrections={**incident.corrections, event.id: event.supersedes})
    if not standing:
        return incident
    resting = [
        fact.removeprefix(MILESTONE)
        for fact in incident.said_by
        if fact.startswith(MILESTONE) and _rests(incident, event, fact)
    ]
    if isinstance(event.body, e.Retracted):
        return _withdrawn(incident, event.supersedes, resting)
    reached = _reached(event.body)
    right = unstamp(incident, *(n for n in resting if n not in reached))
    for name in reached:
        stated = isinstance(event.body, e.MilestoneReached)
        if stated or name in resting or (name not in right.milestones and isinstance(event.body, REACHING)):
            right = restamp(right, name, event)
    return right


def _stands(incident: Incident, event_id: str) -> bool:
    """Return whether every correction that leads to this event is the newest of what it corrects."""
    newest = {corrected: by for by, corrected in incident.corrections.items()}
    while corrected := incident.corrections.get(event_id):
        if newest[corrected] != event_id:
            return False
        event_id = corrected
    return True


def _withdrawn(incident: Incident, gone: str, resting: list[str]) -> Incident:
    back = {was.name: was for was in incident.former.get(gone, ()) if was.name in resting}
    right = unstamp(incident, *resting)
    return replace(
        right,
        milestones={**right.milestones, **{name: was.at for name, was in back.items()}},
        said_by={**right.said_by, **{MILESTONE + name: was.by for name, was in back.items()}},
        former={by: kept for by, all_ in right.former.items() if (kept := tuple(w for w in all_ if w.by != gone))},
    )


def _reached(body: EventBody) -> tuple[str, ...]:
    match body:
        case e.Declared():
            return ("declared",)
        case e.AlertFired():
            return ("detected",)
        case e.Delivered(kind="page"):
            return ("notified",)
        case e.Acknowledged():
            return ("acknowledged",)
        case e.CauseNamed() | e.StatusChanged(status=Status.IDENTIFIED):
            return ("identified",)
        case e.StatusChanged(status=Status.MONITORING) | e.GatesChecked():
            return ("mitigated",)
        case e.Resolved():
            return ("mitigated", "resolved")
        case e.Closed():
            return ("closed",)
        case e.MilestoneReached(name=name):
            return (name,)
        case _:
            return ()


def correct(incident: Incident, event: Event, policy: Policy) -> Step:
    """Mend what was said by an event that moved the incident, where the present still rests on it.

    Clocks may re-plan; the incident keeps its phase, and what has been paged, told or run stays so.
    """
    right = correct_milestones(incident, event)
    match event.body:
        case e.Declared() as body:
            return Step(incident=_declared(right, event, body))
        case e.Acknowledged() as body if _rests(incident, event, "acknowledged_by"):
            return Step(incident=_acknowledged(right, event, body))
        case e.StatusChanged() as body if _rests(incident, event, "status") and incident.open:
            status = incident.status if body.status is Status.RESOLVED else body.status
            return Step(incident=said_by(replace(right, status=status), event, "status"))
        case e.SeverityChanged() as body if _rests(incident, event, "severity") and incident.open:
            return _severity(right, event, body, policy)
        case e.Resolved() as body if _rests(incident, event, MILESTONE + "resolved"):
            return Step(incident=_resolved(right, event, body))
        case e.Closed() if _rests(incident, event, MILESTONE + "closed"):
            return Step(incident=replace(right, closed_at=event.occurred_at))
        case e.ResponderJoined():
            return Step(incident=requesting.corrected(right, event, _joined(incident, event)))
        case e.Retracted():
            right = requesting.corrected(right, event, _joined(incident, event))
            return Step(incident=withdraw(renaming.take_back(right, event), event.supersedes))
        case _:
            return Step(incident=right)


def _rests(incident: Incident, event: Event, fact: str) -> bool:
    """Return whether a fact rests on the superseded event, or on a correction of it."""
    by = incident.said_by.get(fact, "")
    while by and by != event.supersedes:
        by = incident.corrections.get(by, "")
    return bool(by)


def _joined(incident: Incident, event: Event) -> tuple[str, ...]:
    facts = (fact for fact in incident.said_by if fact.startswith(requesting.JOINED))
    return tuple(fact for fact in facts if _rests(incident, event, fact))


def _declared(incident: Incident, event: Event, body: e.Declared) -> Incident:
    """Take over what only the declaration says; what has verbs of its own (severity, scope, impact) is left to them."""
    return replace(
        renaming.redeclared(incident, body),
        declared_at=event.occurred_at,
        source=body.source,
        reporter=body.reporter or incident.reporter,
        symptoms=body.symptoms,
        initial_error=body.initial_error,
        links=body.links,
    )


def _acknowledged(incident: Incident, event: Event, body: e.Acknowledged) -> Incident:
    if not incident.paging.acknowledged_by:
        return incident
    mended = replace(incident.paging, acknowledged_by=body.person, acknowledged_at=event.occurred_at)
    return said_by(replace(incident, paging=mended), event, "acknowledged_by")


def _severity(incident: Incident, event: Event, body: e.SeverityChanged, policy: Policy) -> Step:
    level = policy.level(body.severity)
    moved = replace(incident, severity=level.key, rank=level.rank, matched=body.matched or e.STATED)
    result = start_clocks(said_by(moved, event, "severity"), event, policy)
    result = result.then(plan_updates(result.incident, event, policy))
    return result if level.pages else result.then(disarm(result.incident, *PAGING_TIMERS))


def _resolved(incident: Incident, event: Event, body: e.Resolved) -> Incident:
    return replace(
        incident,
        resolution=body.resolution,
        root_cause=body.root_cause or incident.root_cause,
        next_steps=body.next_steps,
        resolved_at=event.occurred_at,
    )
