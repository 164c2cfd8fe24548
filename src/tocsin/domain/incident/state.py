"""What is known of an incident now: the fold of its events, kept as a versioned snapshot."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

from tocsin.domain.alerts.notifying import Pace
from tocsin.domain.catalogue import EscalationPolicy
from tocsin.domain.impact import Impact
from tocsin.domain.incident.events import CauseSeen, GateSeen, LabelCount, Outcome, StepResult
from tocsin.domain.incident.phases import OPEN_PHASES, Phase, Status
from tocsin.domain.mode import Mode

STATE_VERSION = 2
SHORTEST_HASH = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class Holder:
    """A person in a role since `since`."""

    role: str
    person: str
    since: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Renaming:
    """One renaming by the ids of its event and of that one's corrections, with what the incident was called before."""

    events: tuple[str, ...]
    title: str
    summary: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    """Delegated work."""

    key: str
    title: str
    owner: str = ""
    done: bool = False
    result: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class FollowUp:
    """An action item of the review."""

    key: str
    title: str
    owner: str = ""
    due: datetime | None = None
    priority: str = "P1"
    horizon: str = "short"
    kind: str = "prevent"
    status: Literal["todo", "doing", "done", "dropped"] = "todo"


@dataclass(frozen=True, slots=True, kw_only=True)
class LinkedAlert:
    """An alert of this incident and whether it still fires."""

    fingerprint: str
    name: str
    source: str
    firing: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Membership:
    """The alerts of this incident in numbers, as told last, and how often they were told."""

    total: int = 0
    firing: int = 0
    groups: int = 0
    top: tuple[LabelCount, ...] = ()
    tellings: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanState:
    """A plan and how far it got: proposed → approved → running → done, failed, stale or unknown; or refused."""

    plan: str
    hash: str
    title: str
    steps: tuple[str, ...]
    blast_radius: str
    undo: str
    risk: str
    approvals_needed: int
    expires_at: datetime
    proposed_by: str
    advice: tuple[str, ...] = ()
    body: Mapping[str, object] = field(default_factory=dict)
    approvals: tuple[str, ...] = ()
    state: Literal["proposed", "approved", "running", "done", "failed", "stale", "unknown", "refused"] = "proposed"
    output: tuple[str, ...] = ()
    started_at: datetime | None = None
    outcome: Outcome = "unknown"


@dataclass(frozen=True, slots=True, kw_only=True)
class StepMark:
    """What was last said of one step of a runbook, by whom and when; `plan` is the one it led to.

    `event` is the id of the event that said it, so that a correction finds it.
    """

    result: StepResult = "open"
    note: str = ""
    by: str = ""
    at: datetime | None = None
    plan: str = ""
    event: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class RunbookRun:
    """A runbook that was started. `digest` names its snapshot, so that its steps stay what they were."""

    runbook: str
    title: str
    digest: str
    started_by: str
    started_at: datetime
    event: str = ""
    marks: Mapping[str, StepMark] = field(default_factory=dict)

    def mark(self, step: str) -> StepMark:
        """Return what was last said of a step."""
        return self.marks.get(step) or StepMark()


