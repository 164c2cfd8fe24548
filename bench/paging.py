"""How long after it is due a page is received, while a thousand alerts come in every second."""

from __future__ import annotations

import asyncio
import json
import statistics
import time
from collections.abc import Sequence
from datetime import UTC, datetime
from urllib.parse import urlsplit

from sqlalchemy import select

from bench.instance import Instance
from bench.posting import LEASE, Target, alerts, exchange, post_all, request, requests
from bench.shop import SERVICES
from tocsin.drill.servers.sink import Received, WebhookSink
from tocsin.store.sql.engine import Engines, parse_url
from tocsin.store.stamps import from_us
from tocsin.store.tables import outbox

PER_S = 1000
BATCH = 50
LENGTH_S = 30.0
CONNECTIONS = 4
ALERTS = 2000
SETTLE_S = 20.0


def paging(instance: Instance, target: Target, sink: WebhookSink) -> dict[str, float]:
    """Refresh alerts steadily, let a service break now and then, and return how late its page was received."""
    post_all(target, requests(target, ALERTS, batch=64), connections=CONNECTIONS)
    time.sleep(1.0)
    took_s = asyncio.run(_steadily(target))
    pages = _await_pages(sink, SERVICES + 1)
    due = _due(instance.database)
    late = sorted((one.received_at - due[one.body["key"]]).total_seconds() * 1000 for one in pages)
    return {
        "alerts_per_s": round(LENGTH_S * PER_S / took_s, 1),
        "pages": len(late),
        "p50_ms": round(statistics.median(late), 1) if late else 0.0,
        "p99_ms": round(late[max(0, round(len(late) * 0.99) - 1)], 1) if late else 0.0,
        "max_ms": round(late[-1], 1) if late else 0.0,
    }


def _due(database: str) -> dict[str, datetime]:
    """Return when each page was due, as the database says."""
    engines = Engines(parse_url(database))
    try:
        with engines.reading() as connection:
            found = connection.execute(select(outbox.c.key, outbox.c.due).where(outbox.c.kind == "page"))
            return {row.key: from_us(row.due) for row in found}
    finally:
        engines.close()


async def _steadily(target: Target) -> float:
    """Post one batch after another at its time, and in between a new cause on the next service."""
    flood = [request(target, _body(range(first, first + BATCH))) for first in range(0, ALERTS, BATCH)]
    broken = [request(target, _body([number], service=f"s{number}")) for number in range(SERVICES)]
    ticks = int(LENGTH_S * PER_S / BATCH)
    every = ticks // SERVICES
    waiting: asyncio.Queue[bytes] = asyncio.Queue()
    senders = [asyncio.create_task(_send(target, waiting)) for _ in range(CONNECTIONS)]
    began = time.perf_counter()
    for tick in range(ticks):
        await asyncio.sleep(max(0.0, began + tick * BATCH / PER_S - time.perf_counter()))
        waiting.put_nowait(flood[tick % len(flood)])
        if tick % every == 0 and tick // every < SERVICES:
            waiting.put_nowait(broken[tick // every])
    await waiting.join()
    for sender in senders:
        sender.cancel()
    return time.perf_counter() - began


async def _send(target: Target, waiting: asyncio.Queue[bytes]) -> None:
    parts = urlsplit(target.url)
    reader, writer = await asyncio.open_connection(parts.hostname, parts.port)
    while True:
        one = await waiting.get()
        status = await exchange(reader, writer, one)
        assert 200 <= status < 300, f"an alert was answered {status}"
        waiting.task_done()


def _body(numbers: Sequence[int], service: str = "shop") -> bytes:
    return json.dumps(alerts(numbers, ends_at=datetime.now(tz=UTC) + LEASE, service=service)).encode()


def _await_pages(sink: WebhookSink, count: int) -> list[Received]:
    until = time.monotonic() + SETTLE_S
    while True:
        first: dict[str, Received] = {}
        for one in sink.received():
            if isinstance(one.body, dict) and one.body.get("kind") == "page":
                first.setdefault(one.body["key"], one)
        if len(first) >= count or time.monotonic() > until:
            return list(first.values())
        time.sleep(0.2)
