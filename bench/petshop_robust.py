"""How much attribution owes to its figures and to the cases it was made with.

python -m bench.petshop_robust --data DIR --json [--seeds 20] [--laid 4]

Every figure moved by 30 %; figures chosen on all scenarios but one and tried on that one; edges missing by many seeds;
and faults laid over other quiet windows: weaker, at shifted levels, under other traffic, with values missing.
"""

from __future__ import annotations

import argparse
import itertools
import json
import math
import random
from collections.abc import Mapping, Sequence
from dataclasses import asdict, replace
from pathlib import Path
from statistics import fmean

from bench.petshop import WINDOW, Answer, answers, baselines, blamed_share, quiet_windows, shares, without_edges
from bench.petshop_data import Case, Scenario, scenarios
from tocsin.domain.diagnosis.attribution.baseline import Baseline, learn
from tocsin.domain.diagnosis.attribution.excess import excess_of
from tocsin.domain.diagnosis.attribution.limits import Limits
from tocsin.domain.diagnosis.attribution.series import Row, Series

MOVED = (0.7, 1.3)
BLAMED_AT_MOST = 0.05
OVERLAYS: tuple[tuple[str, dict[str, float]], ...] = (
    ("as recorded", {}),
    ("half as strong", {"strength": 0.5}),
    ("levels shifted by 20 %", {"shift": 0.2}),
    ("levels shifted by 40 %", {"shift": 0.4}),
    ("half to twice the traffic", {"traffic": math.log(2)}),
    ("a tenth of the values missing", {"missing": 0.1}),
)


def perturbed(found: Sequence[Scenario]) -> dict[str, dict[str, float | int | None]]:
    """Return the figures with each limit moved down and up."""
    usual = asdict(Limits())
    given: dict[str, dict[str, float | int | None]] = {"as they are": _measured(found, Limits())}
    for name, factor in itertools.product(usual, MOVED):
        value = usual[name] * factor
        if name == "rank":  # of what lies above: 0.95 becomes 0.965 and 0.935
            value = 1 - (1 - usual[name]) * factor
        given[f"{name} {value:.3g}"] = _measured(found, replace(Limits(), **{name: value}))
    return given


def _measured(found: Sequence[Scenario], limits: Limits) -> dict[str, float | int | None]:
    bare = [replace(one, graph={}) for one in found]
    dropped = [_top1(without_edges(found, 0.2, seed), limits) for seed in range(5)]
    return {
        "top1": _top1(found, limits),
        "no_graph": _top1(bare, limits),
        "dropped": round(fmean(dropped), 4),
        "blamed_normal": blamed_share(quiet_windows(found, limits)),
    }


def _top1(found: Sequence[Scenario], limits: Limits | None = None) -> float:
    return float(shares(answers(found, baselines(found, limits), limits))["top1"] or 0.0)


def cross_validated(found: Sequence[Scenario]) -> dict[str, dict[str, float | int]]:
    """Return, per scenario left out, how limits that are best on the others do on it: the worst of them and the mean."""
    grid = [
        Limits(spreads=spreads, share=share, alike=alike, rank=rank)
        for spreads, share, alike, rank in itertools.product(
            (2, 3, 4), (0.15, 0.25, 0.35), (0.03, 0.05, 0.07), (0.93, 0.95, 0.97)
        )
    ]
    seen = {limits: {one.name: answers([one], baselines([one], limits), limits) for one in found} for limits in grid}
    quiet = {limits: quiet_windows(found, limits) for limits in grid}
    given: dict[str, dict[str, float | int]] = {}
    for left_out in (one.name for one in found if one.cases):
        fits = {limits: _right(seen[limits], left_out, others=True) for limits in grid}
        sober = {
            limits: fit
            for limits, fit in fits.items()
            if (blamed_share([q for q in quiet[limits] if q.scenario != left_out]) or 0.0) <= BLAMED_AT_MOST
        }
        best = [limits for limits, fit in sober.items() if fit == max(sober.values())]
        tried = [_right(seen[limits], left_out, others=False) for limits in best]
        given[left_out] = {"chosen": len(best), "worst": round(min(tried), 4), "mean": round(fmean(tried), 4)}
    return given


def _right(seen: Mapping[str, Sequence[Answer]], name: str, *, others: bool) -> float:
    wanted = [one for scenario, given in seen.items() if (scenario != name) == others for one in given]
    return sum(one.place == 1 for one in wanted) / len(wanted)


def laid(found: Sequence[Scenario], each: int, seed: int, *, strength: float = 1.0, **how: float) -> list[Scenario]:
    """Return the recorded faults laid over `each` quiet windows of every scenario that has a quiet period."""
    chance = random.Random(seed)  # noqa: S311 (which windows)
    given = []
    for under in (one for one in found if one.own_quiet):
        cases = [
            _laid(case, _excess_per_request(case, one, strength), under, chance, how)
            for one in found
            for case in one.cases
            for _ in range(each)
        ]
        given.append(replace(under, cases=tuple(cases)))
    return given


