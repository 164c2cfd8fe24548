"""The policy pack: one team's rules for incidents, snapshotted into every incident that opens under it.

The five presets reproduce the figures of the source playbooks (R-SEV-5 to 7, R-PM-6, R-VER-4, R-COM-6, R-CHK-2).
None means that the source gives no figure. Durations are timedeltas (ISO 8601 or `15m` in YAML).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Literal

Verb = Literal["acknowledge", "respond", "assess", "triage", "contain", "ticket", "none"]
CadenceKind = Literal["every", "as_findings", "daily", "at_resolution", "none"]
ReviewRule = Literal["required", "recommended", "optional", "if_recurring", "none"]
VerifyOrder = Literal["watch_then_announce", "announce_then_watch", "close_after", "unstated"]
Comparison = Literal[">", ">=", "<", "<=", "==", "is"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Condition:
    """One fact of `Impact` compared with a value; `fact` is a field name of `Impact`."""

    fact: str
    op: Comparison
    value: float | bool | str


@dataclass(frozen=True, slots=True, kw_only=True)
class Criterion:
    """A reason for a severity: matches when all conditions hold; without conditions it is for people to read.

    `ours` marks a condition where the source gives words but no figure, so that the threshold is our reading of them.
    """

    key: str
    text: str
    all: tuple[Condition, ...] = ()
    ours: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class ResponseTarget:
    """How soon somebody must have done `verb`; `within` None with `text` such as 'next business day'.

    `within` of zero is the sources' "immediate": at once, with nothing to wait for.
    """

    verb: Verb
    within: timedelta | None = None
    text: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Cadence:
    """How often an update is due; `every` only with kind 'every' (and 24 h for 'daily')."""

    kind: CadenceKind
    every: timedelta | None = None
    reminder_before: timedelta = timedelta(minutes=2)
    nag_every: timedelta = timedelta(minutes=5)


@dataclass(frozen=True, slots=True, kw_only=True)
class TellRule:
    """Who is told beyond the responders, when: `after` counts from declaration.

    `unless` names what makes it moot: '' (always), 'resolving' (status fixing or monitoring), 'progress' (any update
    or finding since), 'resolved'. `to` is an audience; `who` names the people in it for a reader; `within` is the
    source's deadline, where it gives one.
    """

    to: str
    who: str = ""
    after: timedelta = timedelta(0)
    within: timedelta | None = None
    unless: Literal["", "resolving", "progress", "resolved"] = ""
    how: Literal["page", "message", "status_page", "mail"] = "message"


@dataclass(frozen=True, slots=True, kw_only=True)
class Severity:
    """One level; `rank` counts from 1, the most severe.

    `urgency` is that of its pages and reminders: people's quiet hours hold back what is low. Left empty it is high for a
    level that pages, low for one that does not.
    """

    key: str
    rank: int
    name: str
    criteria: tuple[Criterion, ...]
    examples: tuple[str, ...] = ()
    responses: tuple[ResponseTarget, ...] = ()
    cadence: Cadence = field(default_factory=lambda: Cadence(kind="none"))
    pages: bool = True
    urgency: Literal["", "high", "low"] = ""
    tell: tuple[TellRule, ...] = ()
    resolve_within: timedelta | None = None
    resolve_text: str = ""
    review: ReviewRule = "none"
    review_recurring_within: timedelta | None = None
    commander_within: timedelta | None = None
    customers_mailed: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class ReviewDeadlines:
    """Post-mortem deadlines, counted from resolution; `draft_business_days` where the source counts working days."""

    draft_within: timedelta | None = None
    draft_business_days: int | None = None
    schedule_within: timedelta | None = None
    review_within: timedelta | None = None
    publish_within: timedelta | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PhaseClock:
    """A phase's expected span counted from detection (R-SEV-7); an overrun prompts."""

    key: str
    name: str
    starts: timedelta
    ends: timedelta
    open_ended: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Gate:
    """One condition for being back to normal (R-VER-1, R-VER-5).

    `metric`: error_percent, p95_ms, ready, smoke, new_errors, resources, complaints, pods_ready (seconds), manual.
    `limit` in the metric's unit; None compares with the period before times `baseline_factor`.
    """

    key: str
    text: str
    metric: str
    limit: float | None = None
    baseline_factor: float = 1.2
    automatic: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Verification:
    """Gates and the watch window after a fix (R-VER-2, R-VER-4)."""

    gates: tuple[Gate, ...]
    watch: timedelta | None = None
    watch_max: timedelta | None = None
    order: VerifyOrder = "unstated"
    good_samples: int = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class ChecklistItem:
    """One line of a checklist; `ticked_by` names the facts that tick it by themselves.

    Facts: acknowledged, severity, commander, channel, paged, told:<audience>, role:<role>, diagnosed, cause,
    plan, mitigated, verified, resolved, all_clear, update, impact, postmortem, followups, task, ticket.
    """

    key: str
    text: str
    ticked_by: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Checklist:
    """The items of one phase."""

    key: str
    title: str
    items: tuple[ChecklistItem, ...]
    severities: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Template:
    """One message: Jinja source for subject and body, for one moment and audience (R-COM-2, R-COM-6)."""

    key: str
    moment: Literal[
        "acknowledged",
        "declared",
        "initial",
        "update",
        "findings",
        "monitoring",
        "resolved",
        "all_clear",
        "invite",
        "page",
        "reminder",
    ]
    audience: Literal["responders", "stakeholders", "leadership", "customers", "public"]
    subject: str = ""
    body: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class RoleRule:
    """A role people can hold; `single` roles hand over."""

    key: str
    name: str
    duty: str = ""
    single: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Section:
    """A post-mortem section in the pack's order; `source` names what fills it (R-PM-2, R-PM-7)."""

    key: str
    title: str
    source: str
    ask: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """An assessment or key question (R-DET-5, R-DIA-10)."""

    key: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DetectionRule:
    """A default monitor rule (R-DET-8). `metric` in percent, seconds, days, or a count.

    `window` is the span it is measured over, `for_` how long it must hold, `ours` that the source names no figure.
    """

    key: str
    metric: str
    op: Comparison
    value: float
    for_: timedelta = timedelta(0)
    window: timedelta = timedelta(0)
    ours: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Objective:
    """A service level the pack sets by default (R-SLA-4); `value` in the metric's unit, `window` its accounting period."""

    key: str
    metric: str
    op: Comparison
    value: float
    window: timedelta = timedelta(days=30)
    text: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Pack:
    """All of it. `id_format` and `channel_formats` use {yyyy} {mm} {dd} {nnn} {slug} {n}; empty id_format means INC-N.

    The first of `channel_formats` is the incident's own channel, the others are posted to as well; `channel_aliases`
    are further names of the first. `default_severity` is taken when no criterion matches; empty means the lowest.
    """

    key: str
    title: str
    source: str
    severities: tuple[Severity, ...]
    extends: str = ""
    id_format: str = ""
    channel_formats: tuple[str, ...] = ()
    channel_aliases: tuple[str, ...] = ()
    default_severity: str = ""
    roles: tuple[RoleRule, ...] = ()
    status_names: Mapping[str, str] = field(default_factory=dict)
    review_deadlines: ReviewDeadlines = field(default_factory=ReviewDeadlines)
    phase_clocks: tuple[PhaseClock, ...] = ()
    verification: Verification = field(default_factory=lambda: Verification(gates=()))
    checklists: tuple[Checklist, ...] = ()
    templates: tuple[Template, ...] = ()
    sections: tuple[Section, ...] = ()
    questions: tuple[Question, ...] = ()
    assessment: tuple[Question, ...] = ()
    cause_order: tuple[str, ...] = ()
    containment_order: tuple[str, ...] = ()
    mitigate_before_cause: Literal["always", "top", "hypothesis_first"] = "top"
    approvals: Mapping[str, int] = field(default_factory=dict)
    detection_rules: tuple[DetectionRule, ...] = ()
    idle_session_age: timedelta = timedelta(minutes=5)
    objectives: tuple[Objective, ...] = ()
    decline_routes: Mapping[str, str] = field(default_factory=dict)
    prevention: tuple[str, ...] = ()
    links: Mapping[str, str] = field(default_factory=dict)
    principles: tuple[str, ...] = ()

    def severity(self, key: str) -> Severity:
        """Return the level called `key`.

        Raises:
            KeyError: the pack has no such level.
        """
        for level in self.severities:
            if level.key == key:
                return level
        raise KeyError(key)
