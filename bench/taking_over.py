"""Two workers, of which one is killed while it sends: how soon the other has taken its page over."""

from __future__ import annotations

import time
from dataclasses import dataclass
from datetime import UTC, datetime

from sqlalchemy import select

from bench.instance import Instance
from bench.load import FIRST, messages
from tocsin.drill.client import Client, wait_for
from tocsin.drill.servers.sink import Received, WebhookSink
from tocsin.store.sql.engine import Engines, parse_url
from tocsin.store.tables import outbox

# A page is on its way for this long, so that its worker can be killed meanwhile.
ON_ITS_WAY_S = 4.0
LIMIT_S = 40.0


@dataclass(frozen=True, slots=True, kw_only=True)
class TakenOver:
    """How long after the kill the page arrived again, and whether it said that it may be a repeat."""

    seconds: float
    marked: bool


def take_over(instance: Instance, client: Client, pagers: WebhookSink) -> TakenOver:
    """Kill the worker that sends a page, keep it down, and wait for the other one."""
    pagers.behave(delay_s=ON_ITS_WAY_S)
    _, place = pagers.received_since(0)  # who looks through all that came before looks too long
    made = client.post("/v1/incidents", {"title": "A worker dies", "severity": "SEV2", "services": ["web"]})
    first = wait_for("the page", lambda: _pages(pagers, place, made["ref"]), limit_s=LIMIT_S)[0]
    holder = _holder(instance, first.body["key"])
    name = next(one for one in instance.workers if holder.endswith(f"-{instance.pid(one)}"))
    killed_at = datetime.now(UTC)
    instance.kill(name, again=False)
    pagers.behave()
    again = wait_for("it again", lambda: _pages(pagers, place, made["ref"])[1:], limit_s=LIMIT_S)[0]
    client.post(f"/v1/incidents/{made['ref']}/acknowledge")
    return TakenOver(
        seconds=round((again.received_at - killed_at).total_seconds(), 3), marked=bool(again.body["possible_repeat"])
    )


def _pages(pagers: WebhookSink, place: int, ref: str) -> list[Received]:
    found = messages(pagers.received_since(place)[0])
    return [
        m
        for m in found
        if m.body["kind"] == "page" and m.body["facts"]["ref"] == ref and m.body["facts"]["to"] == FIRST
    ]


def _holder(instance: Instance, key: str) -> str:
    """Return the worker whose lease is on a row."""
    engines = Engines(parse_url(instance.database))
    try:
        until = time.monotonic() + LIMIT_S
        while time.monotonic() < until:
            with engines.reading() as connection:
                wanted = select(outbox.c.worker).where(outbox.c.key == key, outbox.c.state == "held")
                found = connection.execute(wanted).scalar()
            if found:
                return str(found)
            time.sleep(0.02)
    finally:
        engines.close()
    raise RuntimeError(f"nobody holds {key}")
