"""Posts and asks whatever can be made up, and counts: the suite's own fuzz tests, with more examples and another seed.

    python -m bench.fuzz --inputs 20000 --json [--seed 7]

Each kind of source gets its share of the inputs twice: read by its source alone, and posted to the door, where what is
answered 2xx must be in the store afterwards. Besides, every operation of the API's description is asked by schemathesis, and
every protocol's path with any body. A fault, an exception, a broken promise of the description and a lost item fail a test;
exit 1 when any did.
"""

from __future__ import annotations

import argparse
import json
import math
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from tocsin.wiring.options import SOURCE_KINDS

WAYS = 3
TESTS = (
    "tests/adapters/sources/test_fuzz.py",
    "tests/doors/ingest/test_nothing_lost.py",
    "tests/doors/ingest/test_anything.py",
    "tests/doors/http/test_description.py",
)
LONGEST_S = 3600


def run(inputs: int, seed: int, folder: Path) -> dict[str, Any]:
    """Return the counts of one run of the fuzz tests, each kind of source with its share of the inputs."""
    counts = folder / "counts.json"
    each = math.ceil(inputs / len(SOURCE_KINDS) / WAYS)
    # Its own folder: pytest keeps the common ones of the last three runs only. No limit: many examples take their time.
    wanted = ["-q", "-p", "tests.support.fuzz_counts", "-p", "no:cacheprovider", "--timeout=0"]
    wanted += [f"--hypothesis-seed={seed}", f"--basetemp={folder / 'pytest'}"]
    ended = subprocess.run(  # noqa: S603 (our own tests)
        [sys.executable, "-m", "pytest", *wanted, *TESTS],
        env={**os.environ, "TOCSIN_FUZZ": str(each), "TOCSIN_FUZZ_COUNTS": str(counts)},
        stdout=sys.stderr,
        timeout=LONGEST_S,
        check=False,
    )
    if not counts.exists():
        raise RuntimeError(f"pytest ended with {ended.returncode} and counted nothing: see its output above")
    told: dict[str, Any] = json.loads(counts.read_text())
    return told


def figures(told: dict[str, Any]) -> dict[str, Any]:
    """Return what was tried by kind of test, and what failed."""
    tried: dict[str, int] = told["tried"]

    def of(what: str) -> dict[str, int]:
        return {name.partition("/")[2]: count for name, count in sorted(tried.items()) if name.startswith(f"{what}/")}

    door = of("door")
    return {
        "posted": sum(door.values()),
        "posted_by_source": door,
        "taken": sum(of("taken").values()),
        "lost": tried.get("lost", 0),
        "read_by_sources_alone": sum(of("read").values()),
        "any_body_on_any_path": sum(of("any").values()),
        "asked_by_the_description": sum(of("asked").values()),
        "operations_described": len(of("asked")),
        "tests": told["tests"],
        "failed": told["failed"],
    }


def main() -> None:
    """Run from the command line; the last thing printed is one JSON object."""
    parser = argparse.ArgumentParser(prog="python -m bench.fuzz", description=__doc__)
    parser.add_argument("--inputs", type=int, default=20_000, help="posts to the door, over all kinds of sources")
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--json", action="store_true", help="print the figures on one line")
    given = parser.parse_args()
    began = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="tocsin-fuzz-") as name:
        told = run(given.inputs, given.seed, Path(name))
    found = {**figures(told), "seed": given.seed, "took_s": round(time.monotonic() - began, 1)}
    print(json.dumps(found, indent=None if given.json else 2))
    sys.exit(0 if told["exit"] == 0 and not found["lost"] else 1)


if __name__ == "__main__":
    main()
