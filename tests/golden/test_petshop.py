"""Faults of a recorded shop whose causes are known: what attribution must answer with its graph, with a part of it, and without."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from statistics import fmean

import pytest
from bench.petshop import Baselines, answers, baselines, blamed_share, quiet_windows, renamed, shares, without_edges
from bench.petshop_data import Scenario, scenarios

pytestmark = pytest.mark.shared


@pytest.fixture(scope="module")
def recorded(shared_dir: Path) -> list[Scenario]:
    """Every scenario beside the checkout."""
    return scenarios(shared_dir / "data" / "petshop")


@pytest.fixture(scope="module")
def usual(recorded: Sequence[Scenario]) -> Baselines:
    """What is normal in each."""
    return baselines(recorded)


def top(found: Sequence[Scenario], usual: Baselines) -> tuple[float, float]:
    measured = shares(answers(found, usual))
    return float(measured["top1"] or 0), float(measured["top3"] or 0)


def test_the_true_cause_comes_first(recorded: Sequence[Scenario], usual: Baselines) -> None:
    first, among_three = top(recorded, usual)

    assert first >= 0.97
    assert among_three >= 0.98


def test_a_fifth_of_the_edges_may_be_missing(recorded: Sequence[Scenario], usual: Baselines) -> None:
    assert fmean(top(without_edges(recorded, 0.2, seed), usual)[0] for seed in range(20)) >= 0.85


def test_so_may_the_whole_graph(recorded: Sequence[Scenario], usual: Baselines) -> None:
    assert top([replace(one, graph={}) for one in recorded], usual)[0] >= 0.70


@pytest.mark.parametrize("edges_missing", [0.0, 1.0])
def test_names_do_not_matter(recorded: Sequence[Scenario], usual: Baselines, edges_missing: float) -> None:
    drawn = without_edges(recorded, edges_missing, seed=1)
    nameless = renamed(drawn, seed=1)

    assert [one.place for one in answers(drawn, usual)] == [one.place for one in answers(nameless, baselines(nameless))]


def test_quiet_times_blame_nobody_but_now_and_then(recorded: Sequence[Scenario]) -> None:
    share = blamed_share(quiet_windows(recorded))

    assert share is not None
    assert share <= 0.05
