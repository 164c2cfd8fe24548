"""How Opsgenie answers, and how it shows an alert."""

from __future__ import annotations

from datetime import datetime

from starlette.responses import Response

from tocsin.domain.alerts.amending import notes_of, tags_of
from tocsin.domain.errors import InvalidError
from tocsin.doors.ingest.plain import AWAY, JSON, encode, wait
from tocsin.flows.access import DeniedError
from tocsin.flows.ingest import Accepted
from tocsin.flows.own_alerts import OneAlert
from tocsin.flows.ports import OverloadedError, RejectedError
from tocsin.flows.receive import Outcome

PRIORITIES = frozenset({"P1", "P2", "P3", "P4", "P5"})
NOT_PRIORITISED = "P3"


def answer(outcome: Outcome) -> Response:
    """Return what a client is told about its request."""
    match outcome:
        case Accepted():
            return said(202, dict(outcome.reply or {}))
        case DeniedError():
            return refusal(401, f"{outcome}. Use a key of `integrations` in tocsin.yaml.")
        case RejectedError():
            return refusal(400, str(outcome))
        case InvalidError():
            return refusal(422, f"{outcome}. {outcome.mend}".strip())
        case OverloadedError():
            busy = refusal(429, str(outcome))
            busy.headers["retry-after"] = wait(outcome)
            busy.headers["x-ratelimit-state"] = "THROTTLED"
            return busy
        case _ if isinstance(outcome, AWAY):
            return refusal(503, str(outcome))
        case _:
            raise outcome


def taken(alias: str) -> Response:
    """Return that a request will be processed, which it has been."""
    return said(202, {"result": "Request will be processed", "took": 0.0, "requestId": alias})


def data(found: object, **more: object) -> Response:
    """Return what was asked for."""
    return said(200, {"data": found, **more, "took": 0.0, "requestId": ""})


def refusal(status: int, reason: str) -> Response:
    """Return why not."""
    return said(status, {"message": reason, "took": 0.0, "requestId": ""})


def said(status: int, body: dict[str, object]) -> Response:
    """Return a body."""
    return Response(encode(body), status_code=status, media_type=JSON)


def request(found: OneAlert) -> dict[str, object]:
    """Return what became of a request; its id is the alert's own."""
    over = found.state.status == "resolved"
    return {
        "success": True,
        "isSuccess": True,
        "action": "Close" if over else "Create",
        "status": "Closed alert" if over else "Created alert",
        "processedAt": stamp(found.state.last_seen_at),
        "integrationId": found.integration,
        "alertId": found.state.fingerprint,
        "alias": found.state.fingerprint,
    }


def alert(found: OneAlert) -> dict[str, object]:
    """Return an alert. `count` is how often it began: what is told again meanwhile is the same alert."""
    state = found.state
    return {
        "id": state.fingerprint,
        "alias": state.fingerprint,
        "message": state.summary or state.name,
        "status": "closed" if state.status == "resolved" else "open",
        "acknowledged": found.acknowledged,
        "priority": priority(found),
        "description": state.annotations.get("description", ""),
        "details": dict(state.labels),
        "tags": tags_of(state.extra),
        "entity": state.labels.get("entity", ""),
        "source": str(state.extra.get("source", "")),
        "count": max(state.episode, 1),
        "createdAt": stamp(state.starts_at),
        "updatedAt": stamp(state.last_seen_at),
        "lastOccurredAt": stamp(state.last_seen_at),
        "integration": {"id": found.integration, "name": found.integration, "type": "API"},
    }


def notes(found: OneAlert) -> list[dict[str, object]]:
    """Return the notes that are kept with an alert, the newest first."""
    return [
        {
            "note": one.get("note", ""),
            "owner": one.get("user", ""),
            "source": one.get("source", ""),
            "createdAt": one.get("at", ""),
        }
        for one in reversed(notes_of(found.state))
    ]


def priority(found: OneAlert) -> str:
    """Return P1 to P5; what has another severity is P3, as at Opsgenie."""
    named = found.state.severity.upper()
    return named if named in PRIORITIES else NOT_PRIORITISED


def stamp(at: datetime) -> str:
    """Return a moment as Opsgenie writes it."""
    return at.isoformat(timespec="milliseconds").replace("+00:00", "Z")
