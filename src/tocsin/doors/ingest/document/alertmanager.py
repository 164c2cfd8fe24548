"""Alertmanager's API v2 in the description."""

from __future__ import annotations

from functools import partial
from typing import Any, Final

from tocsin.doors.ingest.alertmanager import API
from tocsin.doors.ingest.document.way import MOMENT, TEXT, TEXTS, Way, listed, record

FLAG: Final = {"type": "boolean"}
NAMED: Final = record({"name": TEXT})
POSTED: Final = record(
    {"labels": TEXTS}, {"annotations": TEXTS, "startsAt": MOMENT, "endsAt": MOMENT, "generatorURL": TEXT}
)
STATE: Final = record(
    {"state": {"enum": ["active", "suppressed"]}, "silencedBy": listed(TEXT), "inhibitedBy": listed(TEXT)}
)
ALERT: Final = record(
    {
        "labels": TEXTS,
        "annotations": TEXTS,
        "startsAt": MOMENT,
        "endsAt": MOMENT,
        "updatedAt": MOMENT,
        "generatorURL": TEXT,
        "fingerprint": TEXT,
        "receivers": listed(NAMED),
        "status": STATE,
    }
)
GROUP: Final = record({"labels": TEXTS, "receiver": NAMED, "alerts": listed(ALERT)})
MATCHER: Final = record({"name": TEXT, "value": TEXT, "isRegex": FLAG}, {"isEqual": FLAG})
SILENCING: Final = record(
    {"matchers": listed(MATCHER), "startsAt": MOMENT, "endsAt": MOMENT, "createdBy": TEXT, "comment": TEXT},
    {"id": TEXT},
)
SILENCE: Final = record(
    {
        **SILENCING["properties"],
        "status": record({"state": {"enum": ["pending", "active", "expired"]}}),
        "updatedAt": MOMENT,
    }
)
SERVER: Final = record(
    {
        "cluster": record({"status": TEXT, "name": TEXT, "peers": {"type": "array"}}),
        "versionInfo": TEXTS,
        "config": record({"original": TEXT}),
        "uptime": MOMENT,
    }
)
FILTER: Final[dict[str, tuple[str, Any]]] = {"filter": ("Matchers that the labels must meet", listed(TEXT))}
WANTED: Final[dict[str, tuple[str, Any]]] = {
    **FILTER,
    "receiver": ("A regular expression for the name of the receiver", TEXT),
    "active": ("Whether to list alerts that nothing holds back", FLAG),
    "silenced": ("Whether to list silenced alerts", FLAG),
    "inhibited": ("Whether to list inhibited alerts", FLAG),
    "unprocessed": ("Changes nothing: every alert is looked at as it comes", FLAG),
}
ID: Final = {"silence": "The silence's id"}
REFUSAL: Final = {"oneOf": [TEXT, record({"code": {"type": "integer"}, "message": TEXT})]}
_Way = partial(Way, refusal=REFUSAL)  # an Alertmanager says why not in one JSON string, but of a field that is missing
WAYS: Final = (
    _Way(
        name="alertmanager_post_alerts",
        method="post",
        path=f"{API}alerts",
        said="Take alerts as Prometheus posts them, with Alertmanager's API v2.\n\n"
        "Answered after the commit. What cannot be taken is listed in a 400, with the rest stored.",
        body=listed(POSTED),
    ),
    _Way(
        name="alertmanager_list_alerts",
        method="get",
        path=f"{API}alerts",
        said="List the integration's alerts that fire.",
        query=WANTED,
        answer=listed(ALERT),
    ),
    _Way(
        name="alertmanager_list_groups",
        method="get",
        path=f"{API}alerts/groups",
        said="List the integration's alerts that fire, by group.",
        query=WANTED,
        answer=listed(GROUP),
    ),
    _Way(
        name="alertmanager_list_silences",
        method="get",
        path=f"{API}silences",
        said="List silences whose matchers fit the query, as Alertmanager shows them.",
        query=FILTER,
        answer=listed(SILENCE),
    ),
    _Way(
        name="alertmanager_put_silence",
        method="post",
        path=f"{API}silences",
        said="Make a silence, or change the one whose id is given; another takes its place where it would be another silence.\n\nThe integration must have `silences: true`.",
        body=SILENCING,
        answer=record({"silenceID": TEXT}),
    ),
    _Way(
        name="alertmanager_show_silence",
        method="get",
        path=f"{API}silence/{{silence}}",
        said="Show one silence as Alertmanager shows it.",
        in_path=ID,
        answer=SILENCE,
    ),
    _Way(
        name="alertmanager_expire_silence",
        method="delete",
        path=f"{API}silence/{{silence}}",
        said="End a silence now.\n\nThe integration must have `silences: true`.",
        in_path=ID,
    ),
    _Way(
        name="alertmanager_status",
        method="get",
        path=f"{API}status",
        said="Say which server this is, as `amtool` asks it.",
        answer=SERVER,
    ),
    _Way(
        name="alertmanager_list_receivers",
        method="get",
        path=f"{API}receivers",
        said="List the names that groups of alerts go by.",
        answer=listed(NAMED),
    ),
)
