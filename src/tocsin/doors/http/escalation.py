"""The escalation by hand: the next level, a pause, another policy."""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated

from fastapi import APIRouter
from pydantic import Field

from tocsin.doors.http.answers import IncidentAnswer
from tocsin.doors.http.bodies import Body, Line, Moment
from tocsin.doors.http.callers import Responder, Wired
from tocsin.doors.http.idempotency import IdempotentRoute
from tocsin.flows import escalation, queries

router = APIRouter(prefix="/v1/incidents/{ref}", tags=["incidents"], route_class=IdempotentRoute)


class CallBody(Body):
    """Why. `call` is the `paging.call` that was seen: when another is under way, nothing is done."""

    call: Annotated[int, Field(ge=0, le=10**12)] | None = None
    reason: Line = ""


class SnoozeBody(Body):
    """Until when, or for how many seconds; one of the two."""

    until: Moment | None = None
    for_s: Annotated[float, Field(gt=0, le=10**8)] | None = None
    reason: Line = ""


@router.post("/escalate")
def escalate(ref: str, body: CallBody, app: Wired, by: Responder) -> IncidentAnswer:
    """Page the next level now; whoever had it gives it back."""
    found = escalation.escalate(app.engine, ref, by, call=body.call, reason=body.reason)
    return queries.incident(app.engine, by.viewer, found.id)


@router.post("/snooze")
def snooze(ref: str, body: SnoozeBody, app: Wired, by: Responder) -> IncidentAnswer:
    """Page nobody until a time; paging begins again then."""
    lasting = timedelta(seconds=body.for_s) if body.for_s is not None else None
    found = escalation.snooze(app.engine, ref, by, until=body.until, lasting=lasting, reason=body.reason)
    return queries.incident(app.engine, by.viewer, found.id)


@router.post("/restart-paging")
def restart_paging(ref: str, body: CallBody, app: Wired, by: Responder) -> IncidentAnswer:
    """Page by the escalation policy in force now, from its first step."""
    found = escalation.restart_paging(app.engine, ref, by, call=body.call, reason=body.reason)
    return queries.incident(app.engine, by.viewer, found.id)
