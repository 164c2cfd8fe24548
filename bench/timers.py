"""How late clocks ring, and pages arrive, when thousands of escalations come due one after another.

    python -m bench.timers --json [--database sqlite|postgres] [--escalations 10000] [--seconds 60] [--workers 1]

Without `--database` both are measured. A clock's lateness is from when it was due to when its event was recorded, by the
database's own clock; a page's from the same moment to when a receiver outside had read it.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import psutil
from sqlalchemy import func, select, update

from bench.instance import Instance
from bench.receiver import Receiver
from bench.surroundings import fsync_ms, settings_of
from tocsin import settings, wiring
from tocsin.domain.actor import SYSTEM
from tocsin.drill.servers.postgres import PostgresServer
from tocsin.flows.declare import Declaration, open_in
from tocsin.flows.engine import Engine
from tocsin.flows.transact import transact
from tocsin.store.sql.engine import Engines, parse_url
from tocsin.store.stamps import SECOND_US
from tocsin.store.tables import events, outbox, timers

BATCH = 100
# Long enough for processes to be up before the first clock rings.
LEAD_S = 15.0
SETTLE_S = 60.0
CONFIGURATION = """
bundle: 0s
catch_all: ana
default_pack: platform
default_policy: default
people:
  ana: {{name: Ana, email: ana@example.com, scopes: [admin], contacts: {{pager: {{kind: webhook, address: "{sink}/ana", verified: true}}}}}}
  bo: {{name: Bo, email: bo@example.com, contacts: {{pager: {{kind: webhook, address: "{sink}/bo", verified: true}}}}}}
teams:
  core: {{name: Core, pack: platform, policy: default, members: [ana, bo], leadership: [ana]}}
policies:
  default: {{steps: [{{targets: ["person:ana"], wait: 30m}}, {{targets: ["person:bo"], wait: 30m}}]}}
services:
  web: {{name: Web, team: core}}