@dataclass(frozen=True, slots=True, kw_only=True)
class Paging:
    """Where the escalation stands. `level` counts steps over all repeats; -1 before the first page.

    `ladder` is the policy as it was when paging began: a change of the configuration does not move it. `call` is the seq of
    the event that paged this level, `called` whom it paged, `unreached` those of them whose every method failed, `passed`
    the levels before it at which nobody could be reached. `exhausted` says that the catch-all has been paged; `round`
    counts how often all began again after that, `ended` that it will not any more. `turn` and `begun` say whose turn it is
    where people take turns. `asked_anew`: whoever acknowledged was paged again, because an alert made it worse, and has not
    answered. `held` says why paging stands still, `held_timer` which of its timers waits for that to change.
    """

    level: int = -1
    call: int = 0
    acknowledged_by: str = ""
    acknowledged_at: datetime | None = None
    paged: tuple[str, ...] = ()
    unreached: tuple[str, ...] = ()
    exhausted: bool = False
    ladder: EscalationPolicy | None = None
    called: tuple[str, ...] = ()
    passed: tuple[int, ...] = ()
    round: int = 0
    ended: bool = False
    turn: int = 0
    begun: int = 0
    asked_anew: bool = False
    held: str = ""
    held_timer: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Requested:
    """A person who was asked for beside the escalation: last by `by` with the event of seq `call`, and whether they joined.

    `unreachable` says that no method of theirs works.
    """

    person: str
    by: str
    at: datetime
    call: int
    message: str = ""
    joined_at: datetime | None = None
    unreachable: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Cycle:
    """One person being called, by one road, since the event with seq `call`.

    `used` and `failed` name their ways. `asked_at` is when the last one was used. `late_at` is when a page was given or
    delivered long after its time: Tocsin had been away, and what was missed meanwhile counts as this one page. `waited`
    says that such a page in flight has been waited for.
    """

    person: str
    road: str
    call: int
    began_at: datetime
    used: tuple[str, ...] = ()
    failed: tuple[str, ...] = ()
    asked_at: datetime | None = None
    delivered: bool = False
    late_at: datetime | None = None
    waited: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Verification:
    """Gates as last seen and the watch window."""

    gates: tuple[GateSeen, ...] = ()
    watch_began_at: datetime | None = None
    watch_ends_at: datetime | None = None
    passed: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Rested:
    """What a milestone rested on before another event moved it: its time, and the event that said so."""

    name: str
    at: datetime
    by: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Incident:
    """One incident. `seq` is the number of its last event; `timers` maps a timer's name to its live generation.

    `told` are the audiences, `told_via` the channels that know of it and will hear of its end, `informed` those that the
    escalation policy told of its pages. `said_by` maps
    `milestone/NAME`, `status`, `severity`, `acknowledged_by` and `joined/PERSON` to the id of the event each rests on, so that a
    correction finds them; `corrections` maps a correction to what it corrects, `former` an event to the milestones as
    they were before it, so that they come back when it is withdrawn.
    `alerts` are those that were told one by one, by `alert_lines` events; `membership` counts all, once there are more.
    `paging_due_at` is when the one live timer of paging comes due.
    `policies` are the escalation policies that page together, none for the team's; `pace` is the clocks of its alerts' route.
    `requested` are those who were asked for beside the escalation, by `requests` requests so far.
    `progress_at` is the last finding, cause, action or update with something new in it.
    """

    id: str
    ref: str
    seq: int
    phase: Phase
    status: Status
    mode: Mode
    severity: str
    rank: int
    title: str
    summary: str
    pack: str
    catalogue: int
    declared_at: datetime
    recorded_at: datetime
    source: str = "manual"
    reporter: str = ""
    team: str = ""
    private: bool = False
    members: frozenset[str] = frozenset()
    services: tuple[str, ...] = ()
    endpoints: tuple[str, ...] = ()
    functions: tuple[str, ...] = ()
    symptoms: tuple[str, ...] = ()
    initial_error: str = ""
    matched: tuple[str, ...] = ()
    links: Mapping[str, str] = field(default_factory=dict)
    impact: Impact = field(default_factory=Impact)
    roles: tuple[Holder, ...] = ()
    tasks: tuple[Task, ...] = ()
    ticks: Mapping[str, bool] = field(default_factory=dict)
    answers: Mapping[str, str] = field(default_factory=dict)
    alerts: tuple[LinkedAlert, ...] = ()
    alert_lines: int = 0
    membership: Membership | None = None
    related: tuple[tuple[str, str], ...] = ()
    merged_into: str = ""
    phase_before_merge: Phase = Phase.ACTIVE
    absorbed: tuple[str, ...] = ()
    frozen: bool = False
    causes: tuple[CauseSeen, ...] = ()
    blind_spots: tuple[str, ...] = ()
    diagnosed_at: datetime | None = None
    bundle: str = ""
    root_cause: str = ""
    root_cause_confirmed: bool = False
    plans: tuple[PlanState, ...] = ()
    runbooks: tuple[RunbookRun, ...] = ()
    paging: Paging = field(default_factory=Paging)
    cycles: Mapping[str, Cycle] = field(default_factory=dict)
    requests: int = 0
    requested: tuple[Requested, ...] = ()
    verification: Verification = field(default_factory=Verification)
    resolution: str = ""
    next_steps: tuple[str, ...] = ()
    resolved_at: datetime | None = None
    closed_at: datetime | None = None
    followups: tuple[FollowUp, ...] = ()
    sections: Mapping[str, str] = field(default_factory=dict)
    postmortem_state: Literal["none", "draft", "in_review", "published"] = "none"
    recurrences: int = 0
    told: tuple[str, ...] = ()
    told_via: tuple[str, ...] = ()
    informed: tuple[str, ...] = ()
    progress_at: datetime | None = None
    updates: int = 0
    last_update_at: datetime | None = None
    update_due_at: datetime | None = None
    paging_due_at: datetime | None = None
    policies: tuple[str, ...] = ()
    pace: Pace | None = None
    timers: Mapping[str, int] = field(default_factory=dict)
    milestones: Mapping[str, datetime] = field(default_factory=dict)
    said_by: Mapping[str, str] = field(default_factory=dict)
    renamings: tuple[Renaming, ...] = ()
    corrections: Mapping[str, str] = field(default_factory=dict)
    former: Mapping[str, tuple[Rested, ...]] = field(default_factory=dict)

    @property
    def open(self) -> bool:
        """Whether anybody still has to respond."""
        return self.phase in OPEN_PHASES

    @property
    def detected_at(self) -> datetime:
        """When somebody or something first noticed: an alert that joins after the declaration did not."""
        return min(self.milestones.get("detected", self.declared_at), self.declared_at)

    @property
    def began_at(self) -> datetime:
        """The start of the impact where it is known, else the detection."""
        return self.milestones.get("impact_started", self.detected_at)

    def holder(self, role: str) -> str:
        """Return who holds a single role, or an empty string."""
        return next((h.person for h in self.roles if h.role == role), "")

    def request_for(self, person: str) -> Requested | None:
        """Return the last request for a person beside the escalation, or None."""
        return next((r for r in self.requested if r.person == person), None)

    def plan(self, key: str) -> PlanState | None:
        """Return the plan with that id (or an unambiguous prefix of its hash), or None."""
        found = [p for p in self.plans if p.plan == key or (len(key) >= SHORTEST_HASH and p.hash.startswith(key))]
        return found[-1] if found else None

    def run_of(self, runbook: str) -> RunbookRun | None:
        """Return the started runbook with that key, or None."""
        return next((r for r in self.runbooks if r.runbook == runbook), None)
