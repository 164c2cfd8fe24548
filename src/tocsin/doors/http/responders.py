"""Further people beside the escalation: asked for, and come."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter
from pydantic import Field

from tocsin.doors.http.answers import IncidentAnswer
from tocsin.doors.http.bodies import Body, Key, Line, PersonBody
from tocsin.doors.http.callers import Responder, Wired
from tocsin.doors.http.idempotency import IdempotentRoute
from tocsin.flows import queries, responders

router = APIRouter(prefix="/v1/incidents/{ref}", tags=["incidents"], route_class=IdempotentRoute)


class RespondersBody(Body):
    """Whom: `person:KEY`, `schedule:KEY`, `team:KEY`, or a key that one of them has; and why, which they read."""

    targets: Annotated[list[Key], Field(min_length=1, max_length=20)]
    message: Line = ""


@router.post("/responders")
def request_responders(ref: str, body: RespondersBody, app: Wired, by: Responder) -> IncidentAnswer:
    """Page further people now, each by their own rules; the escalation goes on as it was."""
    found = responders.request(app.engine, ref, body.targets, by, message=body.message)
    return queries.incident(app.engine, by.viewer, found.id)


@router.post("/join")
def join(ref: str, body: PersonBody, app: Wired, by: Responder) -> IncidentAnswer:
    """Say that you, or somebody else who was asked for, are coming: their pages stop, the escalation goes on."""
    found = responders.join(app.engine, ref, by, person=body.person, occurred_at=body.at)
    return queries.incident(app.engine, by.viewer, found.id)
