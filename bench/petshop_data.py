"""Reads the PetShop data set: scenarios, each with a graph, perhaps a quiet period, and recorded issues."""

from __future__ import annotations

import csv
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from tocsin.domain.diagnosis.attribution.series import Series, Signal, Target

SIGNALS: Mapping[str, Signal] = {"latency": "latency", "availability": "errors"}
METRICS: Mapping[Signal, str] = {"latency": "latency", "errors": "availability"}
COLUMNS = {("requests", "Sum"), ("latency", "Average"), ("availability", "Average")}
STANDS_IN = "low_traffic"
"""Whose quiet period is taken where a scenario has none: the data's own rule."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """One recorded issue; `root_cause` is for counting only."""

    name: str
    series: Mapping[str, Series]
    target: Target
    root_cause: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Scenario:
    """One system under one load. `own_quiet` says whether `quiet` was recorded in it."""

    name: str
    graph: Mapping[str, tuple[str, ...]]
    quiet: Mapping[str, Series]
    own_quiet: bool
    cases: tuple[Case, ...]


def scenarios(data: Path) -> list[Scenario]:
    """Return every scenario below `data`, in the order of their names.

    Raises:
        FileNotFoundError: there is no scenario, or one without a quiet period and none to stand in.
        ValueError: an issue is about a metric that is not attributed.
    """
    folders = sorted(path.parent for path in data.glob("*/graph.csv"))
    if not folders:
        raise FileNotFoundError(
            f"{data} holds no scenario: a folder with graph.csv is wanted. Name the data with --data."
        )
    return [_scenario(folder, data / STANDS_IN) for folder in folders]


def _scenario(folder: Path, stands_in: Path) -> Scenario:
    own = folder / "noissue" / "metrics.csv"
    if not own.exists() and not (stands_in / "noissue" / "metrics.csv").exists():
        raise FileNotFoundError(
            f"{folder} has no quiet period, and {stands_in} has none to stand in; put one into noissue/."
        )
    issues = sorted(path.parent for path in folder.glob("*/issue_*/target.json"))
    _, quiet = _metrics(own if own.exists() else stands_in / "noissue" / "metrics.csv")
    return Scenario(
        name=folder.name,
        graph=_graph(folder / "graph.csv"),
        quiet=quiet,
        own_quiet=own.exists(),
        cases=tuple(_case(issue, data=folder.parent) for issue in issues),
    )


def _case(folder: Path, data: Path) -> Case:
    told = json.loads((folder / "target.json").read_text())
    target, root_cause = told["target"], told["root_cause"]["node"]
    if target["metric"] not in SIGNALS:
        raise ValueError(f"{folder}: {target['metric']} is no metric that is attributed; known: {', '.join(SIGNALS)}.")
    times, series = _metrics(folder / "metrics.csv")
    until_alarm = sum(at <= target["timestamp"] for at in times)
    return Case(
        name=str(folder.relative_to(data)),
        series=series,
        # The row that the alarm lies in is not calm any more.
        target=Target(node=target["node"], signal=SIGNALS[target["metric"]], calm=max(0, until_alarm - 1)),
        root_cause=root_cause,
    )


def _graph(path: Path) -> dict[str, tuple[str, ...]]:
    with path.open(newline="") as file:
        head, *rows = list(csv.reader(file))
    return {
        row[0]: tuple(callee for callee, called in zip(head[1:], row[1:], strict=False) if called and float(called) > 0)
        for row in rows
    }


def _metrics(path: Path) -> tuple[list[float], dict[str, Series]]:
    with path.open(newline="") as file:
        rows = list(csv.reader(file))
    first = next((n for n, row in enumerate(rows) if _number(row[0]) is not None), len(rows))
    nodes, metrics, statistics = rows[:3]
    body = rows[first:]
    found: dict[str, dict[str, list[float | None]]] = {}
    for column in range(1, len(nodes)):
        if (metrics[column], statistics[column]) in COLUMNS:
            values = [_number(row[column]) for row in body]
            found.setdefault(nodes[column], {})[metrics[column]] = values
    times = [at for row in body if (at := _number(row[0])) is not None]
    return times, {node: _series(columns) for node, columns in found.items()}


def _series(columns: Mapping[str, list[float | None]]) -> Series:
    available = columns.get("availability", [])
    return Series(
        requests=columns.get("requests", []),
        latency_s=columns.get("latency", []),
        error_ratio=[None if percent is None else 1 - percent / 100 for percent in available],
    )


def _number(text: str) -> float | None:
    try:
        value = float(text)
    except ValueError:
        return None
    return value if value == value else None  # noqa: PLR0124 (not a number is not equal to itself)
