"""What came of it: the change to blame, or a cause outside, or neither."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from tocsin.domain.diagnosis.correlation.mechanisms.mechanism import Remediation
from tocsin.domain.diagnosis.facts import BlindSpot

Confidence = Literal["confirmed", "likely", "possible", "unknown"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Suspicion:
    """One change, or one cause outside, after the evidence; `odds` are log-odds, `score` its share of all of them.

    `change` is empty for a cause outside. `content` marks evidence that is more than closeness in time and place, `decisive`
    evidence that by itself ties it to the trouble.
    """

    key: str
    title: str
    odds: float
    change: str = ""
    mechanism: str = ""
    remedy: Remediation = "rollback"
    content: bool = False
    decisive: bool = False
    score: float = 0.0
    supports: tuple[str, ...] = ()
    refutes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """`root_cause` is a change's key, `none` for a cause outside every change, or None where nothing can be said."""

    root_cause: str | None
    first_failing: str
    blast_radius: tuple[str, ...]
    remediation: Remediation | None
    confidence: Confidence
    score: float
    suspicions: tuple[Suspicion, ...]
    blind: tuple[BlindSpot, ...] = ()

    @property
    def top(self) -> Suspicion | None:
        """Return what is suspected most, if anything is."""
        return self.suspicions[0] if self.suspicions else None
