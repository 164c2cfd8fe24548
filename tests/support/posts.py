"""Posts of senders, for tests of sources."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, datetime

from tocsin.flows.ports import Envelope, InboundPost

AT = datetime(2026, 3, 4, 14, 23, 5, tzinfo=UTC)


def a_post(
    body: object,
    *,
    headers: Mapping[str, str] | None = None,
    path: str = "",
    method: str = "POST",
    options: Mapping[str, object] | None = None,
) -> InboundPost:
    """Return a post received at `AT`; a body that is not bytes is sent as JSON."""
    sent = body if isinstance(body, bytes) else json.dumps(body).encode()
    envelope = Envelope(method=method, headers=headers or {}, path=path)
    return InboundPost(body=sent, received_at=AT, envelope=envelope, options=options or {})
