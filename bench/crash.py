"""Kills `serve` and `work` at random points of a load and counts, outside Tocsin, what was lost or doubled.

    python -m bench.crash --kills 40 --json [--database sqlite|postgres] [--seed 7]

Expected messages follow from what was declared and acknowledged; what arrived is read from the sink's own log.
"""

from __future__ import annotations

import argparse
import json
import random
import statistics
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable
from contextlib import closing
from dataclasses import asdict, dataclass
from pathlib import Path

from bench.instance import ROLES, Instance
from bench.kills import Wanted, database, kill_at_random, under
from bench.load import SPEED, Load, arrived, configuration, messages, must, must_not, overtaken, settle
from tocsin.drill.client import Client
from tocsin.drill.servers.sink import Received, WebhookSink

# A page takes this long to hand over, so that kills find some under way.
SEND_S = 0.3
SETTLE_S = 75.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    """What came of it. A lost timer is a reminder or an escalation that never came; lateness is in seconds.

    `overtaken` escalations were late and acknowledged before they went out; `overtaken_max_s` is how late they were then.
    """

    database: str
    seed: int
    kills: dict[str, int]
    incidents_declared: int
    incidents_found: int
    messages_expected: int
    lost_pages: int
    lost_timers: int
    unneeded_pages: int
    messages_received: int
    repeats: int
    repeated_pages: int
    repeats_unmarked: int
    dead: int
    overtaken: int
    overtaken_max_s: float
    late_median_s: float
    late_max_s: float
    took_s: float
    missing: tuple[str, ...] = ()
    load_errors: tuple[str, ...] = ()

    @property
    def good(self) -> bool:
        """Whether nothing was lost, doubled unmarked, or opened twice."""
        wrong = (self.lost_pages, self.lost_timers, self.unneeded_pages, self.repeats_unmarked, self.dead)
        return not any(wrong) and not self.load_errors and self.incidents_declared == self.incidents_found


def run(wanted: Wanted) -> Figures:
    """Do it and return the figures."""
    began = time.monotonic()
    with WebhookSink(wanted.directory / "sink.jsonl") as sink, database(wanted) as (url, _):
        sink.behave(delay_s=SEND_S)
        home = wanted.directory / "tocsin"
        with Instance(home, configuration(sink.url), admin="ana", database=url) as instance:
            with closing(Client(instance.context.url, instance.context.token)) as client:
                load = Load(client=client, sinks=(sink,), seed=wanted.seed)
                with under(load.run, load.stopping):
                    kills = kill_at_random(
                        wanted, instance, _choose(wanted), told=lambda: f"{len(load.told)} incidents"
                    )
                settle(load, limit_s=SETTLE_S)
                health = client.get("/v1/health")
                found = count_incidents(client)
            return _figures(wanted, load, sink.received(), kills, health, found, time.monotonic() - began)


def _choose(wanted: Wanted) -> Callable[[int, random.Random], str]:
    few = wanted.kills < 10  # some of each
    return lambda number, chance: ROLES[number % 2] if few else chance.choice(ROLES)


def count_incidents(client: Client) -> int:
    """Return how many incidents there are."""
    count, cursor = 0, ""
    while True:
        page = client.get(f"/v1/incidents?limit=200&cursor={cursor}")
        count += len(page["items"])
        cursor = page["next_cursor"]
        if not cursor:
            return count


def _figures(  # noqa: PLR0913, PLR0917 (each is a finding of its own)
    wanted: Wanted,
    load: Load,
    received: list[Received],
    kills: Counter[str],
    health: dict[str, dict[str, float]],
    found: int,
    took_s: float,
) -> Figures:
    told, seen = load.told, arrived(received)
    expected = {what for one in told for what in must(one)}
    missing = expected - set(seen)
    first_pages = {what for what in missing if what[1:] == ("page", "ana")}
    times = Counter(m.body["key"] for m in messages(received))
    marked = Counter(m.body["key"] for m in messages(received) if m.body["possible_repeat"])
    late = [(at - when).total_seconds() for when, at in load.due(seen)]
    slow = overtaken(told, seen)
    return Figures(
        database=wanted.database,
        seed=wanted.seed,
        kills=dict(kills),
        incidents_declared=len(told),
        incidents_found=found,
        messages_expected=len(expected),
        lost_pages=sum(what[1] == "page" for what in missing),
        lost_timers=len(missing - first_pages),
        unneeded_pages=len({what for one in told for what in must_not(one)} & set(seen)),
        messages_received=len(times),
        repeats=sum(n - 1 for n in times.values()),
        repeated_pages=sum(n - 1 for key, n in times.items() if "/page/" in key),
        repeats_unmarked=sum(n - 1 > marked[key] for key, n in times.items()),
        dead=int(health["backlog"]["jobs_dead"]),
        overtaken=len(slow),
        overtaken_max_s=round(max(slow, default=0.0), 3),
        late_median_s=round(statistics.median(late), 3) if late else 0.0,
        late_max_s=round(max(late), 3) if late else 0.0,
        took_s=round(took_s, 1),
        missing=tuple(" ".join(map(str, what)) for what in sorted(missing))[:20],
        load_errors=tuple(load.errors),
    )


def main() -> None:
    """Run from the command line; exit 1 when something was lost."""
    parser = argparse.ArgumentParser(prog="python -m bench.crash", description=__doc__)
    parser.add_argument("--kills", type=int, default=5)
    parser.add_argument("--database", choices=("sqlite", "postgres"), default="sqlite")
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--directory", type=Path, help="keep the logs here")
    parser.add_argument("--json", action="store_true", help="print the figures as JSON")
    given = parser.parse_args()

    def say(text: str) -> None:
        print(text, file=sys.stderr, flush=True)

    say(f"seed {given.seed}; policy and pack at speed {SPEED}")
    with tempfile.TemporaryDirectory(prefix="tocsin-crash-") as name:
        directory = given.directory or Path(name)
        wanted = Wanted(kills=given.kills, directory=directory, database=given.database, seed=given.seed, say=say)
        figures = run(wanted)
    print(json.dumps(asdict(figures), indent=2) if given.json else figures)
    sys.exit(0 if figures.good else 1)


if __name__ == "__main__":
    main()
