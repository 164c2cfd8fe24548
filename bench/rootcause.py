"""Which change is blamed for frozen incidents, against what is true of them.

python -m bench.rootcause --data ../shared/data/rootcausebench --json [--without traces.json]

A folder holds one folder an incident: `<scenario>/data/`, which the product reads, and `<scenario>/ground_truth.json`, which only this
bench reads. `false_confident` counts wrong answers that were called confirmed or likely; `abstained` those that were not given.
"""

from __future__ import annotations

import argparse
import json
import statistics
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from tocsin.domain.diagnosis.correlation.verdict import Verdict
from tocsin.wiring.frozen import diagnose_frozen

SHORTEST_SHA = 7
SURE = ("confirmed", "likely")


@dataclass(frozen=True, kw_only=True)
class Case:
    """One incident with what was answered."""

    name: str
    truth: dict[str, Any]
    verdict: Verdict
    took_ms: float

    @property
    def exact(self) -> bool:
        return _same(self.verdict.root_cause, self.truth.get("root_cause_commit"))

    @property
    def decoy(self) -> bool:
        return any(_same(self.verdict.root_cause, one) for one in self.truth.get("decoy_deploy_commits") or ())

    @property
    def blast(self) -> float:
        said, true = set(self.verdict.blast_radius), set(self.truth.get("blast_radius") or ())
        return len(said & true) / len(said | true) if said | true else 1.0


def _same(said: str | None, true: object) -> bool:
    if not said or not isinstance(true, str):
        return False
    shorter, longer = sorted((said.lower(), true.lower()), key=len)
    return said == true or (len(shorter) >= SHORTEST_SHA and longer.startswith(shorter))


def scenarios(data: Path) -> Iterator[Path]:
    """Return the folders that hold an incident and its truth."""
    return (one for one in sorted(data.iterdir()) if (one / "data").is_dir() and (one / "ground_truth.json").is_file())


def run(folder: Path, without: Sequence[str]) -> Case:
    """Answer one incident, without some of its files if told so."""
    with TemporaryDirectory() as spare:
        data = folder / "data"
        if without:
            data = _copy(data, Path(spare), without)
        begin = time.perf_counter()
        verdict = diagnose_frozen(data)
        took_ms = (time.perf_counter() - begin) * 1000
    truth = json.loads((folder / "ground_truth.json").read_text(encoding="utf-8"))
    return Case(name=folder.name, truth=truth, verdict=verdict, took_ms=took_ms)


def _copy(data: Path, to: Path, without: Sequence[str]) -> Path:
    for file in data.rglob("*"):
        name = file.relative_to(data)
        if file.is_file() and str(name) not in without:
            (to / name).parent.mkdir(parents=True, exist_ok=True)
            (to / name).symlink_to(file.resolve())
    return to


def figures(cases: Sequence[Case]) -> dict[str, Any]:
    """Return what came of all of them."""
    wrong = [one for one in cases if not one.exact]
    return {
        "cases": len(cases),
        "exact": sum(one.exact for one in cases),
        "first_service": sum(one.verdict.first_failing == one.truth.get("first_failing_service") for one in cases),
        "blast_jaccard": round(statistics.fmean(one.blast for one in cases), 3) if cases else 0.0,
        "remediation": sum(one.verdict.remediation == one.truth.get("remediation") for one in cases),
        "decoy_hits": sum(one.decoy for one in cases),
        "false_confident": sum(one.verdict.confidence in SURE for one in wrong),
        "abstained": sum(one.verdict.root_cause is None for one in cases),
        "ms_per_case": round(statistics.fmean(one.took_ms for one in cases), 1) if cases else 0.0,
        "ms_worst": round(max((one.took_ms for one in cases), default=0.0), 1),
        "per_case": {one.name: _told(one) for one in cases},
    }


def _told(one: Case) -> dict[str, Any]:
    verdict = one.verdict
    return {
        "exact": one.exact,
        "answer": verdict.root_cause,
        "confidence": verdict.confidence,
        "score": verdict.score,
        "mechanism": verdict.top.mechanism if verdict.top else "",
        "remediation": verdict.remediation,
        "ms": round(one.took_ms, 1),
    }


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m bench.rootcause", description=__doc__)
    parser.add_argument("--data", type=Path, required=True, help="the folder of scenarios")
    parser.add_argument("--without", action="append", default=[], help="a file to leave out, such as traces.json")
    parser.add_argument("--json", action="store_true", help="print the figures as JSON")
    given = parser.parse_args()
    cases = [run(folder, given.without) for folder in scenarios(given.data)]
    if not cases:
        sys.stderr.write(f"no scenario below {given.data}: each is a folder with data/ and ground_truth.json\n")
        return 2
    found = figures(cases)
    print(json.dumps(found, indent=2) if given.json else found)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
