"""How an incident begins: declared by a person, or opened for triage by an alert (R-DET)."""

from __future__ import annotations

from tocsin.domain.effects import CancelPages, Diagnose
from tocsin.domain.errors import RefusedError
from tocsin.domain.incident.events import (
    Cancelled,
    CauseNamed,
    Declared,
    Declined,
    Event,
    PlanApproved,
    PlanStarted,
    RoleTaken,
    RunbookStarted,
    SeverityChanged,
    StatusChanged,
    TaskGiven,
    UpdatePosted,
)
from tocsin.domain.incident.phases import Phase, Status, next_phase
from tocsin.domain.incident.policy import Policy
from tocsin.domain.incident.state import Incident, Paging
from tocsin.domain.incident.step.clocks import start_clocks, start_phases
from tocsin.domain.incident.step.pacing import first_page
from tocsin.domain.incident.step.result import Step, disarm_all, said_by, stamp
from tocsin.domain.incident.step.telling import open_conversation, tell_again
from tocsin.domain.incident.step.writing_back import write_back
from tocsin.domain.replacing import replace

# What nobody does about an alert that may be nothing: whoever does it has accepted the incident.
WORK = (
    SeverityChanged, StatusChanged, RoleTaken, TaskGiven, UpdatePosted, CauseNamed, PlanApproved, PlanStarted,
    RunbookStarted,
)  # fmt: skip


def declare(event: Event, body: Declared, policy: Policy) -> Step:
    """Open an incident: page when its severity pages, tell whom the pack names, start the clocks, look at the services.

    A backfilled incident is history already: nobody is paged or told.
    """
    incident = said_by(_opened(event, body, policy), event, "severity")
    incident = stamp(incident, "declared", event)
    if body.mode == "backfill":
        return Step(incident=incident)
    result = first_page(incident, event, policy)
    result = result.then(start_clocks(result.incident, event, policy))
    result = result.then(start_phases(result.incident, event, policy))
    if body.services:
        result = result.also(Diagnose(key=f"{incident.id}/diagnose/{event.seq}"))
    return result.then(open_conversation(result.incident, event, policy))


def _opened(event: Event, body: Declared, policy: Policy) -> Incident:
    level = policy.level(body.severity)
    reporter = event.actor.person
    return Incident(
        id=event.incident,
        ref=body.ref,
        seq=event.seq,
        phase=Phase.ACTIVE if body.confirmed else Phase.TRIAGE,
        status=Status.INVESTIGATING,
        mode=body.mode,
        severity=level.key,
        rank=level.rank,
        title=body.title,
        summary=body.summary,
        pack=body.pack or policy.pack_digest,
        catalogue=policy.catalogue.version,
        declared_at=event.occurred_at,
        recorded_at=event.recorded_at,
        source=body.source,
        reporter=body.reporter or reporter,
        team=body.team,
        private=body.private,
        members=frozenset({reporter}) if body.private and reporter else frozenset(),
        services=body.services,
        endpoints=body.endpoints,
        functions=body.functions,
        symptoms=body.symptoms,
        initial_error=body.initial_error,
        matched=body.matched,
        links=body.links,
        impact=body.impact,
        paging=Paging(turn=body.turn),
        policies=body.policies,
        pace=body.pace,
    )


def accept(incident: Incident, event: Event, policy: Policy) -> Step:
    """Triage found a real incident: the conversation opens. Already active changes nothing.

    Raises:
        RefusedError: it is neither in triage nor active.
    """
    if incident.phase is Phase.ACTIVE:
        return Step(incident=incident)
    return open_conversation(replace(incident, phase=next_phase(incident.phase, "accept")), event, policy)


def begins_work(incident: Incident, event: Event) -> bool:
    """Return whether somebody acts on an incident in triage as on a real one; an approved plan that runs does too."""
    acting = event.actor.kind in {"person", "agent"} or isinstance(event.body, PlanStarted)
    return incident.phase is Phase.TRIAGE and isinstance(event.body, WORK) and acting


def work_begins(incident: Incident, event: Event, policy: Policy) -> Step:
    """Accept an incident in triage that work begins on; a severity accepts by itself, so that it is told as it is now."""
    if begins_work(incident, event) and not isinstance(event.body, SeverityChanged):
        return accept(incident, event, policy)
    return Step(incident=incident)


def decline(incident: Incident, event: Event, body: Declined, policy: Policy) -> Step:
    """Triage found none, with a reason and where it goes (R-DET-10)."""
    if not body.reason.strip():
        raise RefusedError("cannot decline without a reason", mend="Say why, and where it goes instead.")
    away = replace(incident, phase=next_phase(incident.phase, "decline"))
    return _put_away(away, event, policy, news=f"Declined: {body.reason}")


def cancel(incident: Incident, event: Event, body: Cancelled, policy: Policy) -> Step:
    """Declared in error."""
    if not body.reason.strip():
        raise RefusedError("cannot cancel without a reason", mend="Say why it was no incident.")
    away = replace(incident, phase=next_phase(incident.phase, "cancel"))
    return _put_away(away, event, policy, news=f"Cancelled, this was no incident: {body.reason}")


def _put_away(incident: Incident, event: Event, policy: Policy, *, news: str) -> Step:
    """Stop everything but the reminders of action items, and let nobody who was told wait for an end."""
    away = replace(incident, closed_at=event.occurred_at, update_due_at=None)
    result = disarm_all(away, but=("followup/",)).also(CancelPages(), *write_back(away, event, "resolve"))
    return result.then(tell_again(result.incident, event, policy, news=news, outside="resolved"))
