"""Everything at once: processes killed, the database stopped and started, providers that fail or take too long, under incidents.

    python -m bench.chaos --kills 200 --json [--database sqlite|postgres] [--seed 7]

Without `--database`, PostgreSQL with two workers and SQLite with one take half of the kills each. What must arrive follows
from what was declared and acknowledged, what arrived is read from the receivers' own logs. Everybody has a pager, whose
provider is the one that fails, and a mailbox of last resort at another.
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
from collections.abc import Sequence
from contextlib import closing
from dataclasses import asdict, dataclass, replace
from pathlib import Path

from bench.crash import count_incidents
from bench.disturbances import Disturbances
from bench.instance import Instance
from bench.kills import Wanted, database, under
from bench.load import SPEED, Load, arrived, configuration, messages, must, must_not, settle
from bench.taking_over import TakenOver, take_over
from tocsin.drill.client import Client
from tocsin.drill.servers.sink import Received, WebhookSink

SEND_S = 0.1
SETTLE_S = 90.0
# A page that nothing stands in the way of any more has this long.
PROMPT_S = 5.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    """What came of it. `lost` counts messages that had to arrive and did not; `excused` repeats have a kill, a database
    that went away or a provider that gave no answer before them; lateness after recovery is counted from the first moment
    on which a page was due and nothing was disturbed."""

    database: str
    workers: int
    seed: int
    disturbances: dict[str, int]
    incidents_declared: int
    incidents_found: int
    messages_expected: int
    lost: int
    unneeded_pages: int
    messages_received: int
    repeats: int
    repeated_pages: int
    repeats_unmarked: int
    pages_unanswered: int
    repeated_pages_a_kill: float
    late_median_s: float
    late_max_s: float
    late_after_recovery_max_s: float
    taken_over_s: float
    taken_over_marked: bool
    took_s: float
    missing: tuple[str, ...] = ()
    load_errors: tuple[str, ...] = ()

    @property
    def good(self) -> bool:
        """Whether every promise was kept."""
        wrong = (self.lost, self.unneeded_pages, self.repeats_unmarked, self.load_errors)
        late = self.late_after_recovery_max_s > PROMPT_S or self.taken_over_s > 2 * PROMPT_S
        often = self.repeated_pages_a_kill > 1
        return not any(wrong) and not late and not often and self.incidents_declared == self.incidents_found


def run(wanted: Wanted, *, kinds: Sequence[str] = ()) -> Figures:
    """Do it, in every way there is or in those named, and return the figures."""
    began = time.monotonic()
    folder = wanted.directory
    workers = 2 if wanted.database == "postgres" else 1
    with (
        WebhookSink(folder / "pagers.jsonl") as pagers,
        WebhookSink(folder / "mailboxes.jsonl") as mailboxes,
        database(wanted) as (url, server),
    ):
        pagers.behave(delay_s=SEND_S)
        text = configuration(pagers.url, last_resort=mailboxes.url)
        instance = Instance(folder / "tocsin", text, admin="ana", database=url, workers=workers)
        with instance, closing(Client(instance.context.url, instance.context.token)) as client:
            load = Load(client=client, sinks=(pagers, mailboxes), seed=wanted.seed)
            found = Disturbances(instance=instance, client=client, server=server, pagers=pagers, usual_s=SEND_S)
            with under(load.run, load.stopping):
                _disturb(wanted, found, load, kinds or found.kinds())
            settle(load, limit_s=SETTLE_S)
            incidents = count_incidents(client)
            over = take_over(instance, client, pagers) if workers > 1 else TakenOver(seconds=0.0, marked=True)
        figures = _figures(load, found, incidents)
        return replace(
            figures,
            database=wanted.database,
            workers=workers,
            seed=wanted.seed,
            taken_over_s=over.seconds,
            taken_over_marked=over.marked,
            took_s=round(time.monotonic() - began, 1),
        )


def _disturb(wanted: Wanted, found: Disturbances, load: Load, kinds: Sequence[str]) -> None:
    """Disturb it in every way there is, until enough has been killed."""
    chance = random.Random(wanted.seed)  # noqa: S311 (a repeatable run, not a secret)
    while found.killed < wanted.kills or sum(found.counts.values()) < len(kinds):
        time.sleep(chance.uniform(*wanted.between_s))
        # The first round has each kind once; after that it is mostly kills.
        done = sum(found.counts.values())
        kind = kinds[done] if done < len(kinds) else chance.choice(("kill", "kill", "kill", *kinds))
        found.happen(kind, chance)
        wanted.say(f"{found.killed}/{wanted.kills} kills; {kind}; {len(load.told)} incidents")
        if load.errors:  # without a load there is nothing to lose
            return


def _figures(load: Load, found: Disturbances, incidents: int) -> Figures:
    received = load.received()
    seen = arrived(received)
    expected = {what for one in load.told for what in must(one)}
    missing = expected - set(seen)
    times, marked = _times(received, marked=False), _times(received, marked=True)
    repeated = {key: n - 1 for key, n in times.items() if n > 1}
    pages = sum(n for key, n in repeated.items() if "/page/" in key)
    due = load.due(seen)
    late = [(at - when).total_seconds() for when, at in due]
    prompt = [found.late_after_recovery_s(when, at) for when, at in due]
    return Figures(
        database="",
        workers=0,
        seed=0,
        disturbances=dict(found.counts),
        incidents_declared=len(load.told),
        incidents_found=incidents,
        messages_expected=len(expected),
        lost=len(missing),
        unneeded_pages=len({what for one in load.told for what in must_not(one)} & set(seen)),
        messages_received=sum(times.values()),
        repeats=sum(repeated.values()),
        repeated_pages=pages,
        repeats_unmarked=sum(n > marked[key] for key, n in repeated.items()),
        pages_unanswered=found.unanswered(received),
        repeated_pages_a_kill=round(max(0, pages - found.unanswered(received)) / max(1, found.ended), 2),
        late_median_s=round(statistics.median(late), 3) if late else 0.0,
        late_max_s=round(max(late, default=0.0), 3),
        late_after_recovery_max_s=round(max(prompt, default=0.0), 3),
        taken_over_s=0.0,
        taken_over_marked=True,
        took_s=0.0,
        missing=tuple(" ".join(map(str, what)) for what in sorted(missing))[:20],
        load_errors=tuple(load.errors),
    )


def _times(received: list[Received], *, marked: bool) -> Counter[str]:
    return Counter(m.body["key"] for m in messages(received) if m.body["possible_repeat"] or not marked)


def main() -> None:
    """Run from the command line; exit 1 when a promise was broken."""
    parser = argparse.ArgumentParser(prog="python -m bench.chaos", description=__doc__)
    parser.add_argument("--kills", type=int, default=10)
    parser.add_argument("--database", choices=("sqlite", "postgres"))
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--directory", type=Path, help="keep the logs here")
    parser.add_argument("--json", action="store_true", help="print the figures as JSON")
    given = parser.parse_args()

    def say(text: str) -> None:
        print(text, file=sys.stderr, flush=True)

    say(f"seed {given.seed}; policy and pack at speed {SPEED}")
    databases = (given.database,) if given.database else ("postgres", "sqlite")
    figures = []
    with tempfile.TemporaryDirectory(prefix="tocsin-chaos-") as name:
        for one in databases:
            folder = (given.directory or Path(name)) / one
            folder.mkdir(parents=True)
            kills = -(-given.kills // len(databases))
            wanted = Wanted(
                kills=kills, directory=folder, database=one, seed=given.seed, say=say, between_s=(2.0, 14.0)
            )
            figures.append(run(wanted))
    told = {
        "lost": sum(f.lost for f in figures),
        "good": all(f.good for f in figures),
        "runs": list(map(asdict, figures)),
    }
    print(json.dumps(told, indent=2) if given.json else told)
    sys.exit(0 if told["good"] else 1)


if __name__ == "__main__":
    main()
