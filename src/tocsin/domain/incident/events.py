"""Everything that can happen to an incident.

Names are past tense. Bodies are versioned by `V`; an old version is read through `codec`'s upcasters.
A correction is an ordinary event whose envelope names the event it `supersedes`; `Retracted` withdraws one.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import ClassVar, Final, Literal

from tocsin.domain.actor import Actor
from tocsin.domain.alerts.notifying import Pace
from tocsin.domain.catalogue import EscalationPolicy
from tocsin.domain.impact import Impact
from tocsin.domain.incident.phases import Status
from tocsin.domain.mode import Mode

Role = str  # a key of the pack's roles: commander, communications, investigator, scribe, service_owner, oncall_manager
Audience = Literal["responders", "stakeholders", "leadership", "customers", "public"]
STATED: Final = ("stated",)  # what a severity rests on when a person gives it and names no criteria
OUTWARD: Final = frozenset({"customers", "public"})  # the audiences outside the organisation
Outcome = Literal["worked", "no_effect", "worse", "unknown"]
StepResult = Literal["open", "begun", "done", "failed", "skipped"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Declared:
    """An incident is opened, by a person or from an alert (phase `triage` when `confirmed` is false).

    `pack` is the digest of the rules it opens under, so that its history can be folded again under the same ones.
    `turn` numbers the incidents of a policy whose people take turns, so that the record says whose it was.
    `policies` are the escalation policies that the routes of its alert name, none for its team's; `pace` is their clocks.
    """

    title: str
    severity: str
    ref: str
    mode: Mode = "standard"
    confirmed: bool = True
    summary: str = ""
    services: tuple[str, ...] = ()
    endpoints: tuple[str, ...] = ()
    functions: tuple[str, ...] = ()
    symptoms: tuple[str, ...] = ()
    initial_error: str = ""
    source: str = "manual"
    reporter: str = ""
    team: str = ""
    private: bool = False
    impact: Impact = field(default_factory=Impact)
    matched: tuple[str, ...] = ()
    links: Mapping[str, str] = field(default_factory=dict)
    pack: str = ""
    turn: int = 0
    policies: tuple[str, ...] = ()
    pace: Pace | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PolicyAdded:
    """An alert that joined came by a route of another escalation policy: whom that names is paged as well."""

    policy: str
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Accepted:
    """Triage found a real incident."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Declined:
    """Triage found none; `route` says where it goes instead (R-DET-10)."""

    reason: str
    route: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Cancelled:
    """Declared in error."""

    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Acknowledged:
    """Somebody has it: escalation stops (R-DET-2)."""

    person: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Unacknowledged:
    """Nobody has it any more: paging begins again (R-ONC-2)."""

    person: str
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Escalated:
    """Somebody wants the next level paged now. `call` is the paging it was asked for: of an older one it changes nothing."""

    call: int
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Snoozed:
    """Nobody is paged until then; paging begins again if nobody has acknowledged for good."""

    until: datetime
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class PagingHeld:
    """Paging stands still while nothing of its alerts is to be told; what holds it is looked at again `until` then, or sooner."""

    timer: str
    generation: int
    because: str
    until: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class PagingRestarted:
    """Paging goes by the policy in force now, from its first step; `call` is the paging it was asked for."""

    policy: EscalationPolicy
    call: int
    turn: int = 0
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class RespondersRequested:
    """Somebody asks for further people beside the escalation, which goes on as it was.

    `people` are those whom `targets` meant then, `unreachable` those of them who have no verified way. `number` counts the
    requests of the incident, so that the same one changes nothing when it is handled again.
    """

    number: int
    people: tuple[str, ...]
    targets: tuple[str, ...] = ()
    message: str = ""
    unreachable: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ResponderJoined:
    """Whoever was asked for beside the escalation is coming: their pages stop, the escalation goes on."""

    person: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Renamed:
    """Title or summary says it better now."""

    title: str
    summary: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class SeverityChanged:
    """Raised or lowered, with a reason; clocks re-plan (R-SEV-3)."""

    severity: str
    reason: str
    matched: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class StatusChanged:
    """The response moved on (or back)."""

    status: Status
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class RoleTaken:
    """A person holds a role; the former holder of a single role is relieved (hand-over)."""

    role: Role
    person: str
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class RoleLeft:
    """A person gives a role back."""

    role: Role
    person: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskGiven:
    """Work delegated during the incident (R-DET-6)."""

    task: str
    title: str
    owner: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskDone:
    """A delegated task ended."""

    task: str
    result: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Noted:
    """A finding, decision or observation for the timeline (R-DET-13)."""

    text: str
    kind: Literal["note", "finding", "decision", "action"] = "note"
    pinned: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class UpdatePosted:
    """A progress update for `audiences`; restarts the cadence clock even with nothing new (R-COM-1)."""

    text: str
    audiences: tuple[Audience, ...] = ("responders", "stakeholders")
    template: str = "update"
    eta: str = ""
    workaround: str = ""
    current_actions: tuple[str, ...] = ()
    nothing_new: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class ImpactStated:
    """What is known of the impact now."""

    impact: Impact


