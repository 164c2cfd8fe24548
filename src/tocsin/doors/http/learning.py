"""The post-mortem and its action items."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query, Response
from fastapi.responses import PlainTextResponse

from tocsin.domain.errors import InvalidError
from tocsin.domain.incident.events import FollowUpAdded, FollowUpChanged, PostmortemWritten
from tocsin.doors.http import bodies as b
from tocsin.doors.http.answers import IncidentAnswer
from tocsin.doors.http.callers import Reader, Responder, Wired
from tocsin.doors.http.idempotency import IdempotentRoute
from tocsin.doors.http.paging import LARGEST, PAGED, Cursor, next_page
from tocsin.flows import queries, respond
from tocsin.flows.learn import FollowUpLine, followups, postmortem, state_of, write
from tocsin.flows.respond import act

router = APIRouter(prefix="/v1", tags=["learning"], route_class=IdempotentRoute)


class Markdown(PlainTextResponse):
    """Text in Markdown."""

    media_type = "text/markdown"


@router.get("/incidents/{ref}/postmortem", response_class=Markdown)
def show_postmortem(ref: str, app: Wired, who: Reader) -> Markdown:
    """Draft the post-mortem from the record, as Markdown; what is unknown says so and asks."""
    return Markdown(postmortem(app.engine, who.viewer, ref))


@router.post("/incidents/{ref}/postmortem")
def write_postmortem(ref: str, body: b.SectionBody, app: Wired, by: Responder) -> IncidentAnswer:
    """Write a section, or move the document to review or publication."""
    if not body.section and body.state is None:
        raise InvalidError("nothing to write", field="section", mend="Name a section, or the document's new state.")
    state = body.state or state_of(app.engine, by.viewer, ref)
    write(app.engine, ref, PostmortemWritten(section=body.section, text=body.text, state=state), by)
    return queries.incident(app.engine, by.viewer, ref)


@router.post("/incidents/{ref}/followups", status_code=201)
def add_followup(ref: str, body: b.FollowUpBody, app: Wired, by: Responder) -> IncidentAnswer:
    """Add an action item."""
    item = FollowUpAdded(followup="", **body.model_dump())
    respond.add_followup(app.engine, ref, item, by)
    return queries.incident(app.engine, by.viewer, ref)


@router.post("/incidents/{ref}/followups/{followup}")
def change_followup(ref: str, followup: str, body: b.FollowUpChangeBody, app: Wired, by: Responder) -> IncidentAnswer:
    """Change an action item's status, owner or due date."""
    act(app.engine, ref, FollowUpChanged(followup=followup, **body.model_dump()), by)
    return queries.incident(app.engine, by.viewer, ref)


@router.get("/followups", responses=PAGED)
def list_followups(  # noqa: PLR0913 (each is a filter of its own)
    app: Wired,
    who: Reader,
    response: Response,
    *,
    owner: str = "",
    all: bool = False,  # noqa: A002 (the query's word)
    cursor: Cursor = "",
    limit: Annotated[int | None, Query(ge=1, le=LARGEST, description="A page of so many; without it, all.")] = None,
) -> list[FollowUpLine]:
    """List action items of incidents you may see, by due date."""
    page = followups(app.engine, who.viewer, owner=owner, open_only=not all, cursor=cursor, limit=limit or 0)
    next_page(response, page.next_cursor)
    return list(page.items)