channels:
  people: {{kind: webhook, audiences: [people], options: {{trusted: true}}}}
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What to measure."""

    escalations: int
    seconds: float
    workers: int
    folder: Path
    database: str
    say: Callable[[str], None] = lambda _: None


class PlainWords:
    """Fills no template: ten thousand declarations are only the scenery."""

    def render(self, source: str, fields: Mapping[str, object]) -> str:
        """Return a line."""
        return f"{fields['ref']} {len(source)}"


def measure(wanted: Wanted) -> dict[str, object]:
    """Open the escalations, let their clocks ring, and return how late they and their pages were."""
    with Receiver() as sink, _database(wanted) as url:
        home = wanted.folder / f"tocsin-{wanted.database}"
        text = CONFIGURATION.format(sink=sink.url)
        instance = Instance(home, text, admin="ana", database=url, workers=wanted.workers)
        instance.prepare()
        wanted.say(f"{wanted.database}: opening {wanted.escalations} escalations")
        _open(instance, wanted.escalations)
        load = os.getloadavg()[0]
        with instance:
            due = _arm(instance.database, wanted)
            before = _processor_s(instance)
            late = _await_rung(instance.database, due, wanted)
            pages = _await_pages(sink, due, wanted)
            spent = {name: round(used - before[name], 1) for name, used in _processor_s(instance).items()}
        return {
            "database": wanted.database,
            "settings": settings_of(instance.database),
            "fsync_ms": fsync_ms(wanted.folder),
            "load_before": round(load, 1),
            "load_after": round(os.getloadavg()[0], 1),
            "processor_s": spent,
            "escalations": wanted.escalations,
            "rung": len(late),
            "timer_late_ms": _shares(late),
            "pages": len(pages),
            "page_late_ms": _shares(pages),
        }


def _open(instance: Instance, count: int) -> None:
    """Declare incidents that page, and take what they asked for as done: what matters is their clocks."""
    app = wiring.build(settings.read({"TOCSIN_HOME": str(instance.home), "TOCSIN_DATABASE": instance.database}))
    engine = replace(app.engine, renderer=PlainWords())
    for first in range(0, count, BATCH):
        _declare(engine, range(first, min(first + BATCH, count)))
    engines = Engines(parse_url(instance.database))
    with engines.writing() as connection:
        connection.execute(update(outbox).values(state="done", ready_at=None, settled_at=0))
        # Reminders and other deadlines have a run of their own coming, after this one.
        far = timers.c.due + 86400 * SECOND_US
        connection.execute(update(timers).values(due=far, ready_at=far))
    engines.close()
    app.engine.store.close()


def _declare(engine: Engine, numbers: Sequence[int]) -> None:
    said = [Declaration(title=f"It breaks {n}", severity="SEV2", services=("web",)) for n in numbers]
    transact(engine, lambda tx: [open_in(engine, tx, one, SYSTEM) for one in said])


def _arm(database: str, wanted: Wanted) -> dict[str, float]:
    """Spread the escalations over the time to come, in no order that the tables have; return when each is due, in ms."""
    engines = Engines(parse_url(database))
    with engines.writing() as connection:
        first = engines.clock(connection) + round(LEAD_S * SECOND_US)
        step = wanted.seconds * SECOND_US / wanted.escalations
        streams = connection.execute(select(timers.c.stream).where(timers.c.name == "escalate")).scalars().all()
        order = sorted(streams, key=lambda stream: stream[::-1])
        due = {stream: first + round(number * step) for number, stream in enumerate(order)}
        for stream, at in due.items():
            changed = update(timers).where(timers.c.stream == stream, timers.c.name == "escalate")
            connection.execute(changed.values(due=at, ready_at=at))
    engines.close()
    return {stream: at / 1000 for stream, at in due.items()}


def _await_rung(database: str, due: Mapping[str, float], wanted: Wanted) -> list[float]:
    """Wait until every clock has rung and return how late each was, in milliseconds."""
    engines = Engines(parse_url(database))
    until = time.monotonic() + LEAD_S + wanted.seconds + SETTLE_S
    rung = 0
    while rung < wanted.escalations and time.monotonic() < until:
        time.sleep(2.0)
        with engines.reading() as connection:
            counted = select(func.count()).where(events.c.type == "TimerElapsed")
            rung = connection.execute(counted).scalar_one()
    with engines.reading() as connection:
        elapsed = select(events.c.incident, events.c.recorded_at).where(events.c.type == "TimerElapsed")
        found = connection.execute(elapsed).all()
    engines.close()
    return [row.recorded_at / 1000 - due[row.incident] for row in found]


def _await_pages(sink: Receiver, due: Mapping[str, float], wanted: Wanted) -> list[float]:
    """Wait until every page has arrived and return how late each was, in milliseconds, after its clock was due."""
    until = time.monotonic() + SETTLE_S
    while len(sink.received) < wanted.escalations and time.monotonic() < until:
        time.sleep(0.5)
    return [seen * 1000 - due[key.partition("/")[0]] for key, seen in sink.received.items()]


def _shares(late: list[float]) -> dict[str, float]:
    found = sorted(late) or [0.0]
    shares = {"p50": 0.5, "p90": 0.9, "p99": 0.99}
    named = {name: found[min(len(found) - 1, int(len(found) * share))] for name, share in shares.items()}
    return {
        name: round(value, 1) for name, value in {**named, "max": found[-1], "mean": statistics.fmean(found)}.items()
    }


def _processor_s(instance: Instance) -> dict[str, float]:
    """Return the processor time of every process so far, of PostgreSQL's where it is ours."""
    used = {name: sum(psutil.Process(instance.pid(name)).cpu_times()[:2]) for name in ("serve", *instance.workers)}
    ours = [one for one in psutil.Process().children(recursive=True) if one.name() == "postgres"]
    return used | ({"postgres": sum(sum(one.cpu_times()[:2]) for one in ours)} if ours else {})


@contextmanager
def _database(wanted: Wanted) -> Iterator[str]:
    if wanted.database == "sqlite":
        yield ""
        return
    with PostgresServer(wanted.folder / "postgres", {"fsync": "on", "synchronous_commit": "on"}) as server:
        yield server.create_database("tocsin")


def main() -> None:
    """Run from the command line; exit 1 when a clock or a page never came."""
    parser = argparse.ArgumentParser(prog="python -m bench.timers", description=__doc__)
    parser.add_argument("--escalations", type=int, default=10_000)
    parser.add_argument("--seconds", type=float, default=60.0, help="how long the clocks are spread over")
    parser.add_argument("--workers", type=int, default=1, help="work processes; more than one on PostgreSQL only")
    parser.add_argument("--database", choices=("sqlite", "postgres"))
    parser.add_argument("--json", action="store_true", help="print the figures as JSON")
    given = parser.parse_args()

    def say(told: str) -> None:
        print(told, file=sys.stderr, flush=True)

    found = []
    with tempfile.TemporaryDirectory(prefix="tocsin-timers-") as name:
        for database in (given.database,) if given.database else ("sqlite", "postgres"):
            wanted = Wanted(
                escalations=given.escalations,
                seconds=given.seconds,
                workers=given.workers if database == "postgres" else 1,
                folder=Path(name),
                database=database,
                say=say,
            )
            found.append(measure(wanted))
            say(json.dumps(found[-1]))
    print(json.dumps(found, indent=2) if given.json else found)
    sys.exit(0 if all(one["rung"] == one["pages"] == given.escalations for one in found) else 1)


if __name__ == "__main__":
    main()
