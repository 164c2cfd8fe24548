"""What people and programs are shown of an incident."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from tocsin.domain.impact import Impact
from tocsin.domain.incident.checklist import ChecklistView
from tocsin.domain.incident.events import CauseSeen
from tocsin.domain.incident.missing import Missing
from tocsin.domain.incident.outlook import Outlook
from tocsin.domain.incident.phases import Phase, Status
from tocsin.domain.incident.state import (
    FollowUp,
    Holder,
    LinkedAlert,
    Membership,
    Requested,
    RunbookRun,
    Task,
    Verification,
)
from tocsin.domain.incident.timeline import Entry, Stamp
from tocsin.domain.learning.durations import Duration, Durations
from tocsin.domain.mode import Mode


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanView:
    """A plan as people read it before they approve it."""

    plan: str
    hash: str
    title: str
    steps: tuple[str, ...]
    blast_radius: str
    undo: str
    risk: str
    approvals: tuple[str, ...]
    approvals_needed: int
    expires_at: datetime
    state: Literal["proposed", "approved", "running", "done", "failed", "stale", "unknown", "refused"]
    advice: tuple[str, ...]
    output: tuple[str, ...]
    proposed_by: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DurationView(Duration):
    """A length with both its ends; `seconds` is None when it is unknown or contradictory, and `text` says which."""

    seconds: float | None
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DurationsView(Durations):
    """Every length that reports show."""

    detect: DurationView
    acknowledge: DurationView
    mitigate: DurationView
    resolve: DurationView
    declare: DurationView
    identify: DurationView
    respond: DurationView
    close: DurationView


@dataclass(frozen=True, slots=True, kw_only=True)
class IncidentSummary:
    """One line of a list. `started_at` is the best known start of the impact."""

    id: str
    ref: str
    title: str
    severity: str
    severity_name: str
    rank: int
    phase: Phase
    status: Status
    status_name: str
    mode: Mode
    team: str
    services: tuple[str, ...]
    private: bool
    commander: str
    acknowledged_by: str
    declared_at: datetime
    started_at: datetime
    resolved_at: datetime | None
    update_due_at: datetime | None
    paging: Outlook
    missing: tuple[Missing, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class IncidentList:
    """One page of incidents; `next_cursor` is empty on the last."""

    items: tuple[IncidentSummary, ...]
    next_cursor: str


@dataclass(frozen=True, slots=True, kw_only=True)
class IncidentView(IncidentSummary):
    """Everything on the incident page but its timeline."""

    url: str
    summary: str
    pack: str
    source: str
    reporter: str
    members: tuple[str, ...]
    endpoints: tuple[str, ...]
    functions: tuple[str, ...]
    symptoms: tuple[str, ...]
    initial_error: str
    matched: tuple[str, ...]
    links: Mapping[str, str]
    impact: Impact
    roles: tuple[Holder, ...]
    paged: tuple[str, ...]
    requested: tuple[Requested, ...]
    paging_exhausted: bool
    tasks: tuple[Task, ...]
    answers: Mapping[str, str]
    checklists: tuple[ChecklistView, ...]
    alerts: tuple[LinkedAlert, ...]
    membership: Membership | None
    related: tuple[tuple[str, str], ...]
    merged_into: str
    absorbed: tuple[str, ...]
    frozen: bool
    causes: tuple[CauseSeen, ...]
    blind_spots: tuple[str, ...]
    diagnosed_at: datetime | None
    bundle: str
    root_cause: str
    root_cause_confirmed: bool
    plans: tuple[PlanView, ...]
    runbooks: tuple[RunbookRun, ...]
    verification: Verification
    resolution: str
    next_steps: tuple[str, ...]
    closed_at: datetime | None
    followups: tuple[FollowUp, ...]
    postmortem_state: str
    told: tuple[str, ...]
    updates: int
    last_update_at: datetime | None
    milestones: Mapping[str, Stamp]
    durations: DurationsView
    seq: int


@dataclass(frozen=True, slots=True, kw_only=True)
class TimelinePage:
    """Entries by when they happened, oldest first; `next_cursor` 0 at the end."""

    ref: str
    as_known_at: datetime | None
    entries: tuple[Entry, ...]
    next_cursor: int