@dataclass(frozen=True, slots=True, kw_only=True)
class ScopeChanged:
    """Affected services, endpoints and functions, in full, as known now."""

    services: tuple[str, ...]
    endpoints: tuple[str, ...] = ()
    functions: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class MilestoneReached:
    """A stamp: impact_started, detected, notified, mitigated, impact_ended, … True at `occurred_at`."""

    name: str
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ChecklistTicked:
    """An item of a checklist, ticked by hand (or unticked)."""

    item: str
    done: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class QuestionAnswered:
    """One of the key questions has an answer (R-DIA-10)."""

    question: str
    answer: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AlertFired:
    """An alert belongs to this incident."""

    fingerprint: str
    name: str
    summary: str = ""
    labels: Mapping[str, str] = field(default_factory=dict)
    source: str = ""
    severity: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class AlertCleared:
    """An alert of this incident ended at its source."""

    fingerprint: str
    name: str
    source: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class LabelCount:
    """How many alerts carry a label."""

    name: str
    value: str
    count: int


@dataclass(frozen=True, slots=True, kw_only=True)
class AlertsGrouped:
    """What alerts did to this incident, in numbers, where there are too many to tell of one by one.

    `total` joined it ever and `firing` fire now, in `groups`; `fired` and `ended` since it was told last. `top` are the
    labels most of them share. `turned` says of alerts told one by one (`source/fingerprint`) that they now fire or ended.
    """

    total: int
    firing: int
    fired: int = 0
    ended: int = 0
    groups: int = 0
    top: tuple[LabelCount, ...] = ()
    turned: Mapping[str, bool] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Related:
    """Another incident has to do with this one; reversible."""

    other: str
    kind: Literal["related", "caused_by", "child_of", "duplicate_of"] = "related"
    removed: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Merged:
    """This incident goes on in another; its reference keeps resolving."""

    into: str
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Unmerged:
    """The merge was a mistake."""

    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Absorbed:
    """Another incident was merged into this one (or taken out again), and with it `services` it did not name before."""

    other: str
    undone: bool = False
    services: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class FreezeChanged:
    """Responders ask everyone not to deploy anything that can wait, or lift that (R-COM-7)."""

    frozen: bool
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class CauseSeen:
    """One ranked cause as a diagnosis gave it; `score` 0 to 1."""

    key: str
    title: str
    state: Literal["confirmed", "likely", "possible", "refuted", "unprovable"]
    score: float
    supports: tuple[str, ...] = ()
    refutes: tuple[str, ...] = ()
    mitigation: str = ""
    mitigation_params: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Diagnosed:
    """A diagnosis ended; the raw facts are kept in bundle `bundle`. `changed` is what a repeated look sees differently."""

    V: ClassVar[int] = 2
    bundle: str
    causes: tuple[CauseSeen, ...]
    checks: int
    failed_checks: tuple[str, ...] = ()
    blind_spots: tuple[str, ...] = ()
    took_s: float = 0.0
    changed: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class CauseNamed:
    """The root cause, or a hypothesis taken as an interim answer (R-DIA-18)."""

    text: str
    confirmed: bool = False
    evidence: tuple[str, ...] = ()
    trigger: str = ""
    factors: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanProposed:
    """What would be done, before anything is: `hash` is what gets approved (R-MIT-2).

    `steps` are the lines a person reads; `body` is the plan as the mitigation room wrote it, opaque here.
    """

    plan: str
    hash: str
    title: str
    steps: tuple[str, ...]
    blast_radius: str
    undo: str
    risk: Literal["low", "medium", "high"]
    approvals_needed: int = 1
    expires_at: datetime
    advice: tuple[str, ...] = ()
    body: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanApproved:
    """A person approved exactly this hash; `confirmed` answers a safety confirmation where the risk asks for one."""

    plan: str
    hash: str
    person: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanRefused:
    """A person said no."""

    plan: str
    person: str
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanStarted:
    """The plan's one run began; a second start of the same plan changes nothing."""

    plan: str
    hash: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanEnded:
    """The run ended. `result`: done, failed, stale (the world changed since the plan), unknown (lost mid-run)."""

    plan: str
    result: Literal["done", "failed", "stale", "unknown"]
    output: tuple[str, ...] = ()
    took_s: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class MitigationJudged:
    """What an attempt did: worked, no effect, worse (R-MIT-7)."""

    text: str
    outcome: Outcome
    plan: str = ""
    spent_s: float = 0.0
    backup_plan: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class RunbookStarted:
    """A runbook is followed in this incident; `digest` names its snapshot, `reasons` say why it fits (R-RUN)."""

    runbook: str
    title: str
    digest: str
    reasons: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class RunbookStepped:
    """What became of one step of a runbook; `text` is the step as it was read, `plan` the one that it led to.

    `begun` is said when Tocsin was asked to carry the step out, `open` takes back what was said before.
    """

    runbook: str
    step: str
    text: str
    result: StepResult
    note: str = ""
    plan: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class GateSeen:
    """One gate's verdict; three-valued."""

    gate: str
    verdict: Literal["pass", "fail", "inconclusive"]
    observed: str
    expected: str


