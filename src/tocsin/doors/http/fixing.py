"""Diagnose, plan, approve, mitigate, judge."""

from __future__ import annotations

from fastapi import APIRouter, Response

from tocsin.domain.incident.events import MitigationJudged
from tocsin.domain.mitigation.advice import DeployQuestion
from tocsin.doors.http import bodies as b
from tocsin.doors.http.answers import IncidentAnswer
from tocsin.doors.http.callers import Reader, Responder, Wired
from tocsin.doors.http.idempotency import IdempotentRoute
from tocsin.flows import mitigate, queries
from tocsin.flows.investigate import ask_diagnosis, bundle_of
from tocsin.flows.mitigate import Ask

router = APIRouter(prefix="/v1/incidents/{ref}", tags=["fixing"], route_class=IdempotentRoute)


@router.post("/diagnose", status_code=202)
def diagnose(ref: str, app: Wired, by: Responder) -> IncidentAnswer:
    """Run every applicable check against the affected services; the result joins the timeline."""
    ask_diagnosis(app.engine, ref, by)
    return queries.incident(app.engine, by.viewer, ref)


# A path: incidents, events and links name a bundle as INCIDENT/ID, and the ID alone does too.
@router.get("/bundles/{bundle:path}")
def bundle(ref: str, bundle: str, app: Wired, who: Reader) -> Response:
    """Return what a diagnosis saw, raw, and what it concluded from it, as JSON."""
    return Response(bundle_of(app.engine, who.viewer, ref, bundle), media_type="application/json")


@router.post("/plans", status_code=201)
def plan(ref: str, body: b.PlanBody, app: Wired, by: Responder) -> IncidentAnswer:
    """Look at the world and write down exactly what would be done. Nothing is changed."""
    facts = DeployQuestion(
        fix_understood=body.fix_understood,
        fix_lines=body.fix_lines,
        fix_minutes=body.fix_minutes,
        migration="irreversible" if body.irreversible_migration else None,
        many_changes=body.many_changes,
        pre_existing=body.pre_existing,
    )
    asked = [Ask(action=a.action, params=a.params) for a in body.actions]
    mitigate.plan(app.engine, ref, asked, by, facts=facts)
    return queries.incident(app.engine, by.viewer, ref)


@router.post("/plans/{plan}/approve")
def approve(ref: str, plan: str, body: b.HashBody, app: Wired, by: Responder) -> IncidentAnswer:
    """Approve exactly the plan with this hash."""
    mitigate.approve(app.engine, ref, plan, body.hash, by)
    return queries.incident(app.engine, by.viewer, ref)


@router.post("/plans/{plan}/refuse")
def refuse(ref: str, plan: str, body: b.RefuseBody, app: Wired, by: Responder) -> IncidentAnswer:
    """Say no to a plan."""
    mitigate.refuse(app.engine, ref, plan, body.reason, by)
    return queries.incident(app.engine, by.viewer, ref)


@router.post("/plans/{plan}/run", status_code=202)
def run(ref: str, plan: str, body: b.HashBody, app: Wired, by: Responder) -> IncidentAnswer:
    """Run an approved plan, once."""
    mitigate.run(app.engine, ref, plan, body.hash, by)
    return queries.incident(app.engine, by.viewer, ref)


@router.post("/outcomes", status_code=201)
def judge(ref: str, body: b.OutcomeBody, app: Wired, by: Responder) -> IncidentAnswer:
    """Say whether an attempt worked, had no effect, or made it worse."""
    said = MitigationJudged(
        text=body.text, outcome=body.outcome, plan=body.plan, spent_s=body.spent_s, backup_plan=body.backup_plan
    )
    mitigate.judge(app.engine, ref, said, by, at=body.at)
    return queries.incident(app.engine, by.viewer, ref)
