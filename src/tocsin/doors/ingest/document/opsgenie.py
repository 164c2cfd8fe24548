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
        "user": TEXT,
        "note": TEXT,
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
        "tags": listed(TEXT),
        "entity": TEXT,
        "source": TEXT,
        "count": {"type": "integer"},
        "createdAt": MOMENT,
        "updatedAt": MOMENT,
        "lastOccurredAt": MOMENT,
        "integration": record({"id": TEXT, "name": TEXT, "type": TEXT}),
    }
)
NOTE: Final = record({"note": TEXT, "owner": TEXT, "source": TEXT, "createdAt": TEXT})
BEAT: Final = record(
    {
        "name": TEXT,
        "enabled": FLAG,
        "expired": FLAG,
        "interval": {"type": "number"},
        "intervalUnit": {"enum": ["minutes"]},
        "lastPingTime": TEXT,
    }
)
SAYING: Final = record(
    {},
    {
        **ACTING["properties"],
        "message": TEXT,
        "description": TEXT,
        "priority": PRIORITY,
        "tags": listed(TEXT),
        "details": {"type": "object"},
        "endTime": MOMENT,
    },
)
SEARCH: Final[dict[str, Any]] = {
    "query": ("Conditions that must all hold, such as `status:open AND priority:P1`", TEXT)
}
PAGE: Final[dict[str, Any]] = {
    "offset": ("How many to pass over", {"type": "integer", "minimum": 0}),
    "limit": ("How many to show: 20, at most 100", {"type": "integer", "minimum": 0}),
}
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
        name="opsgenie_list_alerts",
        method="get",
        path="v2/alerts",
        said="List the integration's open alerts, the newest first, as far as they meet a query.",
        query={**SEARCH, **PAGE},
        status=200,
        answer=record({"data": listed(ALERT), "totalCount": {"type": "integer"}, **TOOK}),
    ),
    _Way(
        name="opsgenie_count_alerts",
        method="get",
        path="v2/alerts/count",
        said="Count the integration's open alerts, as far as they meet a query.",
        query=SEARCH,
        status=200,
        answer=record({"data": record({"count": {"type": "integer"}}), **TOOK}),
    ),
    _Way(
        name="opsgenie_show_alert",
        method="get",
        path="v2/alerts/{alias}",
        not_in_path=("count",),
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
        name="opsgenie_list_notes",
        method="get",
        path="v2/alerts/{alias}/notes",
        said="List the notes that are kept with an alert, the newest first.",
        in_path=ALIAS,
        query=KIND,
        status=200,
        answer=record({"data": listed(NOTE), **TOOK}),
    ),
    _Way(
        name="opsgenie_put_words",
        method="put",
        path="v2/alerts/{alias}/{verb}",
        said="Change an alert's message, description or priority; it neither fires nor ends.",
        in_path={**ALIAS, "verb": "`message`, `description` or `priority`"},
        query=KIND,
        body=SAYING,
    ),
    _Way(
        name="opsgenie_add_words",
        method="post",
        path="v2/alerts/{alias}/{verb}",
        said="Add a note, tags or details to an alert, or ask for what people do here.\n\n"
        "A note becomes a line of the incident. So does what is asked for, and nothing else comes of it: `snooze`, "
        "`unacknowledge`, `assign`, `escalate`, `responders`, `teams`.",
        in_path={**ALIAS, "verb": "`notes`, `tags`, `details`, or what is asked for"},
        query=KIND,
        body=SAYING,
    ),
    _Way(
        name="opsgenie_remove_words",
        method="delete",
        path="v2/alerts/{alias}/{verb}",
        said="Take tags or details off an alert.",
        in_path={**ALIAS, "verb": "`tags` or `details`"},
        query={**KIND, "tags": ("Tags, with commas between", TEXT), "keys": ("Names of details, likewise", TEXT)},
    ),
    _Way(
        name="opsgenie_ask_for_action",
        method="post",
        path="v2/alerts/{alias}/actions/{action}",
        said="Ask for an action; it becomes a line of the incident, and nothing else comes of it.",
        in_path={**ALIAS, "action": "The action's name"},
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
    _Way(
        name="opsgenie_show_heartbeat",
        method="get",
        path="v2/heartbeats/{name}",
        said="Show a heartbeat that the integration's options name, and when it was heard of last.",
        in_path=NAME,
        status=200,
        answer=record({"data": BEAT, **TOOK}),
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
