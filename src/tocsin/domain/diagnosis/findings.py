"""What a check concludes from facts, and how much that says about each hypothesis."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Verdict = Literal["ok", "warn", "critical", "unknown"]
WeightKind = Literal["decisive", "supporting", "correlation"]

BAD: tuple[Verdict, ...] = ("warn", "critical")


@dataclass(frozen=True, slots=True, kw_only=True)
class Weight:
    """What a finding says about one hypothesis, in log-odds (natural logarithm, always positive).

    `decisive` alone can confirm or refute; `correlation` (closeness in time) alone never lifts a cause above one half.
    """

    hypothesis: str
    weight: float
    kind: WeightKind = "supporting"
    because: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One check's answer about one target.

    `check_id`, `target` and `source` are filled in by the runner; `source` says where the threshold comes from.
    """

    verdict: Verdict
    observed: str
    expected: str = ""
    threshold: str = ""
    why: str = ""
    reproduce: str = ""
    evidence: tuple[str, ...] = ()
    supports: tuple[Weight, ...] = ()
    refutes: tuple[Weight, ...] = ()
    check_id: str = ""
    target: str = ""
    source: str = ""

    @property
    def bad(self) -> bool:
        """Whether a person should look at it."""
        return self.verdict in BAD


def weigh(hypothesis: str, weight: float, kind: WeightKind = "supporting", because: str = "") -> Weight:
    """Give a weight in one short line."""
    return Weight(hypothesis=hypothesis, weight=weight, kind=kind, because=because)
