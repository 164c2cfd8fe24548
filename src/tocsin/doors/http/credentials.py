"""Tokens to look at and withdraw, and one's own password. Nothing here answers or keeps a secret."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Annotated

from fastapi import APIRouter, HTTPException, Query, Request

from tocsin.domain.errors import InvalidError
from tocsin.doors.http import bodies_operating as o
from tocsin.doors.http.callers import COOKIE, Reader, Wired
from tocsin.doors.throttle import Throttle
from tocsin.flows import credentials
from tocsin.flows.access import Caller
from tocsin.flows.storage import Token
from tocsin.wiring import App

# Without the route that remembers answers: it would keep a fast digest of a body that holds a password.
router = APIRouter(prefix="/v1", tags=["operations"])


@dataclass(frozen=True, slots=True, kw_only=True)
class TokenList:
    """One page of tokens without their secrets; `next_cursor` is empty on the last."""

    items: tuple[Token, ...]
    next_cursor: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PasswordChanged:
    """The password is in force; how many other browsers it logged out."""

    person: str
    sessions_ended: int


@router.get("/tokens")
def list_tokens(
    app: Wired,
    who: Reader,
    *,
    person: str = "",
    all: bool = False,  # noqa: A002 (the query's word)
    cursor: str = "",
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
) -> TokenList:
    """List your API tokens, never their secrets; an administrator also sees a `person`'s, or `all`."""
    page = credentials.tokens(app.engine, who, person=person, everybody=all, cursor=cursor, limit=limit)
    return TokenList(items=page.items, next_cursor=page.next_cursor)


@router.delete("/tokens/{token}")
def revoke_token(token: str, app: Wired, who: Reader) -> Token:
    """Withdraw an API token by its id, for good: one of yours, or as an administrator anybody's."""
    return credentials.revoke_token(app.engine, who, token)


@router.post("/password")
def change_password(body: o.PasswordBody, request: Request, app: Wired, who: Reader) -> PasswordChanged:
    """Change your password, which takes the `current` one; your other browsers are logged out."""
    throttle: Throttle = request.app.state.throttle
    address = request.client.host if request.client else ""
    cookie = request.cookies.get(COOKIE, "") if who.csrf else ""
    ended = guarded_change(app, throttle, who, body, address=address, cookie=cookie)
    return PasswordChanged(person=who.person, sessions_ended=ended)


def guarded_change(
    app: App, throttle: Throttle, who: Caller, body: o.PasswordBody, *, address: str, cookie: str
) -> int:
    """Change a password where wrong guesses have to wait, as they do at the login; return how many sessions ended.

    Raises:
        HTTPException: too many wrong guesses (429).
        InvalidError, RefusedError, ScopeError: nothing was changed.
    """
    wait = math.ceil(throttle.wait_s(who.person, address))
    if wait:
        raise HTTPException(429, f"too many wrong tries: wait {wait} s", headers={"Retry-After": str(wait)})
    try:
        ended = credentials.change_password(
            app.engine, app.passwords, who, current=body.current, new=body.new, cookie=cookie
        )
    except InvalidError:
        throttle.failed(who.person, address)
        raise
    throttle.succeeded(who.person, address)
    return ended
