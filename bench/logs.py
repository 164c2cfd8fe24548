"""How fast, how lean and how right logs are mined, on logs whose true templates and planted changes are known.

python -m bench.logs --json [--seeds 7,11,23] [--lines 200000] [--bulk 1000000] [--templates 600] [--generator FILE]

The logs are made by the generator that stands beside the checkout (or where TOCSIN_SHARED says), once as they are and
once with planted changes for every seed. Speed and memory are those of a process of its own that only mines.
"""

from __future__ import annotations

import argparse
import csv
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from tocsin.domain.diagnosis.facts.logs import LogFacts, LogTemplate
from tocsin.domain.diagnosis.logs.changes import changes
from tocsin.domain.diagnosis.logs.miner import Miner
from tocsin.domain.diagnosis.logs.summary import summary
from tocsin.net.redaction import redact

NOW = datetime(2026, 9, 21, tzinfo=UTC)
BOUNDS = {"lines_per_s": 50_000, "rss_mib": 200, "grouping_accuracy": 0.95}
LIMIT_S = 1800


def read(path: Path) -> Iterator[str]:
    with path.open("rb") as file:
        for line in file:
            yield line.rstrip(b"\r\n").decode("utf-8", "replace")


def make(generator: Path, folder: Path, *options: str) -> Path:
    """Let the generator write a log, its truth and its changes."""
    subprocess.run([sys.executable, str(generator), "--out", str(folder), *options], check=True, timeout=LIMIT_S)  # noqa: S603 (our own file)
    return folder


def mine(log: Path) -> dict[str, float | int]:
    """Mine one file and nothing else: what a process of its own measures of itself."""
    wall, processor = time.perf_counter(), time.process_time()
    miner = Miner(NOW)
    miner.feed(read(log))
    facts = summary(miner, miner.finish(), LogFacts(target="bench", at=NOW), redact)
    changes(facts, None)
    processor, wall = time.process_time() - processor, time.perf_counter() - wall
    return {
        "lines": miner.lines,
        "bytes": log.stat().st_size,
        "lines_per_s": round(miner.lines / processor),
        "lines_per_wall_s": round(miner.lines / wall),
        "rss_mib": round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024, 1),
    }


def alone(log: Path) -> dict[str, Any]:
    """Return what `mine` measures in a fresh process."""
    argv = [sys.executable, "-m", "bench.logs", "--mine", str(log)]
    done = subprocess.run(argv, check=True, capture_output=True, timeout=LIMIT_S)  # noqa: S603 (ourselves)
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def judge(folder: Path) -> dict[str, Any]:
    """Hold what was mined against the truth: the groups of lines, and the planted changes."""
    truth = [int(row["template"]) for row in csv.DictReader((folder / "truth.csv").open(newline=""))]
    planted = json.loads((folder / "changes.json").read_text())
    miner = Miner(NOW)
    forms = []
    for line in read(folder / "app.log"):
        miner.feed((line,))
        forms.append(miner.form)
    mined = miner.finish()
    # A stack trace is folded into one template with its own; the truth knows no more than "part of a trace" (-1).
    found = [-1 if form is None or form.template is None else id(form.template.root) for form in forms]
    facts = summary(miner, mined, LogFacts(target="bench", at=NOW), redact, most=len(mined))
    seen = changes(facts, None)
    new = [one.template for one in seen.new if one.template.kind == "message"]
    jumped = [one.template for one in seen.jumped]
    wanted = {"new": planted["new"], "jump": [planted["rate_jump"]] if planted["rate_jump"] else []}
    drift = planted["drifting_field"]
    drifted = [one for one in facts.drifts if drift and same(drift[1], one.service, one.template)]
    return {
        "lines": len(truth),
        "grouping_accuracy": round(grouping_accuracy(found, truth), 5),
        "templates": {"true": len(set(truth) - {-1}), "found": len(set(found) - {-1})},
        **told("new", wanted["new"], new),
        **told("jump", wanted["jump"], jumped),
        "drift_planted": int(bool(drift)),
        "drift_found": int(any(one.field in {drift[0], "dur"} for one in drifted)) if drift else 0,
        "drift_false": len(facts.drifts) - len(drifted),
        "vanished_false": len(seen.vanished),
        "new_traces": len(seen.new) - len(new),
    }


