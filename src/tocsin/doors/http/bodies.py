"""What requests say. Field names and units are those of the domain; unknown fields are refused."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated, Final, Literal

from pydantic import AfterValidator, AwareDatetime, BaseModel, ConfigDict, Field

from tocsin.domain.impact import Impact, Scope, Trend
from tocsin.domain.incident.events import Audience, Outcome
from tocsin.domain.incident.phases import Status
from tocsin.domain.mode import Mode

EARLIEST: Final = datetime(1970, 1, 1, tzinfo=UTC)
LATEST: Final = datetime(2999, 12, 31, tzinfo=UTC)


def _in_utc(moment: datetime) -> datetime:
    """Return the moment in UTC: an incident's day is the day in UTC, whatever zone the sender writes in."""
    if not EARLIEST <= moment <= LATEST:
        raise ValueError(f"a time lies from {EARLIEST:%Y} to {LATEST:%Y}")
    return moment.astimezone(UTC)


def _without_null(text: str) -> str:
    if "\x00" in text:
        raise ValueError("text cannot hold a null character")
    return text


Plain = Annotated[str, AfterValidator(_without_null)]
Moment = Annotated[AwareDatetime, AfterValidator(_in_utc)]
Text = Annotated[Plain, Field(max_length=20_000)]
Line = Annotated[Plain, Field(max_length=300)]
Key = Annotated[Plain, Field(max_length=100)]
Names = Annotated[list[Key], Field(max_length=100)]
Lines = Annotated[list[Line], Field(max_length=100)]
Percent = Annotated[float, Field(ge=0, le=100)]
Number = Annotated[int, Field(ge=0, le=10**15)]


class Body(BaseModel):
    """A request's body."""

    model_config = ConfigDict(extra="forbid", allow_inf_nan=False)


class ImpactBody(Body):
    """Facts about impact; leave out what is unknown."""

    users_affected: Number | None = None
    users_percent: Percent | None = None
    error_percent: Percent | None = None
    error_percent_normal: Percent | None = None
    latency_multiple: Annotated[float, Field(ge=0, le=10**6)] | None = None
    failed_requests: Number | None = None
    total_requests: Number | None = None
    revenue_lost: Annotated[float, Field(ge=0, le=10**15)] | None = None
    revenue_note: Line = ""
    tickets: Number | None = None
    still_works: Line = ""
    trend: Trend = "unknown"
    scope: Scope = "unknown"
    data_loss: bool | None = None
    breach: bool | None = None
    workaround: bool | None = None
    core_feature_down: bool | None = None
    feature_critical: bool | None = None
    third_party: bool | None = None
    internal_only: bool | None = None
    false_positive: bool | None = None
    cosmetic: bool | None = None
    reputation: Line = ""
    sla_note: Line = ""

    def impact(self) -> Impact:
        """Return the domain's form."""
        return Impact(**self.model_dump())


class DeclareBody(Body):
    """A new incident. Without `severity` the pack's criteria decide from `impact`."""

    title: Annotated[Plain, Field(min_length=1, max_length=300)]
    severity: Key = ""
    summary: Text = ""
    services: Names = Field(default_factory=list)
    endpoints: Lines = Field(default_factory=list)
    functions: Lines = Field(default_factory=list)
    symptoms: Lines = Field(default_factory=list)
    initial_error: Text = ""
    source: Key = "manual"
    reporter: Key = ""
    team: Key = ""
    private: bool = False
    mode: Mode = "standard"
    impact: ImpactBody = Field(default_factory=ImpactBody)
    links: dict[Key, Line] = Field(default_factory=dict)
    started_at: Moment | None = None
    detected_at: Moment | None = None
    declared_at: Moment | None = None


class DraftBody(Body):
    """Free text to make a draft from."""

    text: Annotated[Plain, Field(min_length=1, max_length=5000)]


class WhenBody(Body):
    """Something that may have happened earlier than now."""

    at: Moment | None = None


class PersonBody(WhenBody):
    """Who; empty means the caller."""

    person: Key = ""


class ReasonBody(WhenBody):
    """Why."""

    reason: Line = ""
    route: Line = ""


class RenameBody(WhenBody):
    """Another title; an empty summary leaves the one there is."""

    title: Annotated[Plain, Field(min_length=1, max_length=300)]
    summary: Text = ""


class SeverityBody(WhenBody):
    """A raise or a lowering."""

    severity: Key
    reason: Line = ""


class StatusBody(WhenBody):
    """A working status."""

    status: Status
    note: Line = ""


class RoleBody(PersonBody):
    """A role for a person; `leave` gives it back."""

    role: Key
    note: Line = ""
    leave: bool = False


class TaskBody(Body):
    """Delegated work."""

    title: Annotated[Plain, Field(min_length=1, max_length=300)]
    owner: Key = ""


class TaskDoneBody(Body):
    """Its result."""

    result: Line = ""


