"""How much more than in quiet times a node shows, row by row, in units that add up."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from tocsin.domain.diagnosis.attribution.baseline import Baseline, Normal
from tocsin.domain.diagnosis.attribution.limits import Limits
from tocsin.domain.diagnosis.attribution.series import Row

ROUNDING = 1e-9
"""Of a level: what binary fractions lose is no excess."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Level:
    """What a request of this node should cost now, and how many requests that is known from."""

    rate: float
    requests: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Excess:
    """One node in the rows of the trouble, and what is usual for it."""

    rows: tuple[Row, ...]
    level: Level
    spread_of_one: float
    amounts: tuple[float, ...]
    """Extra seconds or failures, one a row; below nought where there were fewer than usual."""

    @property
    def above(self) -> tuple[float, ...]:
        """The amounts, nought where there were no more than usual."""
        return tuple(max(0.0, amount) for amount in self.amounts)

    def weighed(self, weights: Sequence[float]) -> Measured | None:
        """Return the excess in the rows that count, each as much as `weights` says; None where none of them is known.

        Rows that are not known stand aside: the others speak for them. An excess strays as its rows do, and all of it
        as the level does.
        """
        total = math.fsum(weight for weight, row in zip(weights, self.rows, strict=True) if row.known)
        if total <= 0:
            return None
        parts = [weight / total for weight in weights]
        requests = math.fsum(part * row.requests for part, row in zip(parts, self.rows, strict=True))
        of_rows = math.fsum(part**2 * row.requests for part, row in zip(parts, self.rows, strict=True))
        stray = self.spread_of_one * math.sqrt(of_rows + requests**2 / self.level.requests)
        return Measured(
            amount=math.fsum(part * amount for part, amount in zip(parts, self.amounts, strict=True)),
            stray=max(stray, ROUNDING * self.level.rate * requests),
            requests=requests,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """An excess in the rows that count: how much, how far it strays in quiet times, among how many requests."""

    amount: float
    stray: float
    requests: float

    def significant(self, limits: Limits) -> bool:
        """Whether quiet times do not explain it."""
        return self.amount > 0 and self.amount > limits.spreads * self.stray


def excess_of(node: str, rows: Sequence[Row], calm: int, baseline: Baseline, limits: Limits) -> Excess | None:
    """Return the excess of `node` after its first `calm` rows.

    None where it was not measured since, or nothing says what it was like before: a node that nobody called until now
    has no excess of its own, for what is new is that somebody calls it.
    """
    after = rows[calm:]
    if not any(row.requests for row in after):
        return None
    normal = baseline.nodes.get(node)
    level = _level(rows[:calm], normal, limits)
    spread = baseline.spread_of_one(node, level.rate) if level else None
    if level is None or spread is None:
        return None
    return Excess(
        rows=tuple(after),
        level=level,
        spread_of_one=spread,
        amounts=tuple(row.requests * (row.rate - level.rate) for row in after),
    )


def _level(calm: Sequence[Row], normal: Normal | None, limits: Limits) -> Level | None:
    """Return the level of calm rows and quiet times together; where they contradict each other, the calm rows are right.

    A quiet period may be weeks old, and levels shift meanwhile; a single calm row strays. The quiet period counts as
    much as one usual row.
    """
    seen = math.fsum(row.requests for row in calm)
    here = Level(rate=math.fsum(row.requests * row.rate for row in calm) / seen, requests=seen) if seen else None
    if normal is None or here is None:
        return here or (Level(rate=normal.level, requests=normal.requests) if normal else None)
    stray = normal.of_one / math.sqrt(seen)
    if abs(here.rate - normal.level) > limits.spreads * stray:
        return here
    both = seen + normal.requests
    return Level(rate=(here.rate * seen + normal.level * normal.requests) / both, requests=both)
