"""The incident page: everything on one page, and every verb as a form on it."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from urllib.parse import quote, urlsplit

from fastapi import APIRouter, HTTPException, Response
from fastapi.responses import RedirectResponse
from starlette.datastructures import FormData

from tocsin.domain.errors import InvalidError, RefusedError
from tocsin.doors.web.safety import local_path
from tocsin.doors.web.sheet import page_values
from tocsin.doors.web.slash import read_line
from tocsin.doors.web.tokens import SEE_OTHER
from tocsin.doors.web.verbs import VERBS
from tocsin.doors.web.visits import Reader, Responder, Visit
from tocsin.flows.ports import PermanentError, TransientError
from tocsin.flows.storage import ConflictError

router = APIRouter()


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """Why a form was not carried out, what was typed into it, and how to mend it."""

    verb: str
    what: str
    text: str
    mend: str
    field: str
    form: FormData

    def typed(self, name: str) -> str:
        """Return what was typed into a field."""
        value = self.form.get(name, "")
        return value if isinstance(value, str) else ""


@router.get("/incidents/{ref}")
def show_incident(ref: str, visit: Reader) -> Response:
    """Show one incident; `as_known_at` shows its timeline as it was known then, `open` and `correct` open a form."""
    asked = visit.request.query_params
    values = page_values(visit, ref, as_known_at=_instant(asked), whole=asked.get("timeline") == "all")
    values |= {"opened": asked.get("open", ""), "correcting": asked.get("correct", ""), "problem": None}
    return visit.page("incident.html", values)


@router.post("/incidents/{ref}/say")
def say(ref: str, visit: Responder) -> Response:
    """Add a line to the timeline, or carry out the verb behind its slash."""
    try:
        verb, fields = read_line(str(visit.form.get("text", "")))
    except InvalidError as error:
        return _refused(
            visit, ref, Problem(verb="say", what="", form=visit.form, text=str(error), mend=error.mend, field="text")
        )
    return _carry_out(visit, ref, verb, form=FormData(fields), asked="say")


@router.post("/incidents/{ref}/{verb}")
@router.post("/incidents/{ref}/{verb}/{what}")
def carry_out(ref: str, verb: str, visit: Responder, what: str = "") -> Response:
    """Carry out a verb and show the page again; a refusal keeps what was typed."""
    known = VERBS.get(verb)
    if known is None or bool(known.what) != bool(what):
        raise HTTPException(404, "there is no such verb")
    return _carry_out(visit, ref, verb, what=what, form=visit.form, asked=verb)


def _carry_out(visit: Visit, ref: str, verb: str, *, form: FormData, asked: str, what: str = "") -> Response:
    def act() -> str:
        after = VERBS[verb].do(visit, ref, what, form)
        back = str(visit.form.get("back", ""))
        return onward(local_path(back, default=f"/incidents/{quote(after, safe='')}"), verb)

    key = str(visit.form.get("nonce", ""))
    sent = "\n".join(f"{name}={value}" for name, value in visit.form.multi_items() if name not in {"csrf", "nonce"})
    once = hashlib.sha256(f"{key}\n{visit.request.url.path}\n{sent}".encode()).hexdigest() if key else ""
    try:
        return RedirectResponse(visit.desk.once.do(once, visit.who.person, act), SEE_OTHER)
    except (RefusedError, InvalidError, TransientError, PermanentError, ConflictError) as error:
        hint = getattr(error, "mend", "") or ("Try again." if not isinstance(error, PermanentError) else "")
        text = str(error) or "somebody else wrote first"
        field = getattr(error, "field", "")
        return _refused(visit, ref, Problem(verb=asked, what=what, form=visit.form, text=text, mend=hint, field=field))


def onward(location: str, verb: str) -> str:
    """Return where the browser goes on, with the word for what was done."""
    parts = urlsplit(location)
    joined = f"{parts.query}&done={verb}" if parts.query else f"done={verb}"
    return parts._replace(query=joined).geturl()


def _refused(visit: Visit, ref: str, problem: Problem) -> Response:
    correcting = problem.what if problem.verb == "correct" else ""
    opened = {"opened": problem.verb, "correcting": correcting, "problem": problem}
    return visit.page("incident.html", page_values(visit, ref) | opened, status=422 if problem.field else 409)


def _instant(asked: Mapping[str, str]) -> datetime | None:
    """Return the time in the address, UTC where it has no zone; nonsense is none."""
    try:
        at = datetime.fromisoformat(asked.get("as_known_at", ""))
    except ValueError:
        return None
    return at if at.tzinfo else at.replace(tzinfo=UTC)
