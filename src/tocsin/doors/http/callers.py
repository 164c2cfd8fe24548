"""Who calls: an API token in `Authorization: Bearer`, or the browser's session with its CSRF token."""

from __future__ import annotations

import hmac
from typing import Annotated

from fastapi import Depends, Request

from tocsin.flows.access import Caller, DeniedError, by_session, by_token
from tocsin.flows.respond import By
from tocsin.wiring import App

COOKIE = "tocsin_session"
SAFE = frozenset({"GET", "HEAD", "OPTIONS"})


def wired(request: Request) -> App:
    """Return what wiring built."""
    app: App = request.app.state.wired
    return app


Wired = Annotated[App, Depends(wired)]


def caller(request: Request, app: Wired) -> Caller:
    """Return who calls.

    Raises:
        DeniedError: no token and no session, or a changing request without its CSRF token.
    """
    kind, _, secret = request.headers.get("authorization", "").partition(" ")
    if kind.lower() == "bearer" and secret:
        return by_token(app.engine, secret, agent=request.headers.get("tocsin-agent", "")[:64])
    cookie = request.cookies.get(COOKIE, "")
    if not cookie:
        raise DeniedError("send an API token as 'Authorization: Bearer …', or log in")
    found = by_session(app.engine, cookie)
    given = request.headers.get("x-csrf-token", "")
    if request.method not in SAFE and not hmac.compare_digest(given.encode(), found.csrf.encode()):
        raise DeniedError("a change from a browser needs the page's CSRF token in X-CSRF-Token")
    return found


def reader(who: Annotated[Caller, Depends(caller)]) -> Caller:
    """Return the caller if they may read."""
    who.need("read")
    return who


def responder(who: Annotated[Caller, Depends(caller)]) -> By:
    """Return the caller's word and eyes if they may respond."""
    who.need("respond")
    return By(actor=who.actor, viewer=who.viewer)


def admin(who: Annotated[Caller, Depends(caller)]) -> Caller:
    """Return the caller if they may administer."""
    who.need("admin")
    return who


Reader = Annotated[Caller, Depends(reader)]
Responder = Annotated[By, Depends(responder)]
Admin = Annotated[Caller, Depends(admin)]
