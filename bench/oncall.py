"""Who is on call by a thousand schedules at an instant, from a configuration that is loaded already.

python -m bench.oncall --json [--rounds 50] [--seed 7]
"""

from __future__ import annotations

import argparse
import json
import random
import statistics
import time
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from datetime import time as clock

from tocsin.config.catalogue import to_json
from tocsin.domain.catalogue import Catalogue
from tocsin.domain.oncall.schedule import on_call
from tocsin.domain.schedules import Hours, Layer, Override, Schedule
from tocsin.flows.policies import _catalogue

SCHEDULES, LAYERS, PEOPLE, OVERRIDES = 1000, 3, 6, 5
BOUND_MS = 50.0
START = datetime(2026, 1, 5, 9)  # noqa: DTZ001 (layers begin by wall clock)
ZONES = ("Europe/Berlin", "America/New_York", "Asia/Kolkata", "Australia/Lord_Howe", "UTC")
TURNS = ("hourly", "daily", "weekly", "monthly")


def configuration(seed: int) -> Catalogue:
    """Return a configuration of 1 000 schedules, stored and read back as a process does."""
    chance = random.Random(seed)  # noqa: S311 (made-up schedules)
    schedules = tuple(_schedule(f"s{n}", chance) for n in range(SCHEDULES))
    found = replace(Catalogue(version=1, catch_all="p0"), schedules=schedules)
    return _catalogue(to_json(found).decode(), 1)


def _schedule(key: str, chance: random.Random) -> Schedule:
    office = (Hours(from_=clock(9), to=clock(17), days=("mon", "tue", "wed", "thu", "fri")),)
    night = (Hours(from_=clock(22), to=clock(6)),)
    layers = tuple(
        Layer(
            key=f"l{n}",
            starts=START,
            people=tuple(f"p{chance.randrange(500)}" for _ in range(PEOPLE)),
            turn=chance.choice(TURNS),  # type: ignore[arg-type]  # one of the literals
            length=chance.randint(1, 3),
            hours=hours,
        )
        for n, hours in zip(range(LAYERS), ((), office, night), strict=True)
    )
    begins = [datetime(2026, 6, 1, tzinfo=UTC) + timedelta(hours=chance.randrange(24 * 60)) for _ in range(OVERRIDES)]
    overrides = tuple(Override(person="p1", starts=at, ends=at + timedelta(hours=12)) for at in begins)
    return Schedule(key=key, zone=chance.choice(ZONES), layers=layers, overrides=overrides)


def measure(rounds: int, seed: int) -> dict[str, float | int]:
    """Return milliseconds for all schedules at one instant; each round asks for another instant, so nothing is remembered."""
    schedules = configuration(seed).schedules
    took = []
    answers = 0
    for n in range(rounds):
        at = datetime(2026, 6, 1, tzinfo=UTC) + n * timedelta(hours=17, minutes=7, seconds=1)
        begin = time.perf_counter()
        found = [on_call(schedule, at) for schedule in schedules]
        took.append((time.perf_counter() - begin) * 1000)
        answers += sum(1 for people in found if people)
    return {
        "schedules": SCHEDULES,
        "rounds": rounds,
        "answered": answers,
        "median_ms": round(statistics.median(took), 2),
        "p99_ms": round(sorted(took)[int(len(took) * 0.99)], 2),
        "bound_ms": BOUND_MS,
    }


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m bench.oncall", description=__doc__)
    parser.add_argument("--rounds", type=int, default=200)
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--json", action="store_true", help="print the figures as JSON")
    given = parser.parse_args()
    figures = measure(given.rounds, given.seed)
    print(json.dumps(figures, indent=2) if given.json else figures)
    return 0 if figures["median_ms"] <= BOUND_MS else 1


if __name__ == "__main__":
    raise SystemExit(main())
