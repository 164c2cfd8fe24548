"""Incidents: declare, read, and every verb of the response. One route parses, calls one flow, answers."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Header, Query

from tocsin.domain.actor import Actor
from tocsin.domain.comms.draft import Draft, draft
from tocsin.domain.errors import InvalidError
from tocsin.domain.incident import events as e
from tocsin.domain.incident.phases import Phase
from tocsin.domain.mode import Mode
from tocsin.doors.http import bodies as b
from tocsin.doors.http.answers import IncidentAnswer
from tocsin.doors.http.callers import Reader, Responder, Wired
from tocsin.doors.http.idempotency import IdempotentRoute
from tocsin.flows import queries, respond
from tocsin.flows.declare import Declaration, declare
from tocsin.flows.queries import IncidentList, TimelinePage
from tocsin.flows.queries.directory import Foreseen, foresee
from tocsin.flows.respond import By, act
from tocsin.flows.storage import IncidentFilter

router = APIRouter(prefix="/v1/incidents", tags=["incidents"], route_class=IdempotentRoute)


def _shown(app: Wired, by: By, ref: str) -> IncidentAnswer:
    return queries.incident(app.engine, by.viewer, ref)


@router.post("", status_code=201)
def declare_incident(
    body: b.DeclareBody, app: Wired, by: Responder, *, idempotency_key: Annotated[str, Header()] = ""
) -> IncidentAnswer:
    """Declare an incident: pages, tells and starts the clocks as its pack says."""
    return _shown(app, by, declare(app.engine, _said(body, idempotency_key), by.actor).id)


def _said(body: b.DeclareBody, key: str = "") -> Declaration:
    values = body.model_dump(exclude={"impact", "services", "endpoints", "functions", "symptoms"})
    return Declaration(
        **values,
        key=key,
        impact=body.impact.impact(),
        services=tuple(body.services),
        endpoints=tuple(body.endpoints),
        functions=tuple(body.functions),
        symptoms=tuple(body.symptoms),
    )


@router.post("/preview")
def preview_incident(body: b.DeclareBody, app: Wired, who: Reader) -> Foreseen:
    """Say what declaring it would lead to: the severity with the criteria that matched, and who is woken. Nothing is recorded."""
    del who
    return foresee(app.engine, _said(body))


@router.post("/draft")
def draft_incident(body: b.DraftBody, app: Wired, who: Reader) -> Draft:
    """Make a draft from free text, to be confirmed by declaring it. Nothing is recorded."""
    known, now = queries.services_and_now(app.engine)
    del who
    return draft(body.text, known, now)


@router.get("")
def list_incidents(  # noqa: PLR0913 (each is a filter of its own)
    app: Wired,
    who: Reader,
    *,
    phase: Annotated[list[Phase] | None, Query()] = None,
    severity: Annotated[list[str] | None, Query()] = None,
    service: Annotated[list[str] | None, Query()] = None,
    team: Annotated[list[str] | None, Query()] = None,
    mode: Annotated[list[Mode] | None, Query()] = None,
    q: str = "",
    cursor: str = "",
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
) -> IncidentList:
    """List incidents you may see, newest declared first."""
    wanted = IncidentFilter(
        phases=tuple(phase or ()),
        severities=tuple(severity or ()),
        services=tuple(service or ()),
        teams=tuple(team or ()),
        modes=tuple(mode or ()),
        text=q,
    )
    return queries.incidents(app.engine, who.viewer, wanted, cursor=cursor, limit=limit)


@router.get("/{ref}")
def show_incident(ref: str, app: Wired, who: Reader) -> IncidentAnswer:
    """Show one incident by id, reference or former reference, with what is missing now."""
    return queries.incident(app.engine, who.viewer, ref)


@router.get("/{ref}/timeline")
def show_timeline(
    ref: str,
    app: Wired,
    who: Reader,
    *,
    as_known_at: b.Moment | None = None,
    cursor: Annotated[int, Query(ge=0)] = 0,
    limit: Annotated[int, Query(ge=1, le=500)] = 200,
) -> TimelinePage:
    """Show the timeline by when things happened; `as_known_at` shows what was known then."""
    return queries.timeline(app.engine, who.viewer, ref, as_known_at=as_known_at, cursor=cursor, limit=limit)


@router.post("/{ref}/accept")
def accept(ref: str, app: Wired, by: Responder) -> IncidentAnswer:
    """Take an incident out of triage."""
    act(app.engine, ref, e.Accepted(), by)
    return _shown(app, by, ref)


@router.post("/{ref}/decline")
def decline(ref: str, body: b.ReasonBody, app: Wired, by: Responder) -> IncidentAnswer:
    """Say that triage found no incident, why, and where it goes."""
    act(app.engine, ref, e.Declined(reason=body.reason, route=body.route), by)
    return _shown(app, by, ref)


@router.post("/{ref}/cancel")
def cancel(ref: str, body: b.ReasonBody, app: Wired, by: Responder) -> IncidentAnswer:
    """Take back a declaration made in error."""
    act(app.engine, ref, e.Cancelled(reason=body.reason), by)
    return _shown(app, by, ref)


def _person(given: str, actor: Actor) -> str:
    return given or actor.person


@router.post("/{ref}/acknowledge")
def acknowledge(ref: str, body: b.PersonBody, app: Wired, by: Responder) -> IncidentAnswer:
    """Stop the escalation: somebody has it."""
    act(app.engine, ref, e.Acknowledged(person=_person(body.person, by.actor)), by, occurred_at=body.at)
    return _shown(app, by, ref)


@router.post("/{ref}/unacknowledge")
def unacknowledge(ref: str, body: b.ReasonBody, app: Wired, by: Responder) -> IncidentAnswer:
    """Nobody has it any more: paging begins again."""
    act(app.engine, ref, e.Unacknowledged(person=by.actor.person, reason=body.reason), by)
    return _shown(app, by, ref)


@router.post("/{ref}/rename")
def rename(ref: str, body: b.RenameBody, app: Wired, by: Responder) -> IncidentAnswer:
    """Give an incident another title; the timeline keeps the former ones."""
    act(app.engine, ref, e.Renamed(title=body.title, summary=body.summary), by, occurred_at=body.at)
    return _shown(app, by, ref)


@router.post("/{ref}/severity")
def change_severity(ref: str, body: b.SeverityBody, app: Wired, by: Responder) -> IncidentAnswer:
    """Raise or lower the severity, with a reason."""
    act(app.engine, ref, e.SeverityChanged(severity=body.severity, reason=body.reason), by, occurred_at=body.at)
    return _shown(app, by, ref)


@router.post("/{ref}/status")
def change_status(ref: str, body: b.StatusBody, app: Wired, by: Responder) -> IncidentAnswer:
    """Move to another working status."""
    act(app.engine, ref, e.StatusChanged(status=body.status, note=body.note), by, occurred_at=body.at)
    return _shown(app, by, ref)


@router.post("/{ref}/roles")
def change_role(ref: str, body: b.RoleBody, app: Wired, by: Responder) -> IncidentAnswer:
    """Give a role to a person, or give it back."""
    person = _person(body.person, by.actor)
    change = (
        e.RoleLeft(role=body.role, person=person)
        if body.leave
        else e.RoleTaken(role=body.role, person=person, note=body.note)
    )
    act(app.engine, ref, change, by, occurred_at=body.at)
    return _shown(app, by, ref)


@router.post("/{ref}/tasks", status_code=201)
def give_task(ref: str, body: b.TaskBody, app: Wired, by: Responder) -> IncidentAnswer:
    """Delegate work."""
    respond.give_task(app.engine, ref, body.title, by, owner=body.owner)
    return _shown(app, by, ref)


@router.post("/{ref}/tasks/{task}/done")
def finish_task(ref: str, task: str, body: b.TaskDoneBody, app: Wired, by: Responder) -> IncidentAnswer:
    """Note the result of delegated work."""
    act(app.engine, ref, e.TaskDone(task=task, result=body.result), by)
    return _shown(app, by, ref)


@router.post("/{ref}/notes", status_code=201)
def add_note(ref: str, body: b.NoteBody, app: Wired, by: Responder) -> IncidentAnswer:
    """Add a finding, decision, action or note to the timeline."""
    act(app.engine, ref, e.Noted(text=body.text, kind=body.kind, pinned=body.pinned), by, occurred_at=body.at)
    return _shown(app, by, ref)


@router.post("/{ref}/updates", status_code=201)
def post_update(ref: str, body: b.UpdateBody, app: Wired, by: Responder) -> IncidentAnswer:
    """Post a progress update; 'nothing new' counts and restarts the clock."""
    if not body.text.strip() and not body.nothing_new:
        raise InvalidError("an update without words", field="text", mend="Write a line, or say `nothing_new`.")
    said = e.UpdatePosted(
        text=body.text or ("No new information; work goes on." if body.nothing_new else ""),
        audiences=body.audiences,
        template="findings" if body.findings else "update",
        eta=body.eta,
        workaround=body.workaround,
        current_actions=tuple(body.current_actions),
        nothing_new=body.nothing_new,
    )
    act(app.engine, ref, said, by, occurred_at=body.at)
    return _shown(app, by, ref)


@router.post("/{ref}/impact")
def state_impact(ref: str, body: b.ImpactBody, app: Wired, by: Responder) -> IncidentAnswer:
    """State what is known of the impact now; what is left out keeps its value."""
    act(app.engine, ref, e.ImpactStated(impact=body.impact()), by)
    return _shown(app, by, ref)


@router.post("/{ref}/scope")
def change_scope(ref: str, body: b.ScopeBody, app: Wired, by: Responder) -> IncidentAnswer:
    """Say which services, endpoints and functions are affected, in full."""
    change = e.ScopeChanged(
        services=tuple(body.services), endpoints=tuple(body.endpoints), functions=tuple(body.functions)
    )
    act(app.engine, ref, change, by, occurred_at=body.at)
    return _shown(app, by, ref)


@router.post("/{ref}/milestones")
def state_milestone(ref: str, body: b.MilestoneBody, app: Wired, by: Responder) -> IncidentAnswer:
    """State when something was true, such as the start of the impact."""
    respond.state_milestone(app.engine, ref, body.name, body.at, by)
    return _shown(app, by, ref)


@router.post("/{ref}/events/{event}/correct")
def correct(ref: str, event: str, body: b.CorrectBody, app: Wired, by: Responder) -> IncidentAnswer:
    """Correct an event's time, or withdraw it; the former version stays in the record."""
    respond.amend(app.engine, ref, event, by, at=body.at, retract=body.retract)
    return _shown(app, by, ref)


