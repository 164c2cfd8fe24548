"""Who is looking: the browser's session, what it may do, and whether a form came from a page of ours."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Annotated, Final

from fastapi import Depends, HTTPException, Request
from fastapi.responses import HTMLResponse
from starlette.datastructures import FormData

from tocsin.doors.http.callers import COOKIE
from tocsin.doors.throttle import Throttle
from tocsin.doors.web.look import Look
from tocsin.doors.web.news import News
from tocsin.doors.web.tokens import Once, nonce, proof, proven
from tocsin.flows.access import Caller, DeniedError, by_session
from tocsin.flows.respond import By
from tocsin.wiring import App

LARGEST_FORM: Final = 1_000_000
MOST_FIELDS: Final = 400
SECRET_FIELDS: Final = frozenset({"csrf", "nonce", "password", "current", "again", "key"})
OWN_SITES: Final = frozenset({"", "same-origin", "none"})


class LoggedOutError(Exception):
    """Nobody is logged in here; `typed` is what a form brought, so that it is not lost."""

    def __init__(self, typed: tuple[tuple[str, str], ...] = ()) -> None:
        super().__init__("you are not logged in")
        self.typed = typed


class ForgedError(Exception):
    """A form without the token of a page of ours: nothing was done."""

    def __init__(self, typed: tuple[tuple[str, str], ...] = ()) -> None:
        super().__init__("this form did not come from a page of this session, or its page is too old")
        self.typed = typed


@dataclass(frozen=True, slots=True, kw_only=True)
class Desk:
    """What the pages share in one process."""

    app: App
    look: Look
    once: Once
    throttle: Throttle
    news: News


@dataclass(frozen=True, slots=True, kw_only=True)
class Visit:
    """One request of somebody who is logged in; `form` is empty unless it brought one."""

    request: Request
    desk: Desk
    who: Caller
    form: FormData = field(default_factory=FormData)

    @property
    def app(self) -> App:
        """What wiring built."""
        return self.desk.app

    @property
    def by(self) -> By:
        """Whose word counts, with whose eyes."""
        return By(actor=self.who.actor, viewer=self.who.viewer)

    @property
    def may_respond(self) -> bool:
        """Whether forms are offered."""
        return may(self.who, "respond")

    def page(self, template: str, values: Mapping[str, object], *, status: int = 200) -> HTMLResponse:
        """Return a page with what every page knows."""
        shared = {
            "path": self.request.url.path,
            "who": self.who,
            "may_respond": self.may_respond,
            "csrf": proof(self.who.csrf),
            "nonce": nonce,
            "done": self.request.query_params.get("done", ""),
        }
        return HTMLResponse(self.desk.look.render(template, {**shared, **values}), status)


def may(who: Caller, scope: str) -> bool:
    """Return whether a caller has a scope."""
    try:
        who.need(scope)
    except DeniedError:
        return False
    return True


def desk(request: Request) -> Desk:
    """Return what the pages share."""
    found: Desk = request.app.state.desk
    return found


AtDesk = Annotated[Desk, Depends(desk)]


async def posted(request: Request) -> FormData:
    """Return the form, or refuse one too large to be a person's."""
    length = request.headers.get("content-length", "")
    if not length.isdecimal():
        raise HTTPException(411, "a form says how long it is")
    if int(length) > LARGEST_FORM:
        raise HTTPException(413, "that is more than a form may hold; put it into a file and link it")
    return await request.form(max_files=0, max_fields=MOST_FIELDS)


Posted = Annotated[FormData, Depends(posted)]


def typed(form: FormData) -> tuple[tuple[str, str], ...]:
    """Return what a person typed, without tokens and passwords."""
    return tuple((k, v) for k, v in form.multi_items() if isinstance(v, str) and v.strip() and k not in SECRET_FIELDS)


def caller(request: Request, at: Desk) -> Caller | None:
    """Return who is logged in here, or nobody."""
    cookie = request.cookies.get(COOKIE, "")
    try:
        return by_session(at.app.engine, cookie) if cookie else None
    except DeniedError:
        return None


def reader(request: Request, at: AtDesk) -> Visit:
    """Return the visit of somebody who may read.

    Raises:
        LoggedOutError, DeniedError: they are not logged in, or may not.
    """
    who = caller(request, at)
    if who is None:
        raise LoggedOutError
    who.need("read")
    return Visit(request=request, desk=at, who=who)


def sender(request: Request, at: AtDesk, form: Posted) -> Visit:
    """Return the visit of somebody who sent a form of ours.

    Raises:
        LoggedOutError, ForgedError: nobody is logged in, or the form has no valid token.
    """
    who = caller(request, at)
    if who is None:
        raise LoggedOutError(typed(form))
    if not own(request) or not proven(str(form.get("csrf", "")), who.csrf):
        raise ForgedError(typed(form))
    return Visit(request=request, desk=at, who=who, form=form)


def own(request: Request) -> bool:
    """Return whether the browser says that the request comes from this site (or says nothing)."""
    return request.headers.get("sec-fetch-site", "") in OWN_SITES


def responder(visit: Annotated[Visit, Depends(sender)]) -> Visit:
    """Return the visit of somebody who may change incidents."""
    visit.who.need("respond")
    return visit


Reader = Annotated[Visit, Depends(reader)]
Sender = Annotated[Visit, Depends(sender)]
Responder = Annotated[Visit, Depends(responder)]
