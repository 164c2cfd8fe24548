"""A frozen incident: what was seen around it and what was changed before it, as values."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

from tocsin.domain.changes import ChangeKind
from tocsin.domain.diagnosis.facts import BlindSpot

Level = Literal["debug", "info", "warn", "error"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Alarm:
    """The alert that fired; everything may be unknown."""

    service: str = ""
    metric: str = ""
    fired_at: datetime | None = None
    summary: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class LogLine:
    """One log record; `fields` are its other values as text."""

    at: datetime
    service: str
    level: Level
    text: str
    fields: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Series:
    """One metric of one service, points in order of time."""

    service: str
    metric: str
    points: tuple[tuple[datetime, float], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """One span of a trace; `caller` is the service of its parent, if that is known."""

    at: datetime
    service: str
    name: str
    duration_ms: float = 0.0
    failed: bool = False
    parent: str = ""
    caller: str = ""
    fields: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Signature:
    """A group of alike log lines that something outside counted against the period before."""

    service: str
    text: str
    count: int = 0
    delta: int = 0
    negative: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Rollout:
    """A moment from which a service ran with a change."""

    at: datetime
    service: str
    version: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """One change that may be to blame: a commit, a flag, a line of somebody's change log.

    `rollouts` is when and where it took effect; empty where nobody said.
    """

    key: str
    at: datetime | None
    kind: ChangeKind = "code"
    message: str = ""
    files: tuple[str, ...] = ()
    diff: str = ""
    rollouts: tuple[Rollout, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class FrozenIncident:
    """Everything that was kept of one incident. `blind` says what was missing or could not be read."""

    alarm: Alarm = Alarm()
    logs: tuple[LogLine, ...] = ()
    series: tuple[Series, ...] = ()
    spans: tuple[Span, ...] = ()
    signatures: tuple[Signature, ...] = ()
    changes: tuple[Candidate, ...] = ()
    blind: tuple[BlindSpot, ...] = ()

    @property
    def rollouts_known(self) -> bool:
        """Whether anything is known of when changes took effect."""
        return any(change.rollouts for change in self.changes if change.kind != "flag")
