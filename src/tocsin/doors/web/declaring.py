"""Declaring: a line of free text becomes a draft to confirm; the whole form is there for who prefers it."""

from __future__ import annotations

from urllib.parse import quote

from fastapi import APIRouter, Response
from fastapi.responses import RedirectResponse
from starlette.datastructures import FormData

from tocsin.domain.comms.draft import Draft
from tocsin.domain.errors import InvalidError, RefusedError
from tocsin.doors.http.bodies import DeclareBody
from tocsin.doors.http.incidents import declare_incident
from tocsin.doors.web.forms import read_form
from tocsin.doors.web.look import field
from tocsin.doors.web.tokens import SEE_OTHER
from tocsin.doors.web.visits import Reader, Responder, Visit
from tocsin.flows.queries import directory

router = APIRouter()


@router.get("/declare")
def show_declare(visit: Reader) -> Response:
    """Ask what is wrong."""
    return _page(visit)


@router.post("/declare/draft")
def show_draft(visit: Responder) -> Response:
    """Show the draft that a free text makes; nothing is recorded until it is confirmed."""
    text = str(visit.form.get("text", "")).strip()
    if not text:
        return _page(visit, status=422, problem=("there is nothing to read yet", "Say in a line what is broken."))
    seen = directory.preview(visit.app.engine, text)
    return _page(visit, preview=seen, filled=_filled(seen.draft))


@router.post("/declare")
def take_declaration(visit: Responder) -> Response:
    """Open the incident and go to its page."""

    def act() -> str:
        opened = declare_incident(read_form(DeclareBody, visit.form), visit.app, visit.by)
        return f"/incidents/{quote(opened.ref, safe='')}?done=declare"

    key = str(visit.form.get("nonce", ""))
    try:
        return RedirectResponse(visit.desk.once.do(key, visit.who.person, act), SEE_OTHER)
    except (RefusedError, InvalidError) as error:
        return _page(visit, status=422, problem=(str(error), error.mend), filled=visit.form)


def _page(visit: Visit, *, status: int = 200, **more: object) -> Response:
    catalogue, policy = directory.known(visit.app.engine)
    shared: dict[str, object] = {"preview": None, "filled": None, "problem": None, "typed": visit.form.get("text", "")}
    return visit.page(
        "declare.html",
        {
            "catalogue": catalogue,
            "pack": policy.pack,
            "names": catalogue.names,
            **shared,
            **more,
        },
        status=status,
    )


def _filled(read: Draft) -> FormData:
    """Return a draft as the form's fields."""
    impact = {f"impact.{name}": _text(getattr(read.impact, name)) for name in read.impact.__dataclass_fields__}
    single = {
        "title": read.title,
        "summary": read.text,
        "started_at": field(read.started_at),
        "endpoints": "\n".join(read.endpoints),
        "symptoms": "\n".join(read.symptoms),
        "initial_error": read.initial_error,
        **impact,
    }
    return FormData([*single.items(), *(("services", key) for key in read.services)])


def _text(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    return f"{value:g}" if isinstance(value, float) else str(value)
