"""Every refusal as `application/problem+json` (RFC 9457): what, where, and how to mend it."""

from __future__ import annotations

from collections.abc import Callable

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException

from tocsin.domain.errors import InvalidError, RefusedError
from tocsin.flows.access import DeniedError
from tocsin.flows.handle import UnknownIncidentError
from tocsin.flows.policies import NotConfiguredError
from tocsin.flows.ports import PermanentError, RejectedError, TransientError
from tocsin.flows.storage import ConflictError, StoreUnavailableError

MEDIA = "application/problem+json"


def problem(status: int, title: str, detail: str, **more: object) -> JSONResponse:
    """Return one problem document; empty members are left out."""
    body = {"type": "about:blank", "title": title, "status": status, "detail": detail}
    body |= {name: value for name, value in more.items() if value}
    return JSONResponse(body, status_code=status, media_type=MEDIA)


def install(app: FastAPI) -> None:
    """Answer every known error with its problem document."""
    handlers: dict[type[Exception], Callable[[Request, Exception], JSONResponse]] = {
        RefusedError: lambda _, e: problem(409, "Refused", str(e), mend=getattr(e, "mend", "")),
        ConflictError: lambda _, e: problem(409, "Conflict", str(e) or "somebody else wrote first", mend="Try again."),
        InvalidError: lambda _, e: problem(
            422, "Invalid", str(e), field=getattr(e, "field", ""), mend=getattr(e, "mend", "")
        ),
        UnknownIncidentError: lambda _, e: problem(404, "Not found", str(e)),
        DeniedError: lambda _, e: problem(401, "Not allowed", str(e)),
        RejectedError: lambda _, e: problem(400, "Rejected", str(e)),
        TransientError: lambda _, e: problem(503, "A target did not answer", str(e), mend="Try again."),
        PermanentError: lambda _, e: problem(502, "A target refused", str(e)),
        NotConfiguredError: lambda _, e: problem(503, "Not configured", str(e)),
        StoreUnavailableError: lambda _, e: problem(503, "Database unavailable", str(e), mend="Try again."),
        RequestValidationError: _invalid_request,
        HTTPException: _plain,
    }
    for kind, handler in handlers.items():
        app.add_exception_handler(kind, handler)


def _invalid_request(_: Request, error: Exception) -> JSONResponse:
    errors = error.errors() if isinstance(error, RequestValidationError) else []
    found = [
        {"field": ".".join(str(part) for part in e["loc"] if part not in {"body", "query"}), "message": e["msg"]}
        for e in errors
    ]
    where = ", ".join(f["field"] for f in found if f["field"])
    return problem(422, "Invalid", f"the request cannot be read: {where or 'its body'}", errors=found)


def _plain(_: Request, error: Exception) -> JSONResponse:
    status = error.status_code if isinstance(error, HTTPException) else 500
    detail = str(error.detail) if isinstance(error, HTTPException) else "unknown"
    titles = {404: "Not found", 405: "Method not allowed", 401: "Not allowed", 403: "Not allowed"}
    return problem(status, titles.get(status, "Error"), detail)
