"""The link in a test page: looking at it does nothing, since mail scanners follow links; the button confirms."""

from __future__ import annotations

from fastapi import APIRouter, Request, Response

from tocsin.doors.http.contacts import told
from tocsin.doors.web.doorstep import OLD, form_page, ours
from tocsin.doors.web.visits import AtDesk, Desk, Posted
from tocsin.flows import contacts
from tocsin.flows.contacts import Way

router = APIRouter()


@router.get("/contacts/confirm")
def show_contact(request: Request, at: AtDesk, key: str = "") -> Response:
    """Show what the link would confirm, and the button that does."""
    return _page(request, at, contacts.see_link(at.app.engine, at.app.signing, key), key)


@router.post("/contacts/confirm")
def confirm_contact(request: Request, at: AtDesk, form: Posted) -> Response:
    """Verify the contact method that the link was sent over."""
    key = str(form.get("key", ""))
    engine, signing = at.app.engine, at.app.signing
    if not ours(request, form.get("csrf")):
        return form_page(request, at, "contact.html", status=403, way=None, key=key, problem=OLD)
    before = contacts.see_link(engine, signing, key)
    way = contacts.confirm_link(engine, signing, key)
    if not before.verified:
        told(way)
    return _page(request, at, way, "")


def _page(request: Request, at: Desk, way: Way, key: str) -> Response:
    answer = form_page(request, at, "contact.html", way=way, key="" if way.verified else key)
    answer.headers["Referrer-Policy"] = "no-referrer"  # the address holds the link's secret
    return answer
