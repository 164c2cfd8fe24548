"""What was done to services: deploys, flags, schemas. Senders tell of most of it; people may too."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query
from pydantic import Field

from tocsin.domain.changes import Change, ChangeKind
from tocsin.doors.http import bodies as b
from tocsin.doors.http.callers import Reader, Responder, Wired
from tocsin.doors.http.idempotency import IdempotentRoute
from tocsin.flows import changes as flow
from tocsin.flows.changes import ChangeLine

router = APIRouter(prefix="/v1/changes", tags=["changes"], route_class=IdempotentRoute)


class ChangeBody(b.Body):
    """A change of one service; `at` is when it took effect, else it is now."""

    service: b.Key
    kind: ChangeKind = "code"
    at: b.Moment | None = None
    version: b.Key = ""
    previous: b.Key = ""
    commit: b.Key = ""
    by: b.Key = ""
    summary: b.Line = ""
    rollback: bool = False
    files: b.Lines = Field(default_factory=list)
    link: Annotated[b.Line, Field(pattern="^(https?://.*)?$")] = ""


@router.get("")
def list_changes(
    app: Wired,
    who: Reader,
    *,
    service: Annotated[list[b.Key] | None, Query()] = None,
    since: b.Moment | None = None,
    until: b.Moment | None = None,
    limit: Annotated[int, Query(ge=1, le=500)] = 100,
) -> list[ChangeLine]:
    """List changes of services, newest first."""
    del who
    return flow.changes(app.engine, services=tuple(service or ()), since=since, until=until, limit=limit)


@router.post("", status_code=201)
def add_change(body: ChangeBody, app: Wired, by: Responder) -> ChangeLine:
    """Tell of a change, so that a diagnosis weighs it."""
    told = body.model_dump(exclude={"at", "files", "link"})
    at = body.at or flow.now(app.engine)
    links = {"change": body.link} if body.link else {}
    return flow.add_change(app.engine, Change(key="", at=at, files=tuple(body.files), links=links, **told), by)
