"""Why somebody was woken or not, and the alerts that fire."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query, Response

from tocsin.doors.http.callers import Reader, Wired
from tocsin.doors.http.idempotency import IdempotentRoute
from tocsin.doors.http.paging import LARGEST, PAGED, Cursor, next_page
from tocsin.flows.queries import alerts
from tocsin.flows.queries.alerts import AlertView
from tocsin.flows.queries.why import why as asked
from tocsin.flows.queries.why_views import Why

router = APIRouter(prefix="/v1", tags=["alerts"], route_class=IdempotentRoute)
Subject = Annotated[
    str,
    Query(
        min_length=1,
        max_length=2000,
        description="A page's key or id from the outbox; an alert: `SOURCE/FINGERPRINT`, or its fingerprint, where one source alone has it (409 names them otherwise); or an incident.",
    ),
]
Person = Annotated[str, Query(max_length=100, description="Of an incident: who was paged, or not. You, if empty.")]


@router.get("/why")
def why(subject: Subject, app: Wired, who: Reader, *, person: Person = "") -> Why:
    """Say what was decided about an alert, a page, or paging somebody for an incident, decision by decision, and why."""
    return asked(app.engine, who.viewer, subject, person)


@router.get("/alerts", responses=PAGED)
def list_alerts(
    app: Wired,
    who: Reader,
    response: Response,
    *,
    held: bool = False,
    cursor: Cursor = "",
    limit: Annotated[int, Query(ge=1, le=LARGEST)] = 100,
) -> list[AlertView]:
    """List the alerts that fire, with the incident of each or what holds it back; `held` lists only those held back."""
    page = alerts.firing(app.engine, who.viewer, held=held, cursor=cursor, limit=limit)
    next_page(response, page.next_cursor)
    return list(page.items)
