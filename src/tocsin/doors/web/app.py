"""The pages as one application, to be mounted beside the API at /."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from typing import Any
from urllib.parse import urlencode

from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import HTMLResponse, RedirectResponse
from starlette.exceptions import HTTPException
from starlette.middleware.gzip import GZipMiddleware

from tocsin.domain.errors import InvalidError, RefusedError
from tocsin.doors.throttle import Throttle
from tocsin.doors.web import (
    account,
    answers,
    contacts,
    declaring,
    diagnosed,
    feed,
    incident,
    learned,
    listing,
    login,
    people,
    places,
    rota,
    silencing,
    stream,
)
from tocsin.doors.web.look import Look
from tocsin.doors.web.news import News
from tocsin.doors.web.safety import SafeHeaders
from tocsin.doors.web.tokens import SEE_OTHER, Once
from tocsin.doors.web.visits import AtDesk, Desk, ForgedError, LoggedOutError
from tocsin.flows.access import DeniedError
from tocsin.flows.handle import UnknownIncidentError
from tocsin.flows.policies import NotConfiguredError
from tocsin.flows.ports import PermanentError, TransientError
from tocsin.flows.storage import ConflictError, StoreUnavailableError
from tocsin.wiring import App

Answer = Callable[[Request, Any], Coroutine[Any, Any, Response]]  # Starlette hands over the kind it was registered for
ROUTERS = (
    login,
    account,
    answers,
    contacts,
    listing,
    declaring,
    diagnosed,
    learned,
    stream,
    people,
    places,
    rota,
    feed,
    silencing,
    incident,
)  # `incident` last: its paths are the widest


def create_pages(app: App, look: Look | None = None, *, throttle: Throttle | None = None) -> FastAPI:
    """Return the pages over what wiring built; mount them at `/`, after the API's own routes.

    `look` shares compiled templates between several applications of one process, `throttle` the count of wrong passwords.
    """
    pages = FastAPI(title="Tocsin's pages", docs_url=None, redoc_url=None, openapi_url=None)
    look = look or Look()
    pages.state.wired = app
    guard = throttle or Throttle()
    pages.state.desk = Desk(app=app, look=look, once=Once(app.engine), throttle=guard, news=News(app.engine))
    pages.add_middleware(GZipMiddleware, minimum_size=1000, compresslevel=6)
    pages.add_middleware(SafeHeaders)
    pages.get("/static/{name}")(_static)
    for module in ROUTERS:
        pages.include_router(module.router)
    for kind, answer in _answers().items():
        pages.add_exception_handler(kind, answer)
    return pages


def _static(name: str, at: AtDesk) -> Response:
    found = at.look.assets.get(name)
    if found is None:
        raise HTTPException(404, "there is no such file")
    return Response(found.body, media_type=found.kind, headers={"Cache-Control": "public, max-age=31536000, immutable"})


def _answers() -> dict[type[Exception], Answer]:
    return {
        LoggedOutError: _logged_out,
        ForgedError: _says(403, "Nothing was done", "Go back, load the page again, and send it from there."),
        UnknownIncidentError: _says(404, "Not found", "It does not exist, or you may not see it."),
        DeniedError: _says(403, "Not allowed", "Ask an administrator for the right to do this."),
        RefusedError: _says(409, "Refused"),
        InvalidError: _says(422, "Invalid"),
        RequestValidationError: _says(422, "Invalid", "Check the address.", text="the address cannot be read"),
        ConflictError: _says(409, "Somebody else was first", "Load the page again."),
        TransientError: _says(503, "A target did not answer", "Try again."),
        PermanentError: _says(502, "A target refused"),
        NotConfiguredError: _says(503, "Not configured"),
        StoreUnavailableError: _says(503, "The database cannot be reached", "Try again in a moment."),
        HTTPException: _plain,
        Exception: _says(
            500, "Tocsin has a fault", "What you did may not have happened. Try again.", text="see the log"
        ),
    }


async def _logged_out(request: Request, error: LoggedOutError) -> Response:
    path = request.url.path + (f"?{request.url.query}" if request.url.query else "")
    if request.method in {"GET", "HEAD"}:
        return RedirectResponse(f"/login?{urlencode({'next': path})}", SEE_OTHER)
    mend = "Log in, then send it again; what you typed is below."
    return _page(request, 401, "You are logged out", text=str(error), mend=mend, lost=error.typed)


def _says(status: int, title: str, mend: str = "", *, text: str = "") -> Answer:
    async def answer(request: Request, error: Exception) -> Response:
        lost = error.typed if isinstance(error, ForgedError) else ()
        said = text or str(error)
        return _page(request, status, title, text=said, mend=getattr(error, "mend", "") or mend, lost=lost)

    return answer


async def _plain(request: Request, error: HTTPException) -> Response:
    titles = {404: "Not found", 405: "Not possible here"}
    mend = "The list of incidents is on the first page." if error.status_code == 404 else ""  # noqa: PLR2004 (HTTP)
    return _page(
        request,
        error.status_code,
        titles.get(error.status_code, "That did not work"),
        text=str(error.detail),
        mend=mend,
    )


def _page(
    request: Request, status: int, title: str, *, text: str, mend: str, lost: tuple[tuple[str, str], ...] = ()
) -> HTMLResponse:
    at: Desk = request.app.state.desk
    values = {
        "title": title,
        "text": text,
        "mend": mend,
        "lost": lost,
        "path": request.url.path,
        "who": None,
        "done": "",
    }
    return HTMLResponse(at.look.render("error.html", values), status)
