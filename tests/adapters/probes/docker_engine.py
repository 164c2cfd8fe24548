"""Answers of a real Docker engine, as they were recorded: six containers, each in another state.

`tests/data/docker/` holds them with the engine's version: one whose health check fails, one that ended with an error and
one that ended well, one that is started again and again, one that was killed for memory, and one whose program is missing.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from tests.support.http import Received, Reply

_FILE = Path(__file__).parents[2] / "data" / "docker" / "engine-20.10.json"
RECORDED: dict[str, Any] = json.loads(_FILE.read_text())["answers"]  # Any: the engine's own documents
AT = datetime(2026, 11, 21, 16, 26, 30, tzinfo=UTC)
"""About when they were recorded."""


def recorded() -> Callable[[Received], Reply]:
    """Answer what was recorded; what was not asked then is answered as the engine answers a path it does not know."""

    def answer(received: Received) -> Reply:
        found = RECORDED.get(urlsplit(received.path).path)
        if found is None:
            return Reply(status=404, body=b'{"message":"page not found"}')
        body = bytes.fromhex(found["hex"]) if "hex" in found else found.get("text", "").encode()
        return Reply(status=found["status"], body=json.dumps(found["json"]).encode() if "json" in found else body)

    return answer
