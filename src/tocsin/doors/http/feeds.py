"""Addresses that calendars subscribe to."""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated

from fastapi import APIRouter
from pydantic import Field

from tocsin.doors.http.bodies import Body, Key
from tocsin.doors.http.callers import Reader, Wired
from tocsin.doors.http.idempotency import IdempotentRoute
from tocsin.flows import feeds
from tocsin.flows.feeds import Feed, Withdrawn

router = APIRouter(prefix="/v1", tags=["schedules"], route_class=IdempotentRoute)


class FeedBody(Body):
    """Whose hours: of a schedule, of a person, or a person's of a schedule."""

    schedule: Key = ""
    person: Key = ""
    days: Annotated[int, Field(ge=1, le=800)] = 365


@router.post("/feeds", status_code=201)
def make_feed(body: FeedBody, app: Wired, who: Reader) -> Feed:
    """Make an address that calendars read without a login."""
    valid = timedelta(days=body.days)
    return feeds.make_feed(app.engine, app.signing, who.actor, schedule=body.schedule, person=body.person, valid=valid)


@router.delete("/feeds")
def revoke_feeds(app: Wired, who: Reader) -> Withdrawn:
    """Withdraw every such address that you made."""
    return feeds.revoke_feeds(app.engine, who.actor)
