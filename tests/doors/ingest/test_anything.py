"""Whatever is sent to a door, it is answered, and never with a fault."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import quote

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.support.api import Office
from tests.support.fuzzing import FUZZING, TRIED, examples

KEYS = {"api/v2": "Bearer amtool-key", "v2/alerts": "GenieKey genie-key", "v2/enqueue": "Bearer pd-key"}
FIELDS = [
    "labels", "annotations", "startsAt", "endsAt", "matchers", "name", "value", "isRegex", "createdBy", "comment", "id",
    "event_action", "trigger", "dedup_key", "payload", "summary", "message", "alias", "details", "user", "priority",
]  # fmt: skip
VALUES = ["", "2026-01-01T00:00:00Z", "9999-12-31T23:59:59Z", "(", "\0", "ü" * 300, "resolve", "acknowledge"]
TEXT = st.sampled_from(FIELDS + VALUES) | st.text(max_size=8)
ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | TEXT,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXT, inner, max_size=6),
    max_leaves=12,
)
BODIES = st.binary(max_size=40) | ANYTHING.map(lambda value: json.dumps(value).encode())
PATHS = [
    ("POST", "api/v2/alerts"),
    ("POST", "api/v2/silences"),
    ("GET", "api/v2/silence/"),
    ("DELETE", "api/v2/silence/"),
    ("GET", "api/v2/alerts?filter="),
    ("GET", "api/v2/alerts/groups?receiver="),
    ("POST", "v2/enqueue"),
    ("POST", "v2/alerts"),
    ("GET", "v2/alerts/"),
    ("POST", "v2/alerts/"),
    ("GET", "v2/alerts/requests/"),
]


@pytest.mark.parametrize(("method", "path"), PATHS)
def test_every_door_answers_whatever_is_sent(desk: Office, method: str, path: str) -> None:
    key = next(value for beginning, value in KEYS.items() if path.startswith(beginning))

    @settings(
        max_examples=examples(60),
        deadline=None,
        derandomize=not FUZZING,
        database=None,
        suppress_health_check=list(HealthCheck),
    )
    @given(body=BODIES, tail=TEXT)
    def holds(body: bytes, tail: str) -> None:
        more: dict[str, Any] = {"content": body} if method == "POST" else {}
        address = path + quote(tail, safe="") if path.endswith(("/", "=")) else path
        TRIED[f"any/{method} {path}"] += 1
        answer = desk.client.request(method, f"/{address}", headers={"authorization": key}, **more)
        assert answer.status_code < 500, answer.text

    holds()
