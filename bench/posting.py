"""A client as light as it can be: requests made before the clock starts, many connections, answers counted and timed."""

from __future__ import annotations

import asyncio
import json
import statistics
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from urllib.parse import urlsplit

LEASE = timedelta(minutes=4)
STARTED = datetime.now(tz=UTC) - timedelta(minutes=5)


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """Where alerts are posted, with the headers that takes."""

    url: str
    headers: tuple[str, ...] = ()


@dataclass(slots=True, kw_only=True)
class Run:
    """What came of a run: its length, each answer's time, and what was not answered 2xx."""

    took_s: float = 0.0
    times: list[float] = field(default_factory=list)
    statuses: dict[int, int] = field(default_factory=dict)

    def figures(self, alerts: int) -> dict[str, float]:
        """Return the rate and the answers' times in milliseconds."""
        times = sorted(self.times) or [0.0]
        return {
            "alerts_per_s": round(alerts / self.took_s, 1),
            "p50_ms": round(statistics.median(times) * 1000, 2),
            "p99_ms": round(times[min(len(times) - 1, int(len(times) * 0.99))] * 1000, 2),
            "refused": sum(count for status, count in self.statuses.items() if not 200 <= status < 300),
        }


def alerts(
    numbers: Sequence[int], *, ends_at: datetime, service: str = "shop", **labels: str
) -> list[dict[str, object]]:
    """Return alerts as Prometheus writes them; a number is an instance."""
    end = ends_at.isoformat(timespec="milliseconds").replace("+00:00", "Z")
    start = STARTED.isoformat(timespec="milliseconds").replace("+00:00", "Z")
    return [
        {
            "labels": {
                "alertname": "HighErrorRate",
                "cluster": "eu-1",
                "instance": f"10.0.{number // 250}.{number % 250}:9100",
                "job": "node",
                "service": service,
                "severity": "critical",
                **labels,
            },
            "annotations": {
                "summary": "More than 5 % of requests fail",
                "description": "Requests to this instance have failed for five minutes.",
                "runbook_url": "https://runbooks.example.com/high-error-rate",
            },
            "startsAt": start,
            "endsAt": end,
            "generatorURL": "http://prometheus.example.com:9090/graph?g0.expr=rate%28errors%5B5m%5D%29&g0.tab=1",
        }
        for number in numbers
    ]


def requests(target: Target, count: int, *, batch: int, **more: str) -> list[bytes]:
    """Return the requests that tell of `count` alerts once, with an end that is later each time one asks."""
    ends_at = datetime.now(tz=UTC) + LEASE
    bodies = [
        json.dumps(alerts(range(first, min(first + batch, count)), ends_at=ends_at, **more), separators=(",", ":"))
        for first in range(0, count, batch)
    ]
    return [request(target, body.encode()) for body in bodies]


def request(target: Target, body: bytes) -> bytes:
    """Return one POST as it goes over the wire."""
    parts = urlsplit(target.url)
    head = [
        f"POST {parts.path} HTTP/1.1",
        f"Host: {parts.netloc}",
        "Content-Type: application/json",
        f"Content-Length: {len(body)}",
        *target.headers,
    ]
    return "\r\n".join([*head, "", ""]).encode() + body


def post_all(target: Target, requests: Sequence[bytes], *, connections: int) -> Run:
    """Send every request, so many at once, and return what came of it."""
    return asyncio.run(_post_all(target, requests, connections))


async def _post_all(target: Target, requests: Sequence[bytes], connections: int) -> Run:
    parts = urlsplit(target.url)
    assert parts.hostname
    run = Run()
    left = iter(requests)
    opened = [await asyncio.open_connection(parts.hostname, parts.port) for _ in range(connections)]
    began = time.perf_counter()
    await asyncio.gather(*(_send(reader, writer, left, run) for reader, writer in opened))
    run.took_s = time.perf_counter() - began
    for _, writer in opened:
        writer.close()
    return run


async def _send(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, left: Iterator[bytes], run: Run) -> None:
    for one in left:
        began = time.perf_counter()
        status = await exchange(reader, writer, one)
        run.times.append(time.perf_counter() - began)
        run.statuses[status] = run.statuses.get(status, 0) + 1


async def exchange(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, one: bytes) -> int:
    """Send a request, read its whole answer and return the status."""
    writer.write(one)
    head = await reader.readuntil(b"\r\n\r\n")
    lines = head.split(b"\r\n")
    length = next((int(line[15:]) for line in lines if line[:15].lower() == b"content-length:"), 0)
    if length:
        await reader.readexactly(length)
    return int(lines[0][9:12])
