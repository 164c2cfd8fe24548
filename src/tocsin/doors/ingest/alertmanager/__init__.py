"""Alertmanager's API v2, so that Prometheus posts here and `amtool` works: its paths, its statuses, its shapes."""

from __future__ import annotations

from starlette.responses import Response

from tocsin.doors.ingest.alertmanager import alerts, server, silences
from tocsin.doors.ingest.alertmanager.answers import answer, error
from tocsin.doors.ingest.request import Request, key_of
from tocsin.flows.engine import Engine
from tocsin.flows.senders import Credentials

__all__ = ["KIND", "answer", "asks", "key", "refused", "speaks", "takes", "told"]

KIND = "alertmanager_v2"
API = "api/v2/"
METHODS = {
    "alerts": ("GET", "POST"),
    "alerts/groups": ("GET",),
    "silences": ("GET", "POST"),
    "silence": ("GET", "DELETE"),
    "status": ("GET",),
    "receivers": ("GET",),
}
key = key_of
refused = error


def speaks(rest: str) -> bool:
    """Return whether a path is one of this protocol's."""
    return rest.startswith(API)


def takes(rest: str) -> bool:
    """Return whether a path is where alerts are posted."""
    return rest.removeprefix(API).strip("/") == "alerts"


def asks(request: Request) -> bool:
    """Return whether a request is anything but a post of alerts."""
    return (request.method, _named(request)) != ("POST", "alerts")


def told(engine: Engine, request: Request) -> Response:
    """Answer everything but a post of alerts."""
    try:
        return _told(engine, request, request.credentials(KIND, key(request)))
    except Exception as failure:  # noqa: BLE001 (every known error has its answer, and what is unknown is raised again)
        return error(failure)


def _told(engine: Engine, request: Request, asked: Credentials) -> Response:
    place, silence_id = _place(_named(request))
    match request.method, place:
        case "GET", "alerts":
            return alerts.listed(engine, request, asked)
        case "GET", "alerts/groups":
            return alerts.grouped(engine, request, asked)
        case "GET", "silences":
            return silences.listed(engine, request, asked)
        case "POST", "silences":
            return silences.put(engine, request, asked)
        case "GET", "silence":
            return silences.shown(engine, asked, silence_id)
        case "DELETE", "silence":
            return silences.expired(engine, asked, silence_id)
        case "GET", "status":
            return server.status(engine, asked)
        case "GET", "receivers":
            return server.receivers(engine, asked)
        case method, _ if place in METHODS:
            return server.not_allowed(method, METHODS[place])
        case method, _:
            return server.unknown(method, _named(request))


def _place(name: str) -> tuple[str, str]:
    """Return which thing of the API a path names, and the silence's id where it is one."""
    kind, _, silence_id = name.partition("/")
    if kind != "silence":
        return name, ""
    return (kind, silence_id) if silence_id and "/" not in silence_id else ("", "")


def _named(request: Request) -> str:
    return request.address.rest.removeprefix(API).strip("/")