@dataclass(frozen=True, slots=True, kw_only=True)
class GatesChecked:
    """Verification looked; recorded when any verdict changed (R-VER-1)."""

    gates: tuple[GateSeen, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class WatchEnded:
    """The watch window is over: passed, undecided, shortened with a reason, or broken by a regression (R-VER-2, 4)."""

    result: Literal["passed", "undecided", "shortened", "regressed"]
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Resolved:
    """Impact is over and the fix holds (R-VER-3). `occurred_at` is the moment it was.

    `recurrences` counts the earlier incidents of the same kind within the severity's span, as known then (R-PM-1).
    """

    resolution: str
    root_cause: str = ""
    next_steps: tuple[str, ...] = ()
    thanks: tuple[str, ...] = ()
    recurrences: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Reopened:
    """It came back, or was never gone."""

    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Closed:
    """Nothing is left to do."""

    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class MemberChanged:
    """Who may see a private incident; being notified never adds anyone."""

    person: str
    removed: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class PrivacyChanged:
    """The incident became private or public inside the installation."""

    private: bool
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class FollowUpAdded:
    """An action item of the review (R-PM-3, R-PM-7)."""

    followup: str
    title: str
    owner: str = ""
    due: datetime | None = None
    priority: str = "P1"
    horizon: Literal["immediate", "short", "long", "process"] = "short"
    kind: Literal["prevent", "mitigate", "detect", "process"] = "prevent"


@dataclass(frozen=True, slots=True, kw_only=True)
class FollowUpChanged:
    """Its status, owner or due date changed."""

    followup: str
    status: Literal["todo", "doing", "done", "dropped"] | None = None
    owner: str | None = None
    due: datetime | None = None
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class PostmortemWritten:
    """A post-mortem section was written by a person, or the draft was published."""

    section: str = ""
    text: str = ""
    state: Literal["draft", "in_review", "published"] = "draft"


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivered:
    """A page or message reached the outside system; `receipt` is its id there."""

    key: str
    kind: str
    to: str
    via: str
    receipt: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class DeliveryFailed:
    """A page or message could not be delivered after its last attempt; the next way is tried (R-ONC-3)."""

    key: str
    kind: str
    to: str
    via: str
    reason: str
    attempt: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Resent:
    """Somebody asked that what had failed for good be tried again, under its own key; what comes of it is told anew."""

    key: str
    kind: str
    to: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TimerElapsed:
    """A timer of this incident came due; an older generation changes nothing."""

    name: str
    generation: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Retracted:
    """The superseded event did not happen."""

    reason: str


EventBody = (
    Declared
    | Accepted
    | Declined
    | Cancelled
    | Acknowledged
    | Unacknowledged
    | Escalated
    | Snoozed
    | PagingHeld
    | PagingRestarted
    | RespondersRequested
    | ResponderJoined
    | Renamed
    | SeverityChanged
    | StatusChanged
    | RoleTaken
    | RoleLeft
    | TaskGiven
    | TaskDone
    | Noted
    | UpdatePosted
    | ImpactStated
    | ScopeChanged
    | MilestoneReached
    | ChecklistTicked
    | QuestionAnswered
    | AlertFired
    | AlertCleared
    | AlertsGrouped
    | PolicyAdded
    | Related
    | Merged
    | Unmerged
    | Absorbed
    | FreezeChanged
    | Diagnosed
    | CauseNamed
    | PlanProposed
    | PlanApproved
    | PlanRefused
    | PlanStarted
    | PlanEnded
    | MitigationJudged
    | RunbookStarted
    | RunbookStepped
    | GatesChecked
    | WatchEnded
    | Resolved
    | Reopened
    | Closed
    | MemberChanged
    | PrivacyChanged
    | FollowUpAdded
    | FollowUpChanged
    | PostmortemWritten
    | Delivered
    | DeliveryFailed
    | Resent
    | TimerElapsed
    | Retracted
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """An event in its envelope.

    `occurred_at` is when it was true, `recorded_at` when we learned it (the database's clock), both aware UTC.
    `seq` counts from 1 within the incident, without gaps.
    """

    id: str
    incident: str
    seq: int
    occurred_at: datetime
    recorded_at: datetime
    actor: Actor
    body: EventBody
    supersedes: str = ""
