"""Plays seeds, and holds what came of them to what Tocsin promises.

python -m bench.simulation --seeds 10000 --json [--first 0] [--processes 2]
python -m bench.simulation --seed 4711        # one run, told event for event
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import time
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import replace

from bench.simulation.run import Outcome, run

SHOWN = 10


def bare(seed: int) -> Outcome:
    """Play a seed without telling it event for event."""
    return replace(run(seed), trace=())


def played(seeds: Sequence[int], processes: int) -> Iterator[Outcome]:
    """Play seeds, several at a time."""
    if processes < 2:
        yield from map(bare, seeds)
        return
    with ProcessPoolExecutor(processes) as pool:
        yield from pool.map(bare, seeds, chunksize=16)


def figures(outcomes: Iterable[Outcome]) -> dict[str, object]:
    """Return what came of many runs, in numbers, with the seeds that broke a promise."""
    began = time.monotonic()
    found = list(outcomes)
    broken = [one for one in found if one.wrong]
    return {
        "seeds": len(found),
        "broken": len(broken),
        "failing_seeds": [one.seed for one in broken][:SHOWN],
        "complaints": [f"{one.seed}: {one.wrong[0]}" for one in broken][:SHOWN],
        "years": round(sum(one.days for one in found) / 365.25, 1),
        "incidents": sum(one.incidents for one in found),
        "events": sum(one.events for one in found),
        "messages": sum(one.messages for one in found),
        "repeats": sum(one.repeats for one in found),
        "kills": sum(one.kills for one in found),
        "took_s": round(time.monotonic() - began, 1),
    }


def main() -> None:
    """Run from the command line; exit 1 when a promise was broken."""
    parser = argparse.ArgumentParser(prog="python -m bench.simulation", description=__doc__)
    parser.add_argument("--seeds", type=int, default=200, help="how many")
    parser.add_argument("--first", type=int, default=0, help="the first one")
    parser.add_argument("--seed", type=int, help="play only this one, and tell it event for event")
    parser.add_argument("--processes", type=int, default=os.cpu_count() or 1)
    parser.add_argument("--json", action="store_true", help="print the figures as JSON")
    given = parser.parse_args()
    if given.seed is not None:
        told = run(given.seed)
        print("\n".join(told.trace))
        print(json.dumps({**figures([replace(told, trace=())]), "digest": told.digest, "wrong": told.wrong}, indent=2))
        sys.exit(1 if told.wrong else 0)
    result = figures(played(range(given.first, given.first + given.seeds), given.processes))
    print(json.dumps(result, indent=2) if given.json else result)
    sys.exit(1 if result["broken"] else 0)


if __name__ == "__main__":
    main()
