"""Posts that follow no protocol with answers of its own, in the description."""

from __future__ import annotations

from functools import partial
from typing import Any, Final

from tocsin.doors.ingest.document.way import TEXT, Way, listed, record

NAMES: Final = listed(TEXT)
STORED: Final = record(
    {},
    {
        "fired": NAMES,
        "resolved": NAMES,
        "refreshed": {"type": "integer"},
        "incidents": NAMES,
        "acknowledged": NAMES,
        "changes": NAMES,
    },
)
IN_PART: Final = record({"rejected": listed(record({"where": TEXT, "reason": TEXT}))}, STORED["properties"])
ANYTHING: Final[dict[str, Any]] = {
    "description": "What the integration's kind of sender posts: a webhook of Alertmanager, Grafana, Datadog, SNS, Sentry, "
    "Uptime Kuma or GitHub, a deployment, a sign of life, any JSON by expressions, or Tocsin's own alerts."
}
_Way = partial(Way, method="post", status=202, answer=STORED, refusal=IN_PART, body=ANYTHING)
REST: Final = {
    "rest": "What the integration's kind reads: the name of who gives a sign of life, or a protocol's own path"
}
WAYS: Final = (
    _Way(
        name="take_post",
        path="",
        said="Take a sender's post, with that integration's key; its kind decides how it is read.\n\n"
        "Answered after the commit: 202 with what it changed, 200 for a sender that reads nothing, 400 with what was left out.",
    ),
    _Way(
        name="take_post_with_rest",
        path="/{rest}",
        said="Take a sender's post of a kind that reads what follows in the path, such as a heartbeat's name.",
        in_path=REST,
    ),
    _Way(
        name="take_sign_of_life",
        method="get",
        path="",
        body=None,
        said="Take a sign of life of an integration of kind `heartbeat`, from a check that can only GET; HEAD does the same.",
    ),
    _Way(
        name="take_sign_of_life_with_rest",
        method="get",
        path="/{rest}",
        body=None,
        said="Take a sign of life of the one who is named, from a check that can only GET; HEAD does the same.",
        in_path=REST,
    ),
)
