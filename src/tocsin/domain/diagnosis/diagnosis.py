"""What a diagnosis is: findings, ranked causes, answers to the standing questions, and what could not be seen."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from tocsin.domain.diagnosis.facts import BlindSpot
from tocsin.domain.diagnosis.findings import Finding, HypothesisKey, Verdict, WeightKind
from tocsin.domain.diagnosis.hypothesis import Family

State = Literal["confirmed", "likely", "possible", "refuted", "unprovable"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """One finding's word for or against a cause."""

    check_id: str
    target: str
    text: str
    weight: float
    kind: WeightKind

    def __str__(self) -> str:
        """Give one line for a person."""
        mark = {"decisive": " (decisive)", "correlation": " (closeness in time only)"}.get(self.kind, "")
        return f"{self.check_id} {self.target}: {self.text}{mark}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Proposal:
    """A mitigation worth planning: the action's key and its parameters."""

    key: str
    params: Mapping[str, str] = field(default_factory=dict)
    why: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Cause:
    """One hypothesis after the evidence; `score` 0 to 1. `part_of` is the confirmed cause that explains it."""

    key: HypothesisKey
    family: Family
    title: str
    state: State
    score: float
    supports: tuple[Evidence, ...] = ()
    refutes: tuple[Evidence, ...] = ()
    unseen: tuple[str, ...] = ()
    decided_by: str = ""
    proposals: tuple[Proposal, ...] = ()
    part_of: HypothesisKey | None = None
    runbook: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class FamilyAnswer:
    """The answer to one of the sources' seven questions, from the best of its causes."""

    family: Family
    question: str
    state: State
    answer: str
    cause: HypothesisKey | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class QuickLine:
    """One line of the quick look (R-DIA-1)."""

    label: str
    verdict: Verdict
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Diagnosis:
    """The whole answer; `causes` holds every hypothesis, the best first, and `answer` says it in one sentence."""

    findings: tuple[Finding, ...]
    causes: tuple[Cause, ...]
    families: tuple[FamilyAnswer, ...]
    blind_spots: tuple[BlindSpot, ...]
    quick_lines: tuple[QuickLine, ...]
    answer: str = ""

    @property
    def top(self) -> Cause | None:
        """The best cause that something speaks for and nothing refuted, or None."""
        return next((cause for cause in self.causes if cause.supports and cause.state != "refuted"), None)