@router.post("/{ref}/cause")
def name_cause(ref: str, body: b.CauseBody, app: Wired, by: Responder) -> IncidentAnswer:
    """Name the root cause, or a hypothesis as an interim answer."""
    change = e.CauseNamed(
        text=body.text,
        confirmed=body.confirmed,
        evidence=tuple(body.evidence),
        trigger=body.trigger,
        factors=tuple(body.factors),
    )
    act(app.engine, ref, change, by, occurred_at=body.at)
    return _shown(app, by, ref)


@router.post("/{ref}/checklist")
def tick(ref: str, body: b.TickBody, app: Wired, by: Responder) -> IncidentAnswer:
    """Tick a checklist item by hand, or untick it."""
    respond.tick(app.engine, ref, e.ChecklistTicked(item=body.item, done=body.done), by)
    return _shown(app, by, ref)


@router.post("/{ref}/answers")
def answer(ref: str, body: b.AnswerBody, app: Wired, by: Responder) -> IncidentAnswer:
    """Answer a key question."""
    act(app.engine, ref, e.QuestionAnswered(question=body.question, answer=body.answer), by)
    return _shown(app, by, ref)


@router.post("/{ref}/freeze")
def freeze(ref: str, body: b.FreezeBody, app: Wired, by: Responder) -> IncidentAnswer:
    """Ask everyone to hold deploys that can wait, or lift that."""
    act(app.engine, ref, e.FreezeChanged(frozen=body.frozen, note=body.note), by)
    return _shown(app, by, ref)


