"""Everything that can be asked of the world. `step` answers these; flows turn them into outbox rows and timers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class SetTimer:
    """Call back at `due`; upserts the row (incident, name) with the new generation."""

    name: str
    generation: int
    due: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class ClearTimer:
    """Forget a timer."""

    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """Wake one person by one contact method. `attempt` counts the person's methods tried so far."""

    key: str
    person: str
    method: str
    address: str
    attempt: int = 0
    level: int = 0
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Tell:
    """Post a rendered template to one channel for one audience; `address` is one of the channel's own, if it has any."""

    key: str
    channel: str
    address: str = ""
    audience: str
    template: str
    fields: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Remind:
    """Nudge one person (update due, commander missing, follow-up overdue) through their first method.

    `not_before` is the end of their quiet hours, for what can wait.
    """

    key: str
    person: str
    method: str
    address: str
    template: str
    fields: Mapping[str, object] = field(default_factory=dict)
    not_before: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CancelPages:
    """Drop pages of this incident that have not been sent yet."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Diagnose:
    """Run every applicable check against the affected services."""

    key: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RunPlan:
    """Execute an approved plan, once."""

    key: str
    plan: str
    hash: str


@dataclass(frozen=True, slots=True, kw_only=True)
class WriteBack:
    """Tell the senders of the incident's alerts that it was acknowledged, given back or is over; not the one who told us.

    What is asked for the same `occasion` again reaches only those who have not been told.
    """

    key: str
    verb: str
    occasion: str
    told_by: str = ""


Effect = SetTimer | ClearTimer | Page | Tell | Remind | CancelPages | Diagnose | RunPlan | WriteBack
