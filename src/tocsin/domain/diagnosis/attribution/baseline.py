"""What a node is like in quiet times: its level, how far it strays from it, and how many requests it has."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from statistics import median

from tocsin.domain.diagnosis.attribution.limits import Limits
from tocsin.domain.diagnosis.attribution.series import Series, Signal

FEWEST_ROWS = 10
"""Rows a spread is worked out from at the least; of fewer, the largest is the 95th of a hundred by luck only."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Normal:
    """One node in quiet times, seconds or failures per request. `spread` is that of rows with `requests` requests.

    Both are taken from ranks (the median, and a high rank above it), so a few bad rows in the quiet period move neither.
    """

    level: float
    spread: float
    requests: float

    @property
    def of_one(self) -> float:
        """The spread that a row of a single request would have: a row's strays less the more requests it holds."""
        return self.spread * math.sqrt(self.requests)


@dataclass(frozen=True, slots=True, kw_only=True)
class Baseline:
    """Every node's quiet time for one signal. `busy_s` is a usual row's seconds of work, where latency is known."""

    signal: Signal
    nodes: Mapping[str, Normal] = field(default_factory=dict)
    busy_s: Mapping[str, float] = field(default_factory=dict)
    unknown: float | None = None

    def spread_of_one(self, node: str, level: float) -> float | None:
        """Return the spread of a single request at `level`; None where nothing was ever watched.

        Latencies stray in proportion to their level. A node that was not watched is taken for the least steady one.
        """
        normal = self.nodes.get(node)
        if self.signal == "errors":
            return normal.of_one if normal else self.unknown
        if normal and normal.level > 0:
            return normal.of_one * level / normal.level
        return self.unknown * level if self.unknown is not None else None


def learn(quiet: Mapping[str, Series], signal: Signal, limits: Limits | None = None) -> Baseline:
    """Return what `signal` is like in the quiet period whose rows are `quiet`; nodes hardly ever seen are left out."""
    rank = (limits or Limits()).rank
    nodes = {node: normal for node, series in quiet.items() if (normal := _normal(series, signal, rank))}
    slow = (
        nodes if signal == "latency" else {n: found for n, s in quiet.items() if (found := _normal(s, "latency", rank))}
    )
    relative = [
        one.of_one / one.level if signal == "latency" else one.of_one
        for one in nodes.values()
        if signal == "errors" or one.level > 0
    ]
    return Baseline(
        signal=signal,
        nodes=nodes,
        busy_s={node: one.level * one.requests for node, one in slow.items()},
        unknown=max(relative, default=None),
    )


def _normal(series: Series, signal: Signal, rank: float) -> Normal | None:
    rows = [row for row in series.rows(signal, len(series.requests)) if row.requests]
    if len(rows) < FEWEST_ROWS:
        return None
    rates = sorted(row.rate for row in rows)
    level = median(rates)
    high = rates[min(len(rates) - 1, int(rank * len(rates)))]
    return Normal(level=level, spread=high - level, requests=median(row.requests for row in rows))
