"""Runbooks: which there are, which fit an incident, and following one step by step."""

from __future__ import annotations

from fastapi import APIRouter

from tocsin.doors.http import bodies as b
from tocsin.doors.http.answers import IncidentAnswer
from tocsin.doors.http.callers import Reader, Responder, Wired
from tocsin.doors.http.idempotency import IdempotentRoute
from tocsin.flows import queries, runbooks
from tocsin.flows.queries import IncidentRunbooks, RunbookLine, RunbookView
from tocsin.flows.runbooks import Outcome, Place

router = APIRouter(prefix="/v1", tags=["runbooks"], route_class=IdempotentRoute)


@router.get("/runbooks")
def list_runbooks(app: Wired, who: Reader) -> list[RunbookLine]:
    """List the runbooks in force: the shipped ones and your own."""
    del who
    return list(queries.runbooks(app.engine))


@router.get("/runbooks/{runbook}")
def show_runbook(runbook: str, app: Wired, who: Reader, service: str = "") -> RunbookView:
    """Show a runbook with its steps, filled in for a service where one is named."""
    del who
    return queries.runbook(app.engine, runbook, service=service)


@router.get("/incidents/{ref}/runbooks")
def show_incident_runbooks(ref: str, app: Wired, who: Reader) -> IncidentRunbooks:
    """Show the runbooks an incident follows, step by step, and which others fit it and why."""
    return queries.incident_runbooks(app.engine, who.viewer, ref)


@router.post("/incidents/{ref}/runbooks", status_code=201)
def start_runbook(ref: str, body: b.RunbookBody, app: Wired, by: Responder) -> IncidentAnswer:
    """Follow a runbook in an incident, as it is in force now."""
    runbooks.start_runbook(app.engine, ref, body.runbook, by)
    return queries.incident(app.engine, by.viewer, ref)


@router.post("/incidents/{ref}/runbooks/{runbook}/steps")
def mark_step(ref: str, runbook: str, body: b.StepBody, app: Wired, by: Responder) -> IncidentAnswer:
    """Say what became of a step: done, failed, skipped, or open again."""
    place = Place(runbook=runbook, step=body.step)
    runbooks.mark_step(app.engine, ref, place, Outcome(result=body.result, note=body.note), by)
    return queries.incident(app.engine, by.viewer, ref)


@router.post("/incidents/{ref}/runbooks/{runbook}/run", status_code=202)
def run_step(ref: str, runbook: str, body: b.RunStepBody, app: Wired, by: Responder) -> IncidentAnswer:
    """Carry out a step as far as Tocsin can: diagnose, propose its plan for approval, or judge its gates."""
    runbooks.carry_out(app.engine, ref, Place(runbook=runbook, step=body.step), by)
    return queries.incident(app.engine, by.viewer, ref)