@router.post("/{ref}/members")
def change_member(ref: str, body: b.MemberBody, app: Wired, by: Responder) -> IncidentAnswer:
    """Say who may see a private incident."""
    respond.change_member(app.engine, ref, e.MemberChanged(person=body.person, removed=body.removed), by)
    return _shown(app, by, ref)


@router.post("/{ref}/privacy")
def change_privacy(ref: str, body: b.PrivacyBody, app: Wired, by: Responder) -> IncidentAnswer:
    """Make an incident private, or open it."""
    act(app.engine, ref, e.PrivacyChanged(private=body.private, reason=body.reason), by)
    return _shown(app, by, ref)


@router.post("/{ref}/related")
def relate(ref: str, body: b.OtherBody, app: Wired, by: Responder) -> IncidentAnswer:
    """Link another incident, or unlink it."""
    respond.relate(app.engine, ref, e.Related(other=body.other, kind=body.kind, removed=body.removed), by)
    return _shown(app, by, ref)


@router.post("/{ref}/merge")
def merge(ref: str, body: b.MergeBody, app: Wired, by: Responder) -> IncidentAnswer:
    """Merge this incident into another; its reference keeps resolving. Answers the one that goes on."""
    return _shown(app, by, respond.merge(app.engine, ref, body.into, by, reason=body.reason).id)


@router.post("/{ref}/unmerge")
def unmerge(ref: str, body: b.ReasonBody, app: Wired, by: Responder) -> IncidentAnswer:
    """Undo a merge."""
    return _shown(app, by, respond.unmerge(app.engine, ref, body.reason, by).id)


@router.post("/{ref}/resolve")
def resolve(ref: str, body: b.ResolveBody, app: Wired, by: Responder) -> IncidentAnswer:
    """Give the all-clear."""
    said = e.Resolved(
        resolution=body.resolution,
        root_cause=body.root_cause,
        next_steps=tuple(body.next_steps),
        thanks=tuple(body.thanks),
    )
    respond.resolve(app.engine, ref, said, by, anyway=body.anyway, at=body.at)
    return _shown(app, by, ref)


@router.post("/{ref}/reopen")
def reopen(ref: str, body: b.ReasonBody, app: Wired, by: Responder) -> IncidentAnswer:
    """It came back: page again, with the reason."""
    act(app.engine, ref, e.Reopened(reason=body.reason), by, occurred_at=body.at)
    return _shown(app, by, ref)


@router.post("/{ref}/close")
def close(ref: str, body: b.ReasonBody, app: Wired, by: Responder) -> IncidentAnswer:
    """Nothing is left to do."""
    act(app.engine, ref, e.Closed(reason=body.reason), by, occurred_at=body.at)
    return _shown(app, by, ref)
