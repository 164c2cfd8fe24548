"""How long it takes from the post of a second cause to its page, while a storm of new alerts of the first comes in."""

from __future__ import annotations

import json
import statistics
import threading
import time
from datetime import UTC, datetime

from bench.posting import LEASE, Target, alerts, post_all, request, requests
from tocsin.drill.servers.sink import WebhookSink

STORM = 20_000
BATCH = 64
CONNECTIONS = 16
CAUSES = 9
SETTLE_S = 20.0
EVERY_S = 0.2


def second_causes(target: Target, sink: WebhookSink) -> dict[str, float]:
    """Let other services break while the storm comes in, one after another, and return how late each page was received."""
    flood = requests(target, STORM, batch=BATCH)
    ends_at = datetime.now(tz=UTC) + LEASE
    broken = [
        request(target, json.dumps(alerts([0], ends_at=ends_at, service=f"s{number}")).encode())
        for number in range(CAUSES)
    ]
    storm = threading.Thread(target=post_all, args=(target, flood), kwargs={"connections": CONNECTIONS})
    storm.start()
    posted: list[datetime] = []
    during = 0
    for number, one in enumerate(broken):
        _await_pages(sink, number + 1)  # the storm's own page, and those of the causes before
        time.sleep(EVERY_S)
        during += storm.is_alive()
        posted.append(datetime.now(tz=UTC))
        post_all(target, [one], connections=1)
    storm.join()
    received = _await_pages(sink, CAUSES + 1)[1:]
    late = sorted((one - at).total_seconds() * 1000 for one, at in zip(received, posted, strict=False))
    return {
        "pages": len(late),
        "during_the_storm": during,
        "p50_ms": round(statistics.median(late), 1) if late else 0.0,
        "max_ms": round(late[-1], 1) if late else 0.0,
    }


def _await_pages(sink: WebhookSink, count: int) -> list[datetime]:
    """Return when each page was first received, in that order, once there are so many."""
    until = time.monotonic() + SETTLE_S
    while True:
        first: dict[str, datetime] = {}
        for one in sink.received():
            if isinstance(one.body, dict) and one.body.get("kind") == "page":
                first.setdefault(one.body["key"], one.received_at)
        if len(first) >= count or time.monotonic() > until:
            return sorted(first.values())
        time.sleep(0.01)
