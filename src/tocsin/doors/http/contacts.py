"""The ways to people: try them, see who vouches for each, confirm one by the code that came over it."""

from __future__ import annotations

from typing import Annotated

import structlog
from fastapi import APIRouter, Path

from tocsin.doors.http import bodies_operating as o
from tocsin.doors.http.callers import Reader, Responder, Wired
from tocsin.doors.http.idempotency import IdempotentRoute
from tocsin.flows import contacts
from tocsin.flows.contacts import TestPage, Way
from tocsin.flows.queries.reach import Reach, reach

Person = Annotated[str, Path(max_length=100)]
LOG = structlog.get_logger()
router = APIRouter(prefix="/v1", tags=["operations"], route_class=IdempotentRoute)


@router.post("/pages/test", status_code=202)
def test_page(body: o.PageBody, app: Wired, by: Responder) -> TestPage:
    """Send a person a test page by each contact method, or by one; unverified ones are asked to be confirmed."""
    del by
    return contacts.page_for_test(app.engine, app.signing, body.person, body.method)


@router.get("/contacts")
def list_contacts(app: Wired, who: Reader) -> list[Way]:
    """List every contact method, without its address, and who vouches for it."""
    return contacts.ways(app.engine, with_targets="admin" in who.scopes)


@router.get("/people/{person}/reach")
def show_reach(person: Person, app: Wired, who: Reader) -> Reach:
    """Say how a person is reached: contact methods, rules, and what a page would do now; `me` is the caller."""
    return reach(app.engine, who.person if person == "me" else person)


@router.post("/contacts/confirm")
def confirm_contact(body: o.ConfirmBody, app: Wired, who: Reader) -> Way:
    """Confirm a contact method, yours or another's, by the code that its test page brought."""
    found = contacts.confirm_code(app.engine, who, body.code, body.person)
    told(found)
    return found


def told(way: Way) -> None:
    """Write down that a contact method was verified, and by whom."""
    LOG.info("contact.verified", person=way.person, method=way.method, kind=way.kind, by=way.by)