def _excess_per_request(case: Case, scenario: Scenario, strength: float) -> dict[str, list[float]]:
    """Return what each row of the fault has more a request, of the nodes that show it and of the target."""
    limits = Limits()
    baseline: Baseline = learn(scenario.quiet, case.target.signal, limits)
    given: dict[str, list[float]] = {}
    for node, series in case.series.items():
        rows: Sequence[Row] = series.rows(case.target.signal, WINDOW)
        excess = excess_of(node, rows, case.target.calm, baseline, limits)
        if excess is None or sum(excess.amounts) <= 0:
            continue
        mean = excess.weighed([1.0] * len(excess.rows))
        if node == case.target.node or (mean and mean.significant(limits)):
            more = [strength * (row.rate - excess.level.rate) if row.requests else 0.0 for row in excess.rows]
            given[node] = [0.0] * case.target.calm + more
    return given


def _laid(
    case: Case, more: Mapping[str, Sequence[float]], under: Scenario, chance: random.Random, how: Mapping[str, float]
) -> Case:
    length = max(len(one.requests) for one in under.quiet.values())
    begin = chance.randrange(length - WINDOW)
    traffic = math.exp(chance.uniform(-1, 1) * how.get("traffic", 0.0))
    nodes: dict[str, Series] = {}
    for node, quiet in under.quiet.items():
        slower = math.exp(chance.gauss(0, how.get("shift", 0.0)))
        nodes[node] = _window(quiet, begin, traffic=traffic, slower=slower)
    new = {node: one for node, one in case.series.items() if node not in under.quiet}
    nodes |= new
    if how.get("missing"):
        nodes = {node: _holed(one, chance, how["missing"]) for node, one in nodes.items()}
    return replace(case, name=f"{case.name} over {under.name} {begin}", series=_in_signal(case, nodes, more))


def _window(quiet: Series, begin: int, *, traffic: float, slower: float) -> Series:
    part = slice(begin, begin + WINDOW)
    return Series(
        requests=[None if count is None else float(round(count * traffic)) for count in quiet.requests[part]],
        latency_s=[None if s is None else s * slower for s in quiet.latency_s[part]],
        error_ratio=list(quiet.error_ratio[part]),
    )


def _in_signal(case: Case, nodes: Mapping[str, Series], more: Mapping[str, Sequence[float]]) -> dict[str, Series]:
    return {node: _added(one, more[node], case) if node in more else one for node, one in nodes.items()}


def _added(one: Series, more: Sequence[float], case: Case) -> Series:
    if case.target.signal == "latency":
        added = [None if s is None else s + extra for s, extra in zip(one.latency_s, more, strict=True)]
        return replace(one, latency_s=added)
    failed = [
        None if ratio is None or not count else min(1.0, ratio + round(max(0.0, extra) * count) / count)
        for ratio, extra, count in zip(one.error_ratio, more, one.requests, strict=True)
    ]
    return replace(one, error_ratio=failed)


def _holed(one: Series, chance: random.Random, share: float) -> Series:
    def holes(values: Sequence[float | None]) -> list[float | None]:
        return [None if chance.random() < share else value for value in values]

    return Series(requests=holes(one.requests), latency_s=holes(one.latency_s), error_ratio=holes(one.error_ratio))


def overlaid(found: Sequence[Scenario], each: int) -> dict[str, dict[str, float | int | None]]:
    """Return the figures of faults laid over other windows, in every way of `OVERLAYS`."""
    given: dict[str, dict[str, float | int | None]] = {}
    for name, how in OVERLAYS:
        made = laid(found, each, seed=1, **how)
        bare = [replace(one, graph={}) for one in made]
        dropped = fmean(_top1(without_edges(made, 0.2, seed)) for seed in range(3))
        given[name] = {**shares(answers(made, baselines(made))), "no_graph": _top1(bare), "dropped": round(dropped, 4)}
    return given


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m bench.petshop_robust", description=__doc__)
    parser.add_argument("--data", type=Path, required=True, help="the folder that holds the scenarios")
    parser.add_argument("--seeds", type=int, default=20, help="how often edges go missing")
    parser.add_argument("--laid", type=int, default=4, help="quiet windows a fault is laid over, per scenario")
    parser.add_argument("--json", action="store_true", help="print the figures as JSON")
    given = parser.parse_args()
    found = scenarios(given.data)
    dropped = [_top1(without_edges(found, 0.2, seed)) for seed in range(given.seeds)]
    measured = {
        "dropped": {"seeds": given.seeds, "mean": round(fmean(dropped), 4), "worst": min(dropped)},
        "moved": perturbed(found),
        "left_out": cross_validated(found),
        "laid_over": overlaid(found, given.laid),
    }
    print(json.dumps(measured, indent=2) if given.json else measured)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
