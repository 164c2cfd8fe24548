"""Every refusal as `application/problem+json` (RFC 9457): what, where, and how to mend it."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Mapping
from typing import Any

import structlog
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException

from tocsin.domain.errors import InvalidError, RefusedError
from tocsin.flows.access import DeniedError, ScopeError
from tocsin.flows.credentials import UnknownTokenError
from tocsin.flows.handle import UnknownIncidentError
from tocsin.flows.policies import NotConfiguredError
from tocsin.flows.ports import PermanentError, RejectedError, TransientError
from tocsin.flows.queries.why import UnknownSubjectError
from tocsin.flows.queries.why_alert import AmbiguousSubjectError
from tocsin.flows.repetitions import PAUSE_S, StillAnsweredError
from tocsin.flows.resend import UnknownJobError
from tocsin.flows.schedules import UnknownScheduleError
from tocsin.flows.silences import UnknownSilenceError
from tocsin.flows.storage import ConflictError, StoreUnavailableError

MEDIA = "application/problem+json"
LOG = structlog.get_logger()


def problem(
    status: int, title: str, detail: str, *, headers: Mapping[str, str] | None = None, **more: object
) -> JSONResponse:
    """Return one problem document; empty members are left out."""
    body = {"type": "about:blank", "title": title, "status": status, "detail": detail}
    body |= {name: value for name, value in more.items() if value}
    return JSONResponse(body, status_code=status, media_type=MEDIA, headers=headers)


def install(app: FastAPI) -> None:
    """Answer every known error with its problem document."""
    handlers: dict[type[Exception], Callable[[Request, Exception], JSONResponse]] = {
        RefusedError: lambda _, e: problem(409, "Refused", str(e), mend=getattr(e, "mend", "")),
        StillAnsweredError: lambda _, e: problem(
            409, "Conflict", str(e), headers={"Retry-After": str(PAUSE_S)}, mend="Send it again with the same key."
        ),
        ConflictError: lambda _, e: problem(409, "Conflict", str(e) or "somebody else wrote first", mend="Try again."),
        InvalidError: lambda _, e: problem(
            422, "Invalid", str(e), field=getattr(e, "field", ""), mend=getattr(e, "mend", "")
        ),
        UnknownIncidentError: lambda _, e: problem(
            404, "Not found", str(e), mend="`tocsin list --all` lists those you may see."
        ),
        UnknownJobError: lambda _, e: problem(
            404, "Not found", str(e), mend="`tocsin outbox --state dead` lists what failed for good."
        ),
        UnknownTokenError: lambda _, e: problem(404, "Not found", str(e), mend="`tocsin token list` shows ids."),
        UnknownSilenceError: lambda _, e: problem(
            404, "Not found", str(e), mend="List them with `tocsin silence list`."
        ),
        AmbiguousSubjectError: lambda _, e: problem(409, "Ambiguous", str(e), mend=getattr(e, "mend", "")),
        UnknownSubjectError: lambda _, e: problem(
            404, "Not found", str(e), mend="`tocsin alerts` lists alerts, `tocsin outbox` lists pages by their keys."
        ),
        UnknownScheduleError: lambda _, e: problem(404, "Not found", str(e), mend="`tocsin oncall` lists schedules."),
        DeniedError: lambda _, e: problem(401, "Not allowed", str(e), headers={"WWW-Authenticate": "Bearer"}),
        ScopeError: lambda _, e: problem(403, "Not allowed", str(e), mend="Use a token with that scope."),
        RejectedError: lambda _, e: problem(400, "Rejected", str(e)),
        TransientError: lambda _, e: problem(503, "A target did not answer", str(e), mend="Try again."),
        PermanentError: lambda _, e: problem(502, "A target refused", str(e)),
        NotConfiguredError: lambda _, e: problem(503, "Not configured", str(e)),
        StoreUnavailableError: lambda _, e: problem(503, "Database unavailable", str(e), mend="Try again."),
        RequestValidationError: _invalid_request,
        HTTPException: _plain,
        Exception: _fault,
    }
    for kind, handler in handlers.items():
        app.add_exception_handler(kind, handler)


def _invalid_request(_: Request, error: Exception) -> JSONResponse:
    errors = error.errors() if isinstance(error, RequestValidationError) else []
    broken = next((e for e in errors if e["type"] == "json_invalid"), None)
    if broken is not None:
        why = broken.get("ctx", {}).get("error", "unreadable")
        return problem(
            400, "Invalid", f"the body is not JSON: {why} at character {broken['loc'][-1]}", mend="Send JSON."
        )
    found = [{"field": _place(e["loc"]), "message": _said(e)} for e in errors]
    where = ", ".join(dict.fromkeys(f["field"] for f in found if f["field"]))
    return problem(422, "Invalid", f"the request cannot be read: {where or 'its body'}", errors=found)


def _said(error: dict[str, Any]) -> str:
    """Return what is wrong with a value; a text that is too long or too short is counted in characters, not items."""
    bounds = {"too_long": ("at most", "max_length"), "too_short": ("at least", "min_length")}
    if error["type"] not in bounds or not isinstance(error.get("input"), str):
        return str(error["msg"])
    words, limit = bounds[error["type"]]
    return f"{words} {error['ctx'][limit]} characters, not {error['ctx']['actual_length']}"


def _place(loc: tuple[int | str, ...]) -> str:
    """Return the path of a field as people write it, without where the request carried it."""
    return ".".join(str(part) for number, part in enumerate(loc) if number or part not in PARTS)


PARTS = frozenset({"body", "query", "path", "header", "cookie"})


def _plain(_: Request, error: Exception) -> JSONResponse:
    if not isinstance(error, HTTPException):
        return problem(500, "Error", "unknown")
    titles = {404: "Not found", 405: "Method not allowed", 401: "Not allowed", 403: "Not allowed", 413: "Too large"}
    titles |= {429: "Too many tries"}
    return problem(error.status_code, titles.get(error.status_code, "Error"), str(error.detail), headers=error.headers)


def _fault(request: Request, error: Exception) -> JSONResponse:
    """Answer a bug of ours: what went wrong stays in the log, under an id that the caller can quote."""
    number = uuid.uuid4().hex[:12]
    LOG.error("http.fault", id=number, method=request.method, path=request.url.path, exc_info=error)
    detail = f"Tocsin has a fault; it is in its log under {number}"
    return problem(500, "Fault", detail, id=number, mend="Look whether it happened before you try again.")
