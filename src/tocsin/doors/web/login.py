"""Logging in with a password or a one-time link, and out again. A GET never logs anybody in: link scanners follow links."""

from __future__ import annotations

import math
from typing import Annotated

from fastapi import APIRouter, Query, Request, Response
from fastapi.responses import HTMLResponse, RedirectResponse

from tocsin.doors.http.callers import COOKIE
from tocsin.doors.web.doorstep import BEFORE, OLD, form_page, ours
from tocsin.doors.web.safety import local_path
from tocsin.doors.web.tokens import SEE_OTHER
from tocsin.doors.web.visits import AtDesk, Desk, Posted, Sender, caller
from tocsin.flows.access import SESSION_LENGTH, DeniedError, log_in, log_out, use_login_link, whose_link

router = APIRouter()


@router.get("/login")
def show_login(request: Request, at: AtDesk, next_: Annotated[str, Query(alias="next")] = "/") -> Response:
    """Ask for a name and a password."""
    if caller(request, at) is not None:
        return RedirectResponse(local_path(next_), SEE_OTHER)
    return form_page(request, at, "login.html", next=local_path(next_))


@router.post("/login")
def take_login(request: Request, at: AtDesk, form: Posted) -> Response:
    """Open a session for somebody who knows the password; wrong guesses have to wait."""
    person, onward = str(form.get("person", "")).strip(), local_path(str(form.get("next", "/")))
    if not ours(request, form.get("csrf")):
        return form_page(request, at, "login.html", status=403, next=onward, person=person, problem=OLD)
    address = request.client.host if request.client else ""
    wait = math.ceil(at.throttle.wait_s(person, address))
    if wait:
        said = (f"too many wrong tries: wait {wait} s", "Or ask for a one-time link: `tocsin login` prints one.")
        answer = form_page(request, at, "login.html", status=429, next=onward, person=person, problem=said)
        answer.headers["Retry-After"] = str(wait)
        return answer
    try:
        cookie = log_in(at.app.engine, at.app.passwords, person, str(form.get("password", "")))
    except DeniedError as error:
        at.throttle.failed(person, address)
        said = (str(error), "Forgotten? `tocsin login` on the server prints a one-time link.")
        return form_page(request, at, "login.html", status=401, next=onward, person=person, problem=said)
    at.throttle.succeeded(person, address)
    return _session(at, onward, cookie)


@router.get("/login/once")
def show_link(request: Request, at: AtDesk, key: str = "") -> Response:
    """Say whom a one-time link logs in, above the button that spends it; looking at it spends nothing."""
    answer = _once(request, at, key)
    answer.headers["Referrer-Policy"] = "no-referrer"
    return answer


@router.post("/login/once")
def take_link(request: Request, at: AtDesk, form: Posted) -> Response:
    """Open a session for the holder of a one-time link."""
    key = str(form.get("key", ""))
    if not ours(request, form.get("csrf")):
        return _once(request, at, key, OLD)
    try:
        return _session(at, "/", use_login_link(at.app.engine, key))
    except DeniedError as error:
        return form_page(request, at, "once.html", status=401, key="", problem=(str(error), ""))


def _once(request: Request, at: Desk, key: str, problem: tuple[str, str] | None = None) -> HTMLResponse:
    """Return the page of a one-time link; without a button when there is nothing left to spend."""
    try:
        whose = whose_link(at.app.engine, key)
    except DeniedError as error:
        said = problem or (str(error), "")
        return form_page(request, at, "once.html", status=403 if problem else 401, key="", problem=said)
    return form_page(request, at, "once.html", status=403 if problem else 200, key=key, whose=whose, problem=problem)


@router.post("/logout")
def take_logout(visit: Sender) -> Response:
    """End the session."""
    log_out(visit.app.engine, visit.request.cookies.get(COOKIE, ""))
    answer = RedirectResponse("/login?done=logout", SEE_OTHER)
    answer.delete_cookie(COOKIE, httponly=True, samesite="lax", secure=visit.app.settings.secure_cookies)
    return answer


def _session(at: Desk, onward: str, cookie: str) -> Response:
    answer = RedirectResponse(onward, SEE_OTHER)
    length = int(SESSION_LENGTH.total_seconds())
    secure = at.app.settings.secure_cookies
    answer.set_cookie(COOKIE, cookie, max_age=length, httponly=True, samesite="lax", secure=secure)
    answer.delete_cookie(BEFORE, httponly=True, samesite="lax", secure=secure)
    return answer