class NoteBody(WhenBody):
    """A line for the timeline."""

    text: Annotated[Plain, Field(min_length=1, max_length=20_000)]
    kind: Literal["note", "finding", "decision", "action"] = "note"
    pinned: bool = False


class UpdateBody(WhenBody):
    """A progress update."""

    text: Text = ""
    audiences: Annotated[tuple[Audience, ...], Field(min_length=1, max_length=5)] = ("responders", "stakeholders")
    findings: bool = False
    eta: Line = ""
    workaround: Line = ""
    current_actions: Lines = Field(default_factory=list)
    nothing_new: bool = False


class ScopeBody(WhenBody):
    """What is affected, in full."""

    services: Names = Field(default_factory=list)
    endpoints: Lines = Field(default_factory=list)
    functions: Lines = Field(default_factory=list)


class MilestoneBody(Body):
    """When something was true."""

    name: Literal[
        "impact_started", "detected", "notified", "acknowledged", "identified", "mitigated", "impact_ended", "resolved"
    ]
    at: Moment


class CorrectBody(Body):
    """Another time for an event, or its withdrawal."""

    at: Moment | None = None
    retract: Line = ""


class CauseBody(WhenBody):
    """The root cause, or a hypothesis."""

    text: Annotated[Plain, Field(min_length=1, max_length=5000)]
    confirmed: bool = False
    trigger: Line = ""
    evidence: Lines = Field(default_factory=list)
    factors: Lines = Field(default_factory=list)


class TickBody(Body):
    """A checklist item."""

    item: Key
    done: bool = True


class AnswerBody(Body):
    """A key question's answer."""

    question: Key
    answer: Text


class OtherBody(Body):
    """Another incident."""

    other: Key
    kind: Literal["related", "caused_by", "child_of", "duplicate_of"] = "related"
    removed: bool = False


class MergeBody(Body):
    """Where it goes on."""

    into: Key
    reason: Line = ""


class FreezeBody(Body):
    """Ask for a freeze, or lift it."""

    frozen: bool
    note: Line = ""


class MemberBody(Body):
    """Who may see a private incident."""

    person: Key
    removed: bool = False


class PrivacyBody(Body):
    """Make it private, or open it."""

    private: bool
    reason: Line = ""


class AskBody(Body):
    """One action wanted."""

    action: Key
    params: dict[Key, Line] = Field(default_factory=dict)


class PlanBody(Body):
    """What to plan; empty means what the diagnosis proposes. The facts feed the rollback-or-hotfix advice."""

    actions: Annotated[list[AskBody], Field(max_length=10)] = Field(default_factory=list)
    fix_understood: bool | None = None
    fix_lines: Number | None = None
    fix_minutes: Number | None = None
    irreversible_migration: bool | None = None
    many_changes: bool | None = None
    pre_existing: bool | None = None


class HashBody(Body):
    """Which plan, exactly: its hash (at least 8 characters of it)."""

    hash: Annotated[Plain, Field(min_length=8, max_length=64)]


class RefuseBody(Body):
    """Why not."""

    reason: Line = ""


class RunbookBody(Body):
    """Which runbook."""

    runbook: Key


class RunStepBody(Body):
    """Which step, by its key or its number."""

    step: Key


class StepBody(RunStepBody):
    """What became of a step; a decision needs its words in `note`."""

    result: Literal["open", "done", "failed", "skipped"] = "done"
    note: Text = ""


class OutcomeBody(WhenBody):
    """What an attempt did."""

    text: Text
    outcome: Outcome
    plan: Key = ""
    spent_s: Annotated[float, Field(ge=0, le=10**8)] = 0.0
    backup_plan: Line = ""


class ResolveBody(WhenBody):
    """What fixed it. `anyway` is the reason for not waiting for gates and the watch window."""

    resolution: Annotated[Plain, Field(min_length=1, max_length=5000)]
    root_cause: Text = ""
    next_steps: Lines = Field(default_factory=list)
    thanks: Names = Field(default_factory=list)
    anyway: Line = ""


class FollowUpBody(Body):
    """An action item."""

    title: Annotated[Plain, Field(min_length=1, max_length=300)]
    owner: Key = ""
    due: Moment | None = None
    priority: Literal["P0", "P1", "P2"] = "P1"
    horizon: Literal["immediate", "short", "long", "process"] = "short"
    kind: Literal["prevent", "mitigate", "detect", "process"] = "prevent"


class FollowUpChangeBody(Body):
    """A change of an action item; leave out what stays."""

    status: Literal["todo", "doing", "done", "dropped"] | None = None
    owner: Key | None = None
    due: Moment | None = None
    note: Line = ""


class SectionBody(Body):
    """A post-mortem section's text, or the document's new state; without one the state stays."""

    section: Key = ""
    text: Annotated[Plain, Field(max_length=200_000)] = ""
    state: Literal["draft", "in_review", "published"] | None = None
