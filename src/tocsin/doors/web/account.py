"""One's own account: who one is here, and the form that changes the password."""

from __future__ import annotations

from typing import Final

from fastapi import APIRouter, HTTPException, Response
from fastapi.responses import RedirectResponse
from pydantic import ValidationError
from starlette.datastructures import FormData

from tocsin.domain.errors import InvalidError, RefusedError
from tocsin.doors.http import bodies_operating as o
from tocsin.doors.http.callers import COOKIE
from tocsin.doors.http.credentials import guarded_change
from tocsin.doors.web.tokens import SEE_OTHER
from tocsin.doors.web.visits import Reader, Sender, Visit
from tocsin.flows.credentials import has_password
from tocsin.flows.storage import ConflictError

router = APIRouter()
PLACES: Final = {"current": "current", "new": "password"}  # the API's field -> the form's
Said = tuple[str, str]


@router.get("/account")
def show_account(visit: Reader) -> Response:
    """Show who one is, and the form."""
    return _page(visit)


@router.post("/account/password")
def take_password(visit: Sender) -> Response:
    """Change the password; every other browser of this person is logged out."""
    try:
        _change(visit)
    except HTTPException as error:
        answer = _page(visit, status=error.status_code, problem=(str(error.detail), "Then try again."))
        answer.headers.update(error.headers or {})
        return answer
    except InvalidError as error:
        field = PLACES.get(getattr(error, "field", ""), "again")
        return _page(visit, status=422, problem=(str(error), getattr(error, "mend", "")), wrong=field)
    except RefusedError as error:
        return _page(visit, status=409, problem=(str(error), getattr(error, "mend", "")), wrong="password")
    except ConflictError as error:
        return _page(visit, status=409, problem=(str(error), "Try again."))
    return RedirectResponse("/account?done=password", SEE_OTHER)


def _change(visit: Visit) -> None:
    body = _read(visit.form)
    request = visit.request
    address = request.client.host if request.client else ""
    cookie = request.cookies.get(COOKIE, "")
    guarded_change(visit.app, visit.desk.throttle, visit.who, body, address=address, cookie=cookie)


def _read(form: FormData) -> o.PasswordBody:
    """Return what was typed as it was typed: a space belongs to a password."""
    typed = {name: str(form.get(name, "")) for name in ("current", "password", "again")}
    if typed["password"] != typed["again"]:
        raise InvalidError("the two new passwords do not agree", field="again", mend="Type the new one twice.")
    try:
        return o.PasswordBody(current=typed["current"], new=typed["password"])
    except ValidationError as error:
        mend = "Use at most 300 characters."
        raise InvalidError("the password cannot be used", field="new", mend=mend) from error


def _page(visit: Visit, *, status: int = 200, problem: Said | None = None, wrong: str = "") -> Response:
    known = has_password(visit.app.engine, visit.who.person)
    return visit.page("account.html", {"known": known, "problem": problem, "wrong": wrong}, status=status)
