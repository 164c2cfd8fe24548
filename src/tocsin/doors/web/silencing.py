"""Silences: who made which and why, a form for another, a button that ends one; and the alerts that are held back now."""

from __future__ import annotations

import hashlib
from datetime import timedelta
from typing import Final

from fastapi import APIRouter, Response
from fastapi.responses import RedirectResponse
from starlette.datastructures import FormData

from tocsin.domain.errors import InvalidError, RefusedError
from tocsin.doors.http.alerting import SilenceBody, SpanBody
from tocsin.doors.web.forms import read_form
from tocsin.doors.web.tokens import SEE_OTHER
from tocsin.doors.web.visits import Reader, Responder, Visit
from tocsin.flows import silences
from tocsin.flows.queries import alerts
from tocsin.flows.silences import UnknownSilenceError
from tocsin.flows.storage import ConflictError

router = APIRouter()
MOST_HELD: Final = 50
USUAL: Final = timedelta(hours=2)
FIELDS: Final = ("matchers", "starts_at", "ends_at", "comment", "weekdays", "times", "zone")


@router.get("/silences")
def show_silences(visit: Reader, every: str = "") -> Response:
    """Show the silences that are pending or active, with `every` also those that are over."""
    return _page(visit, every=bool(every))


@router.post("/silences")
def take_silence(visit: Responder) -> Response:
    """Silence alerts as the form says; a refusal keeps what was typed."""
    try:
        body = _read(visit.form)
        sent = "\n".join(f"{name}={visit.form.get(name, '')}" for name in FIELDS)
        once = hashlib.sha256(f"{visit.form.get('nonce', '')}\n{sent}".encode()).hexdigest()
        made = visit.desk.once.do(once, visit.who.person, lambda: _make(visit, body))
    except (InvalidError, RefusedError, ConflictError) as error:
        problem = (str(error), getattr(error, "mend", "") or "Try again.")
        return _page(visit, status=422, problem=problem, typed=visit.form)
    return RedirectResponse(made, SEE_OTHER)


@router.post("/silences/{silence_id}/expire")
def expire_silence(silence_id: str, visit: Responder) -> Response:
    """End a silence now; one that is over stays as it was."""
    try:
        silences.expire(visit.app.engine, silence_id, visit.by.actor)
    except (UnknownSilenceError, ConflictError) as error:
        return _page(visit, status=409, problem=(str(error), "Load the page again."))
    return RedirectResponse("/silences?done=expire", SEE_OTHER)


def _make(visit: Visit, body: SilenceBody) -> str:
    silences.create(visit.app.engine, body.terms(), visit.by.actor)
    return "/silences?done=silence"


def _read(form: FormData) -> SilenceBody:
    """Return what the form says, with the times at which it comes again, where it names any.

    Raises:
        InvalidError: a value cannot be used.
    """
    body = read_form(SilenceBody, form)
    during = read_form(SpanBody, form)
    return body.model_copy(update={"during": [during]}) if during.times or during.weekdays else body


def _page(
    visit: Visit,
    *,
    every: bool = False,
    status: int = 200,
    problem: tuple[str, str] | None = None,
    typed: FormData | None = None,
) -> Response:
    engine = visit.app.engine
    with engine.store.reading() as tx:
        now = tx.now()
    said = {name: str(typed.get(name, "")) if typed is not None else "" for name in FIELDS}
    said["ends_at"] = said["ends_at"] or (now + USUAL).strftime("%Y-%m-%dT%H:%M:%S")
    held = alerts.firing(engine, visit.who.viewer, held=True, limit=MOST_HELD)
    return visit.page(
        "silences.html",
        {
            "silences": silences.listed(engine, expired=every),
            "every": every,
            "held": held.items,
            "more_held": bool(held.next_cursor),
            "problem": problem,
            "typed": said,
        },
        status=status,
    )