def told(name: str, planted: list[list[str]], found: list[LogTemplate]) -> dict[str, int]:
    """Count what was planted, how much of it was found, and what was told that nobody planted."""
    hits = sum(any(same(one, it.service, it.text) for it in found) for one in planted)
    false = sum(not any(same(one, it.service, it.text) for one in planted) for it in found)
    return {f"{name}_planted": len(planted), f"{name}_found": hits, f"{name}_false": false}


def same(planted: list[str], service: str, text: str) -> bool:
    """Whether a mined template is a planted one: the same service, and the same words where both have words."""
    fixed = [word for word in planted[2].split() if "{" not in word]
    words = [word for word in text.split() if "<" not in word]
    return service == planted[0] and words == fixed


def grouping_accuracy(found: list[int], truth: list[int]) -> float:
    """Return the share of lines whose found group holds exactly the lines of their true group."""
    of_found, of_truth, both = Counter(found), Counter(truth), Counter(zip(found, truth, strict=True))
    right = sum(count for (f, t), count in both.items() if of_found[f] == count == of_truth[t])
    return right / len(truth)


def measure(given: argparse.Namespace) -> dict[str, Any]:
    runs = []
    with tempfile.TemporaryDirectory() as home:
        root = Path(home)
        size = ("--templates", str(given.templates))
        bulk = make(given.generator, root / "bulk", "--seed", "1", "--lines", str(given.bulk), "--shift", *size)
        speed = [alone(bulk / "app.log") for _ in range(given.repeat)]
        for seed in (int(one) for one in given.seeds.split(",")):
            for extra in ((), ("--shift",)):
                options = ("--seed", str(seed), "--lines", str(given.lines), *size, *extra)
                folder = make(given.generator, root / f"{seed}{''.join(extra)}", *options)
                runs.append({"seed": seed, "shift": bool(extra), **judge(folder)})
    best = max(speed, key=lambda one: one["lines_per_s"])
    figures = {
        "lines_per_s": best["lines_per_s"],
        "lines_per_wall_s": best["lines_per_wall_s"],
        "rss_mib": max(one["rss_mib"] for one in speed),
        "bulk_lines": best["lines"],
        "grouping_accuracy": min(run["grouping_accuracy"] for run in runs),
        **{
            key: sum(run[key] for run in runs)
            for key in sorted(runs[0])
            if key.partition("_")[0] in {"new", "jump", "drift", "vanished"}
        },
        "bounds": BOUNDS,
    }
    return {**figures, "ok": holds(figures), "speed": speed, "runs": runs}


def holds(figures: dict[str, Any]) -> bool:
    """Whether the bounds hold and every planted change was found."""
    kept = figures["lines_per_s"] >= BOUNDS["lines_per_s"] and figures["rss_mib"] <= BOUNDS["rss_mib"]
    right = figures["grouping_accuracy"] >= BOUNDS["grouping_accuracy"]
    return (
        kept and right and all(figures[f"{one}_found"] == figures[f"{one}_planted"] for one in ("new", "jump", "drift"))
    )


def main() -> int:
    shared = Path(os.environ.get("TOCSIN_SHARED", Path(__file__).parents[2] / "shared"))
    parser = argparse.ArgumentParser(prog="python -m bench.logs", description=__doc__)
    parser.add_argument("--seeds", default="7,11,23")
    parser.add_argument("--lines", type=int, default=200_000)
    parser.add_argument("--bulk", type=int, default=1_000_000, help="lines of the log for speed and memory")
    parser.add_argument("--templates", type=int, default=600)
    parser.add_argument("--repeat", type=int, default=2, help="how often the bulk is mined; the fastest counts")
    parser.add_argument("--generator", type=Path, default=shared / "data/logs/generate.py")
    parser.add_argument("--mine", type=Path, help=argparse.SUPPRESS)
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    given = parser.parse_args()
    if given.mine:
        print(json.dumps(mine(given.mine)))
        return 0
    figures = measure(given)
    print(json.dumps(figures) if given.json else json.dumps(figures, indent=2))
    return 0 if figures["ok"] else 1


if __name__ == "__main__":
    raise SystemExit(main())
