"""Forms for somebody without a session: each carries a token that is bound to a cookie of its own."""

from __future__ import annotations

import secrets
from typing import Final

from fastapi import Request
from fastapi.responses import HTMLResponse

from tocsin.doors.web.tokens import proof, proven
from tocsin.doors.web.visits import Desk, own

BEFORE: Final = "tocsin_before"
OLD: Final = ("the form is too old, or cookies are off", "Try again; if it keeps failing, allow cookies for this site.")


def ours(request: Request, given: object) -> bool:
    """Return whether a form came from a page that this browser was given."""
    return own(request) and proven(str(given or ""), request.cookies.get(BEFORE, ""))


def form_page(request: Request, at: Desk, template: str, *, status: int = 200, **values: object) -> HTMLResponse:
    """Return a page with a form for somebody without a session."""
    before = request.cookies.get(BEFORE, "") or secrets.token_urlsafe(18)
    shared: dict[str, object] = {"person": "", "problem": None, "done": request.query_params.get("done", "")}
    shared |= {"csrf": proof(before), "path": request.url.path, "who": None}
    page = at.look.render(template, shared | values)
    answer = HTMLResponse(page, status)
    answer.set_cookie(BEFORE, before, httponly=True, samesite="lax", secure=at.app.settings.secure_cookies)
    return answer
