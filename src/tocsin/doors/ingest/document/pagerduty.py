"""PagerDuty's Events API v2 in the description."""

from __future__ import annotations

from functools import partial
from typing import Any, Final

from tocsin.doors.ingest.document.way import MOMENT, TEXT, Way, listed, record

DETAILS: Final = {"type": "object"}
LINK: Final = record({"href": TEXT}, {"text": TEXT})
PAYLOAD: Final = record(
    {"summary": TEXT, "source": TEXT, "severity": {"enum": ["critical", "error", "warning", "info"]}},
    {"timestamp": MOMENT, "component": TEXT, "group": TEXT, "class": TEXT, "custom_details": DETAILS},
)
EVENT: Final[dict[str, Any]] = record(
    {"event_action": {"enum": ["trigger", "acknowledge", "resolve"]}},
    {
        "routing_key": {**TEXT, "description": "A key of an integration of kind `pagerduty`."},
        "dedup_key": TEXT,
        "payload": PAYLOAD,
        "client": TEXT,
        "client_url": TEXT,
        "links": listed(LINK),
    },
)
CHANGE: Final = record(
    {"payload": record({"summary": TEXT}, {"source": TEXT, "timestamp": MOMENT, "custom_details": DETAILS})},
    {"routing_key": TEXT, "links": listed(LINK)},
)
DONE: Final = record({"status": TEXT, "message": TEXT}, {"dedup_key": TEXT})
_Way = partial(
    Way,
    method="post",
    status=202,
    answer=DONE,
    refusal=record({"status": TEXT, "message": TEXT, "errors": listed(TEXT)}),
    key_in_body=True,
)
WAYS: Final = (
    _Way(
        name="pagerduty_enqueue",
        path="v2/enqueue",
        said="Take an event of PagerDuty's Events API v2: trigger, acknowledge or resolve.\n\n"
        "The key is the body's `routing_key`, or one of a header. A trigger without `dedup_key` is answered with one.",
        body=EVENT,
    ),
    _Way(
        name="pagerduty_enqueue_change",
        path="v2/change/enqueue",
        said="Take a change event of PagerDuty's Events API v2.",
        body=CHANGE,
    ),
)
