"""What the description says that senders may ask, they may, and nothing else is answered."""

from __future__ import annotations

import json
import re
from itertools import product

from tests.support.api import Office

from tocsin.doors.ingest.document import PATHS, UNDER

METHODS = ["GET", "POST", "PUT", "PATCH", "DELETE"]
SILENCING = {
    "matchers": [{"name": "alertname", "value": "a", "isRegex": False}],
    "startsAt": "2026-01-01T00:00:00Z",
    "endsAt": "2099-01-01T00:00:00Z",
    "createdBy": "ana",
    "comment": "x",
}
EVENT = {
    "routing_key": "pd-key",
    "event_action": "trigger",
    "payload": {"summary": "x", "source": "y", "severity": "info"},
}
# what the parts of a path may be, and the key that is shown
PROTOCOLS = [
    (["api/v2"], ["alerts", "groups", "silences", "silence", "status", "receivers"], ["", "groups", "ID"]),
    (["v2"], ["enqueue", "change"], ["", "enqueue"]),
    (["v2/alerts"], ["", "one", "requests", "close", "count"], ["", "one", "close", "acknowledge"]),
    (["v2/alerts/one"], ["notes", "tags", "message", "snooze", "actions", "dance"], ["", "restart"]),
    (["v2/heartbeats"], ["nightly", "ping"], ["", "ping", "close"]),
]
KEYS = {"api": "Bearer amtool-key", "v2": "GenieKey genie-key"}
BODIES = {"alerts": [{"labels": {"alertname": "a"}}], "silences": SILENCING, "enqueue": EVENT, "change": EVENT}


def answered(desk: Office, method: str, path: str) -> bool:
    """Return whether a request is answered 2xx when everything it names is there."""
    headers = {"authorization": KEYS[path.split("/")[1]]}
    if "ID" in path:
        made = desk.client.post("/api/v2/silences", json=SILENCING, headers=headers).json()
        path = path.replace("ID", made["silenceID"])
    body = BODIES.get(path.split("/")[-1], {"message": "disk full", "alias": "one", "note": "x", "tags": ["x"]})
    if path.endswith("v2/alerts") and "api" not in path:
        body = {"message": "disk full", "alias": "one"}
    query = {"tags": "x"} if method == "DELETE" else {}
    return desk.client.request(method, path, headers=headers, params=query, content=json.dumps(body)).is_success


def described(method: str, path: str) -> str:
    """Return the description's path for a request, '' for none; a name in a path may hold a slash."""
    fits = [
        template
        for template, ways in PATHS.items()
        if method.lower() in ways and re.fullmatch(re.sub(r"\\{[^}]*\\}", ".+", re.escape(template)), path)
    ]
    return max(fits, key=lambda template: len(re.sub("{[^}]*}", "", template)), default="")


def test_a_protocol_answers_what_is_described_and_nothing_else(desk: Office) -> None:
    paths = {"/" + "/".join(part for part in parts if part) for words in PROTOCOLS for parts in product(*words)}
    tried = [(method, path) for path in sorted(paths) for method in METHODS]
    answered(desk, "POST", "/v2/alerts")

    found = [one for one in tried if answered(desk, *one)]

    assert not [one for one in found if not described(*one)]
    roots = {(method.upper(), at) for at, ways in PATHS.items() for method in ways if not at.startswith(UNDER)}
    assert roots == {(method, described(method, path)) for method, path in found}
