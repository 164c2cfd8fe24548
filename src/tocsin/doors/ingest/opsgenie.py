"""Opsgenie's alert API, as its clients speak it: `Authorization: GenieKey …`, answered 202 with a request id.

A request is done when it is answered, so its id is the alert's own, and asking about it is asking for the alert.
"""

from __future__ import annotations

from datetime import datetime

from starlette.responses import Response

from tocsin.doors.ingest.plain import AWAY, JSON, encode, wait
from tocsin.doors.ingest.request import Request, key_of
from tocsin.flows import own_alerts
from tocsin.flows.access import DeniedError
from tocsin.flows.engine import Engine
from tocsin.flows.ingest import Accepted
from tocsin.flows.own_alerts import OneAlert
from tocsin.flows.ports import OverloadedError, RejectedError
from tocsin.flows.receive import Outcome

KIND = "opsgenie"
REQUESTS = "requests/"
PRIORITIES = frozenset({"P1", "P2", "P3", "P4", "P5"})


def speaks(rest: str) -> bool:
    """Return whether a path is one of this protocol's."""
    return _of_alerts(rest) or rest.startswith("v2/heartbeats/")


def _of_alerts(rest: str) -> bool:
    return rest.split("/")[:2] == ["v2", "alerts"]


def asks(request: Request) -> bool:
    """Return whether a request wants to know something; a heartbeat may be pinged by GET, and tells."""
    return request.method == "GET" and _of_alerts(request.address.rest)


def key(request: Request) -> str:
    """Return the key from `Authorization: GenieKey …`, else as any sender gives it."""
    kind, _, secret = request.headers.get("authorization", "").partition(" ")
    return secret if kind.lower() == "geniekey" else key_of(request)


def told(engine: Engine, request: Request) -> Response:
    """Answer a question about an alert or about a request."""
    name = request.address.rest.removeprefix("v2/alerts").strip("/")
    try:
        asked = name.removeprefix(REQUESTS)
        found = own_alerts.one(engine, request.credentials(KIND, key(request)), asked) if asked else None
    except (DeniedError, *AWAY) as error:
        return answer(error)
    if found is None:
        return _error(404, f"there is no alert {asked!r} of this integration")
    shown = _request(found) if name.startswith(REQUESTS) else _alert(found)
    return _said(200, {"data": shown, "took": 0.0, "requestId": found.state.fingerprint})


def answer(outcome: Outcome) -> Response:
    """Return what a client is told about its request."""
    match outcome:
        case Accepted():
            return _said(202, dict(outcome.reply or {}))
        case DeniedError():
            return _error(401, f"{outcome}. Use a key of `integrations` in tocsin.yaml.")
        case RejectedError():
            return _error(400, str(outcome))
        case OverloadedError():
            busy = _error(429, str(outcome))
            busy.headers["retry-after"] = wait(outcome)
            busy.headers["x-ratelimit-state"] = "THROTTLED"
            return busy
        case _ if isinstance(outcome, AWAY):
            return _error(503, str(outcome))
        case _:
            raise outcome


def _request(found: OneAlert) -> dict[str, object]:
    over = found.state.status == "resolved"
    return {
        "success": True,
        "isSuccess": True,
        "action": "Close" if over else "Create",
        "status": "Closed alert" if over else "Created alert",
        "processedAt": _stamp(found.state.last_seen_at),
        "integrationId": found.integration,
        "alertId": found.state.fingerprint,
        "alias": found.state.fingerprint,
    }


def _alert(found: OneAlert) -> dict[str, object]:
    state = found.state
    priority = state.severity.upper()
    return {
        "id": state.fingerprint,
        "alias": state.fingerprint,
        "message": state.summary or state.name,
        "status": "closed" if state.status == "resolved" else "open",
        "acknowledged": found.acknowledged,
        "priority": priority if priority in PRIORITIES else "P3",
        "description": state.annotations.get("description", ""),
        "details": dict(state.labels),
        "entity": state.labels.get("entity", ""),
        "count": max(state.episode, 1),
        "createdAt": _stamp(state.starts_at),
        "updatedAt": _stamp(state.last_seen_at),
        "lastOccurredAt": _stamp(state.last_seen_at),
        "integration": {"id": found.integration, "name": found.integration, "type": "API"},
    }


def _stamp(at: datetime) -> str:
    return at.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _error(status: int, reason: str) -> Response:
    return _said(status, {"message": reason, "took": 0.0, "requestId": ""})


def _said(status: int, body: dict[str, object]) -> Response:
    return Response(encode(body), status_code=status, media_type=JSON)
