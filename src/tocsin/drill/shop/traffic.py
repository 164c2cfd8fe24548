"""The shop's customers: steady, mixed, bounded: `python -m tocsin.drill.shop.traffic --url URL --rps N --log FILE`."""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import itertools
import json
import signal
import time
from collections import Counter
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import httpx2

_ANSWER_LIMIT_S = 3.0
_MOST_AT_ONCE = 50
_WRITE_EVERY_S = 0.5
_SERVER_ERROR = 500
_NO_ANSWER = "no_answer"

# One round of the mix. `xlsx` is a format that no release can write.
_ROUND = (
    ("GET", "/api/v1/catalogue"),
    ("GET", "/api/v1/orders"),
    ("GET", "/api/v1/reports/export?format=xlsx"),
    ("GET", "/api/v1/catalogue"),
    ("POST", "/api/v1/orders"),
    ("GET", "/api/v1/orders"),
    ("GET", "/api/v1/catalogue"),
    ("GET", "/api/v1/reports/export?format=csv"),
    ("POST", "/api/v1/orders"),
    ("GET", "/api/v1/catalogue"),
)


@dataclass(slots=True)
class Tally:
    """What was sent and what came back. A 4xx is an answer; a 5xx and no answer at all are failures."""

    path: Path
    sent: int = 0
    ok: int = 0
    failed: int = 0
    held_back: int = 0
    by_status: Counter[str] = field(default_factory=Counter)
    failed_by_route: Counter[str] = field(default_factory=Counter)

    def count(self, route: str, status: int | None) -> None:
        """Count one request to `route`, answered with `status` (None: not at all)."""
        self.by_status[_NO_ANSWER if status is None else str(status)] += 1
        if status is None or status >= _SERVER_ERROR:
            self.failed += 1
            self.failed_by_route[route] += 1
        else:
            self.ok += 1

    def write(self) -> None:
        """Replace the file with the figures so far, in one step."""
        figures = {
            "at": datetime.now(UTC).isoformat(),
            "sent": self.sent,
            "ok": self.ok,
            "failed": self.failed,
            "held_back": self.held_back,
            "by_status": self.by_status,
            "failed_by_route": self.failed_by_route,
        }
        fresh = self.path.with_suffix(".new")
        fresh.write_text(json.dumps(figures))
        fresh.replace(self.path)


async def drive(url: str, rps: float, tally: Tally, *, seconds: float | None) -> None:
    """Send `rps` requests a second to `url` for `seconds` (None: until cancelled), never more than 50 at once.

    A request that would be the fifty-first is not sent, and counted as held back.
    """
    limits = httpx2.Limits(max_connections=_MOST_AT_ONCE, max_keepalive_connections=_MOST_AT_ONCE)
    began = time.monotonic()
    async with (
        httpx2.AsyncClient(base_url=url, timeout=_ANSWER_LIMIT_S, limits=limits, trust_env=False) as client,
        asyncio.TaskGroup() as under_way,
    ):
        pending: set[asyncio.Task[None]] = set()
        written = began
        for number, (method, path) in enumerate(itertools.cycle(_ROUND)):
            due = began + number / rps
            if seconds is not None and due - began >= seconds:
                break
            await asyncio.sleep(max(0.0, due - time.monotonic()))
            if len(pending) >= _MOST_AT_ONCE:
                tally.held_back += 1
            else:
                task = under_way.create_task(_ask(client, method, path, tally))
                pending.add(task)
                task.add_done_callback(pending.discard)
            if time.monotonic() - written > _WRITE_EVERY_S:
                tally.write()
                written = time.monotonic()


async def _ask(client: httpx2.AsyncClient, method: str, path: str, tally: Tally) -> None:
    tally.sent += 1
    body = {"item_id": 1 + tally.sent % 40, "quantity": 1} if method == "POST" else None
    try:
        answer = await client.request(method, path, json=body)
    except httpx2.TransportError:
        tally.count(path, None)
    else:
        tally.count(path, answer.status_code)


async def _until_ended(url: str, rps: float, tally: Tally, *, seconds: float | None) -> None:
    driving = asyncio.ensure_future(drive(url, rps, tally, seconds=seconds))
    loop = asyncio.get_running_loop()
    for name in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(name, driving.cancel)
    with contextlib.suppress(asyncio.CancelledError):
        await driving


def main() -> None:
    """Send traffic until ended, or for the seconds asked for, and leave the figures in the log file."""
    parser = argparse.ArgumentParser(prog="tocsin.drill.shop.traffic", description="Be the shop's customers.")
    parser.add_argument("--url", required=True)
    parser.add_argument("--rps", type=float, default=25.0, help="requests a second")
    parser.add_argument("--log", type=Path, required=True, help="where the figures go, as JSON")
    parser.add_argument("--seconds", type=float, default=None)
    wanted = parser.parse_args()
    if wanted.rps <= 0:
        parser.error("--rps must be more than 0")
    tally = Tally(wanted.log)
    tally.write()
    asyncio.run(_until_ended(wanted.url, wanted.rps, tally, seconds=wanted.seconds))
    tally.write()


if __name__ == "__main__":
    main()
