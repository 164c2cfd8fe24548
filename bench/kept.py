"""Kills `serve` under a flood of alerts and holds what is stored against the client's own record of what was answered 2xx.

python -m bench.kept --kills 50 --json [--database sqlite|postgres] [--seed 7]
"""

from __future__ import annotations

import argparse
import asyncio
import json
import random
import sys
import tempfile
import threading
import time
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import urlsplit

from sqlalchemy import select

from bench.instance import Instance
from bench.kills import Wanted, database, kill_at_random, under
from bench.posting import Target, alerts, exchange, request
from bench.shop import KEY, configuration
from tocsin.domain.alerts.fingerprint import fingerprint
from tocsin.drill.servers.sink import WebhookSink
from tocsin.store.sql.engine import Engines, parse_url
from tocsin.store.stamps import from_us
from tocsin.store.tables import alert_leases
from tocsin.store.tables import alerts as alert_rows

CONNECTIONS = 8
BATCH = 16
LEASE = timedelta(hours=1)
BETWEEN_S = (0.3, 1.5)


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    """What came of it: an answered alert that is not there, and one whose lease ends before the last answered refresh said."""

    database: str
    seed: int
    kills: int
    posts_answered: int
    posts_broken_off: int
    alerts_answered: int
    alerts_stored: int
    lost: int
    leases_lost: int
    incidents: int
    took_s: float
    refused: dict[int, int] = field(default_factory=dict)

    @property
    def good(self) -> bool:
        """Whether everything answered is there, once."""
        return not self.lost and not self.leases_lost and self.incidents == 1 and self.alerts_answered > 0


@dataclass(slots=True)
class Record:
    """The client's own record: the latest end that was answered 2xx, by fingerprint."""

    ends: dict[str, datetime] = field(default_factory=dict)
    answered: int = 0
    broken_off: int = 0
    refused: dict[int, int] = field(default_factory=dict)
    number: int = 0
    stopping: threading.Event = field(default_factory=threading.Event)

    def await_answer(self) -> None:
        """Wait for another answer: a kill that meets no load shows nothing."""
        before = self.answered
        until = time.monotonic() + 10
        while self.answered == before and time.monotonic() < until:
            time.sleep(0.01)


def run(wanted: Wanted) -> Figures:
    """Do it and return the figures."""
    began = time.monotonic()
    record = Record()
    with WebhookSink(wanted.directory / "sink.jsonl") as sink, database(wanted) as (url, _):
        text = configuration(sink.url, "cluster")
        with Instance(wanted.directory / "tocsin", text, admin="ana", database=url) as instance:
            address = f"{instance.context.url}/v1/in/prometheus/api/v2/alerts"
            target = Target(url=address, headers=(f"Authorization: Bearer {KEY}",))
            with under(lambda: asyncio.run(_flood(target, record, wanted.seed)), record.stopping):
                kill_at_random(
                    wanted,
                    instance,
                    lambda *_: "serve",
                    first=record.await_answer,
                    told=lambda: f"{len(record.ends)} alerts answered",
                )
            instance.await_answer()
            return _figures(wanted, record, instance.database, time.monotonic() - began)


async def _flood(target: Target, record: Record, seed: int) -> None:
    chance = random.Random(seed)  # noqa: S311 (a repeatable run, not a secret)
    await asyncio.gather(*(_sender(target, record, chance) for _ in range(CONNECTIONS)))


async def _sender(target: Target, record: Record, chance: random.Random) -> None:
    """Post new alerts, and now and then old ones again, until told to stop; a broken connection is opened anew."""
    parts = urlsplit(target.url)
    while not record.stopping.is_set():
        try:
            reader, writer = await asyncio.open_connection(parts.hostname, parts.port)
        except OSError:
            await asyncio.sleep(0.05)
            continue
        try:
            while not record.stopping.is_set():
                await _post(reader, writer, target, record, chance)
        except (OSError, EOFError):
            record.broken_off += 1
        finally:
            writer.close()


async def _post(
    reader: asyncio.StreamReader, writer: asyncio.StreamWriter, target: Target, record: Record, chance: random.Random
) -> None:
    first = record.number
    if first and chance.random() < 0.4:
        first = chance.randrange(first // BATCH) * BATCH
    else:
        record.number += BATCH
    ends_at = datetime.now(tz=UTC).replace(microsecond=0) + LEASE
    told = alerts(range(first, first + BATCH), ends_at=ends_at)
    status = await exchange(reader, writer, request(target, json.dumps(told).encode()))
    if not 200 <= status < 300:
        record.refused[status] = record.refused.get(status, 0) + 1
        return
    record.answered += 1
    for one in told:
        labels = one["labels"]
        assert isinstance(labels, dict)
        name = fingerprint(labels)
        record.ends[name] = max(ends_at, record.ends.get(name, ends_at))


def _figures(wanted: Wanted, record: Record, database: str, took_s: float) -> Figures:
    engines = Engines(parse_url(database))
    try:
        with engines.reading() as connection:
            joined = select(alert_rows.c.fingerprint, alert_rows.c.incident, alert_leases.c.expires_at)
            rows = connection.execute(joined.join(alert_leases, alert_leases.c.alert == alert_rows.c.id)).all()
    finally:
        engines.close()
    stored = {row.fingerprint: from_us(row.expires_at) for row in rows}
    return Figures(
        database=wanted.database,
        seed=wanted.seed,
        kills=wanted.kills,
        posts_answered=record.answered,
        posts_broken_off=record.broken_off,
        alerts_answered=len(record.ends),
        alerts_stored=len(stored),
        lost=len(set(record.ends) - set(stored)),
        leases_lost=sum(stored[name] < end for name, end in record.ends.items() if name in stored),
        incidents=len({row.incident for row in rows}),
        took_s=round(took_s, 1),
        refused=record.refused,
    )


def main() -> None:
    """Run from the command line; exit 1 when something was lost."""
    parser = argparse.ArgumentParser(prog="python -m bench.kept", description=__doc__)
    parser.add_argument("--kills", type=int, default=5)
    parser.add_argument("--database", choices=("sqlite", "postgres"), default="sqlite")
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--json", action="store_true", help="print the figures as JSON")
    given = parser.parse_args()

    def say(told: str) -> None:
        print(told, file=sys.stderr, flush=True)

    with tempfile.TemporaryDirectory(prefix="tocsin-kept-") as name:
        figures = run(
            Wanted(
                kills=given.kills,
                directory=Path(name),
                database=given.database,
                seed=given.seed,
                say=say,
                between_s=BETWEEN_S,
            )
        )
    print(json.dumps(asdict(figures), indent=2) if given.json else figures)
    sys.exit(0 if figures.good else 1)


if __name__ == "__main__":
    main()
