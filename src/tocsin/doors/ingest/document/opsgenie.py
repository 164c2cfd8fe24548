"""Opsgenie's alert and heartbeat API in the description."""

from __future__ import annotations

from functools import partial
from typing import Any, Final

from tocsin.doors.ingest.document.way import KEYS, MOMENT, TEXT, Way, listed, record
from tocsin.doors.ingest.opsgenie import PRIORITIES

FLAG: Final = {"type": "boolean"}
TOOK: Final = {"took": {"type": "number"}, "requestId": TEXT}
PRIORITY: Final = {"enum": sorted(PRIORITIES)}
CREATING: Final = record(
    {"message": TEXT},
    {
        "alias": TEXT,
        "description": TEXT,
        "details": {"type": "object"},
        "entity": TEXT,
        "source": TEXT,
        "priority": PRIORITY,
        "tags": listed(TEXT),
    },
)
ACTING: Final = record({}, {"user": TEXT, "note": TEXT, "source": TEXT})
TAKEN: Final = record({"result": TEXT, **TOOK})
REQUEST: Final = record(
    {
        "success": FLAG,
        "isSuccess": FLAG,
        "action": TEXT,
        "status": TEXT,
        "processedAt": MOMENT,
        "integrationId": TEXT,
        "alertId": TEXT,
        "alias": TEXT,
    }
)
ALERT: Final = record(
    {
        "id": TEXT,
        "alias": TEXT,
        "message": TEXT,
        "status": {"enum": ["open", "closed"]},
        "acknowledged": FLAG,
        "priority": PRIORITY,
        "description": TEXT,
        "details": {"type": "object", "additionalProperties": TEXT},
        "entity": TEXT,
        "count": {"type": "integer"},
        "createdAt": MOMENT,
        "updatedAt": MOMENT,
        "lastOccurredAt": MOMENT,
        "integration": record({"id": TEXT, "name": TEXT, "type": TEXT}),
    }
)
ALIAS: Final = {"alias": "The alert's alias, which is its identifier as well"}
NAME: Final = {"name": "The heartbeat's name, one of `options.heartbeats`"}
KIND: Final[dict[str, Any]] = {"identifierType": ("What kind of name the path has; it makes no difference", TEXT)}
_Way = partial(Way, status=202, answer=TAKEN, refusal=record({"message": TEXT, **TOOK}), keys=("genie_key", *KEYS))
_PINGS: Final = {
    "get": "opsgenie_ping",
    "post": "opsgenie_ping_by_post",
    "put": "opsgenie_ping_by_put",
    "patch": "opsgenie_ping_by_patch",
}
WAYS: Final = (
    _Way(
        name="opsgenie_create_alert",
        method="post",
        path="v2/alerts",
        said="Take an alert as Opsgenie's clients create it; the alias is its identity.",
        body=CREATING,
    ),
    _Way(
        name="opsgenie_show_alert",
        method="get",
        path="v2/alerts/{alias}",
        said="Show one of the integration's alerts, firing or over, as Opsgenie does.",
        in_path=ALIAS,
        query=KIND,
        status=200,
        answer=record({"data": ALERT, **TOOK}),
    ),
    _Way(
        name="opsgenie_delete_alert",
        method="delete",
        path="v2/alerts/{alias}",
        said="Take an alert as over; Tocsin deletes none.",
        in_path=ALIAS,
        query=KIND,
    ),
    _Way(
        name="opsgenie_close_alert",
        method="post",
        path="v2/alerts/{alias}/close",
        said="Take an alert as over, as Opsgenie's clients close it.",
        in_path=ALIAS,
        query=KIND,
        body=ACTING,
    ),
    _Way(
        name="opsgenie_acknowledge_alert",
        method="post",
        path="v2/alerts/{alias}/acknowledge",
        said="Acknowledge the incident of an alert: its escalation stops.",
        in_path=ALIAS,
        query=KIND,
        body=ACTING,
    ),
    _Way(
        name="opsgenie_show_request",
        method="get",
        path="v2/alerts/requests/{request}",
        said="Say what became of a request, by the id it was answered with.",
        in_path={"request": "A `requestId`"},
        status=200,
        answer=record({"data": REQUEST, **TOOK}),
    ),
    *(
        _Way(
            name=name,
            method=method,
            path="v2/heartbeats/{name}/ping",
            said="Take a sign of life of a heartbeat that the integration's options name.",
            in_path=NAME,
        )
        for method, name in _PINGS.items()
    ),
)
