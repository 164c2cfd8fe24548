"""What people and programs are shown of runbooks."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from tocsin.domain.mitigation.runbook import Mark, StepKind


@dataclass(frozen=True, slots=True, kw_only=True)
class StepView:
    """One step as people follow it, its texts filled in. `runs`: Tocsin can carry it out when it is asked to.

    `seen` is what the record shows by itself: findings of its checks, verdicts of its gates, its plan's state.
    """

    number: int
    key: str
    kind: StepKind
    text: str
    command: str
    expect: str
    otherwise: str
    checks: tuple[str, ...]
    action: str
    gates: tuple[str, ...]
    runs: bool
    result: Mark = "open"
    note: str = ""
    by: str = ""
    at: datetime | None = None
    plan: str = ""
    seen: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class RunbookLine:
    """A runbook in a list; with an incident in mind `score` and `reasons` say how well it fits (0: not known to)."""

    key: str
    title: str
    summary: str
    severity: str
    causes: tuple[str, ...]
    steps: int
    score: float = 0.0
    reasons: tuple[str, ...] = ()
    followed: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class RunbookView:
    """A whole runbook."""

    key: str
    title: str
    summary: str
    severity: str
    source: str
    owner: str
    causes: tuple[str, ...]
    alerts: tuple[str, ...]
    labels: Mapping[str, str]
    symptoms: tuple[str, ...]
    steps: tuple[StepView, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class FollowedView:
    """A runbook that an incident follows; `next` is the key of the first step nobody has ended, '' at the end."""

    key: str
    title: str
    summary: str
    severity: str
    started_by: str
    started_at: datetime
    ended: int
    next: str
    steps: tuple[StepView, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class IncidentRunbooks:
    """The runbooks an incident follows, and all others: those that fit first, the best first, then the rest by key."""

    ref: str
    followed: tuple[FollowedView, ...]
    others: tuple[RunbookLine, ...]
