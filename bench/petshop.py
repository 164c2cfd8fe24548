"""Whose excess explains the caller's, on recorded faults of a shop whose causes are known; and whom quiet times blame.

python -m bench.petshop --data DIR --json [--drop-edges 0.2 --seed 1] [--no-graph] [--shuffle-names]
"""

from __future__ import annotations

import argparse
import json
import random
import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from bench.petshop_data import METRICS, Case, Scenario, scenarios
from tocsin.domain.diagnosis.attribution.attribute import attribute
from tocsin.domain.diagnosis.attribution.baseline import Baseline, learn
from tocsin.domain.diagnosis.attribution.limits import Limits
from tocsin.domain.diagnosis.attribution.series import Series, Signal, Target

TOP = 3
WINDOW = 5
SIGNALS: tuple[Signal, ...] = ("latency", "errors")
Baselines = Mapping[tuple[str, Signal], Baseline]


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What was answered to one case: the place of the true cause among the suspects, from 1; 0 where it is not there."""

    case: Case
    scenario: str
    place: int
    first: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Quiet:
    """Quiet windows of one scenario and signal, and how many of them had somebody blamed."""

    scenario: str
    signal: Signal
    windows: int
    blamed: int


def without_edges(found: Sequence[Scenario], share: float, seed: int) -> list[Scenario]:
    """Return the scenarios with about `share` of their edges missing."""
    chance = random.Random(seed)  # noqa: S311 (which edges are missing)
    return [
        replace(
            one,
            graph={
                caller: tuple(callee for callee in callees if chance.random() >= share)
                for caller, callees in one.graph.items()
            },
        )
        for one in found
    ]


def renamed(found: Sequence[Scenario], seed: int) -> list[Scenario]:
    """Return the scenarios with every node under a meaningless name, and the nodes in another order."""
    chance = random.Random(seed)  # noqa: S311 (meaningless names)
    nodes = list(dict.fromkeys(node for one in found for node in _nodes(one)))
    chance.shuffle(nodes)
    names = {node: f"n{number}" for number, node in enumerate(nodes)}
    return [_renamed(one, names) for one in found]


def _nodes(one: Scenario) -> Iterable[str]:
    yield from one.quiet
    for caller, callees in one.graph.items():
        yield from (caller, *callees)
    for case in one.cases:
        yield from (*case.series, case.target.node, case.root_cause)


def _renamed(one: Scenario, names: Mapping[str, str]) -> Scenario:
    def series(given: Mapping[str, Series]) -> dict[str, Series]:
        return {name: given[node] for node, name in names.items() if node in given}

    return replace(
        one,
        graph={names[caller]: tuple(names[callee] for callee in callees) for caller, callees in one.graph.items()},
        quiet=series(one.quiet),
        cases=tuple(
            replace(
                case,
                series=series(case.series),
                target=replace(case.target, node=names[case.target.node]),
                root_cause=names[case.root_cause],
            )
            for case in one.cases
        ),
    )


def baselines(found: Sequence[Scenario], limits: Limits | None = None) -> Baselines:
    """Return what is normal in each scenario, for the signals its cases ask about."""
    asked = {(one.name, case.target.signal): one for one in found for case in one.cases}
    return {(name, signal): learn(one.quiet, signal, limits) for (name, signal), one in asked.items()}


def answers(found: Sequence[Scenario], usual: Baselines, limits: Limits | None = None) -> list[Answer]:
    """Return an answer to every case."""
    return [_answer(one, case, usual[one.name, case.target.signal], limits) for one in found for case in one.cases]


def _answer(one: Scenario, case: Case, baseline: Baseline, limits: Limits | None) -> Answer:
    suspects = [suspect.node for suspect in attribute(one.graph, case.series, case.target, baseline, limits).suspects]
    place = suspects.index(case.root_cause) + 1 if case.root_cause in suspects else 0
    return Answer(case=case, scenario=one.name, place=place, first=suspects[0] if suspects else "")


def quiet_windows(found: Sequence[Scenario], limits: Limits | None = None) -> list[Quiet]:
    """Return how many quiet windows have somebody blamed, per scenario that has a quiet period of its own, and signal.

    What is normal is learnt from the one half of the period and tried on the other, so no window is judged by itself.
    """
    targets = sorted({case.target.node for one in found for case in one.cases})
    judged = []
    for one in found:
        for signal in SIGNALS if one.own_quiet else ():
            blamed = [_blames(one, signal, half, targets, limits) for half in (0, 1)]
            windows, guilty = (sum(counts) for counts in zip(*blamed, strict=True))
            judged.append(Quiet(scenario=one.name, signal=signal, windows=windows, blamed=guilty))
    return judged


def _blames(one: Scenario, signal: Signal, half: int, targets: Sequence[str], limits: Limits | None) -> tuple[int, int]:
    length = max(len(series.requests) for series in one.quiet.values())
    begin, end = (0, length // 2) if half == 0 else (length // 2, length)
    baseline = learn({node: _without(series, begin, end) for node, series in one.quiet.items()}, signal, limits)
    windows = blamed = 0
    for at in range(begin, end - WINDOW + 1, WINDOW):
        window = {node: _part(series, at, at + WINDOW) for node, series in one.quiet.items()}
        for target in targets:
            windows += 1
            wanted = Target(node=target, signal=signal, calm=1)
            blamed += bool(attribute(one.graph, window, wanted, baseline, limits).suspects)
    return windows, blamed


def _part(series: Series, begin: int, end: int) -> Series:
    return Series(
        requests=series.requests[begin:end],
        latency_s=series.latency_s[begin:end],
        error_ratio=series.error_ratio[begin:end],
    )


def _without(series: Series, begin: int, end: int) -> Series:
    before, after = _part(series, 0, begin), _part(series, end, len(series.requests))
    return Series(
        requests=[*before.requests, *after.requests],
        latency_s=[*before.latency_s, *after.latency_s],
        error_ratio=[*before.error_ratio, *after.error_ratio],
    )


def shares(given: Sequence[Answer]) -> dict[str, float | int | None]:
    """Return the shares of `given` whose true cause is the first suspect, and among the first three."""
    count = len(given)
    return {
        "cases": count,
        "top1": round(sum(one.place == 1 for one in given) / count, 4) if count else None,
        "top3": round(sum(1 <= one.place <= TOP for one in given) / count, 4) if count else None,
    }


def figures(found: Sequence[Scenario], limits: Limits | None = None) -> dict[str, object]:
    """Return everything that was measured, as it is printed."""
    begin = time.perf_counter()
    given = answers(found, baselines(found, limits), limits)
    took_s = time.perf_counter() - begin
    quiet = quiet_windows(found, limits)
    return {
        **shares(given),
        "ms_per_case": round(took_s * 1000 / len(given), 2) if given else None,
        "blamed_normal": blamed_share(quiet),
        "normal_windows": sum(one.windows for one in quiet),
        "metrics": {METRICS[s]: shares([one for one in given if one.case.target.signal == s]) for s in SIGNALS},
        "scenarios": {
            one.name: {
                METRICS[signal]: {
                    **shares([a for a in given if a.scenario == one.name and a.case.target.signal == signal]),
                    "blamed_normal": blamed_share([q for q in quiet if q.scenario == one.name and q.signal == signal]),
                }
                for signal in SIGNALS
            }
            for one in found
        },
        "missed": [one.case.name for one in given if one.place != 1],
    }


def blamed_share(quiet: Sequence[Quiet]) -> float | None:
    """Return the share of the windows in which somebody is blamed; None without windows."""
    windows = sum(one.windows for one in quiet)
    return round(sum(one.blamed for one in quiet) / windows, 4) if windows else None


def prepared(data: Path, *, drop_edges: float, seed: int, no_graph: bool, shuffle_names: bool) -> list[Scenario]:
    """Return the scenarios below `data` as the options ask for them."""
    found = scenarios(data)
    if drop_edges:
        found = without_edges(found, drop_edges, seed)
    if no_graph:
        found = [replace(one, graph={}) for one in found]
    return renamed(found, seed) if shuffle_names else found


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m bench.petshop", description=__doc__)
    parser.add_argument("--data", type=Path, required=True, help="the folder that holds the scenarios")
    parser.add_argument("--drop-edges", type=float, default=0.0, help="the share of edges that go missing, 0 to 1")
    parser.add_argument("--seed", type=int, default=0, help="which edges go missing, and which names are given")
    parser.add_argument("--no-graph", action="store_true", help="no edges at all")
    parser.add_argument("--shuffle-names", action="store_true", help="give every node a meaningless name")
    parser.add_argument("--json", action="store_true", help="print the figures as JSON")
    given = parser.parse_args()
    found = prepared(
        given.data,
        drop_edges=given.drop_edges,
        seed=given.seed,
        no_graph=given.no_graph,
        shuffle_names=given.shuffle_names,
    )
    measured = figures(found)
    print(json.dumps(measured, indent=2) if given.json else measured)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
