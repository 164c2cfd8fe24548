"""Guards say no by name: each is a pure look at a plan and its situation (R-MIT-2, R-MIT-4, R-MIT-9).

All guards run every time, so that a person learns every reason at once.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from tocsin.domain.mitigation.plan import Plan, PlanResult, hash_matches, plan_hash, shown_hash


@dataclass(frozen=True, slots=True, kw_only=True)
class Refusal:
    """One reason why not: `code` for machines, `text` for people, `mend` for what would help."""

    code: str
    text: str
    mend: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Approval:
    """A person said yes to one hash."""

    person: str
    hash: str
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Attempt:
    """A plan of this incident that was started; `result` is None while it runs or when it was lost."""

    plan: str
    targets: tuple[str, ...]
    at: datetime
    result: PlanResult | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """How much may be done how fast. Our own figures; a drill divides the durations by its speed."""

    cooldown: timedelta = timedelta(minutes=2)
    max_attempts: int = 3
    budget: int = 10
    budget_window: timedelta = timedelta(minutes=10)
    storm_percent: float = 50.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Situation:
    """What the guards look at beside the plan. `data_corruption` and `unhealthy_percent` None mean unknown.

    `hash` is what is asked to be run, in full. `proposer` is the person behind the proposal, empty for Tocsin itself.
    `attempts` are this incident's, `mutations` the times of every step run in the whole installation.
    `unhealthy_percent` is the share of all targets that are unhealthy now, 0 to 100. `kill_switch` is its reason.
    """

    now: datetime
    hash: str = ""
    proposer: str = ""
    approvals: tuple[Approval, ...] = ()
    approvals_needed: int = 1
    refused_by: tuple[str, ...] = ()
    attempts: tuple[Attempt, ...] = ()
    mutations: tuple[datetime, ...] = ()
    data_corruption: bool | None = None
    unhealthy_percent: float | None = None
    kill_switch: str = ""
    limits: Limits = field(default_factory=Limits)


Guard = Callable[[Plan, Situation], Refusal | None]


def expired(plan: Plan, situation: Situation) -> Refusal | None:
    """Refuse a plan whose time is over."""
    if situation.now < plan.expires_at:
        return None
    return Refusal(
        code="expired",
        text=f"the plan expired at {plan.expires_at:%H:%M:%S} UTC",
        mend="Draw up a new plan: it looks at the world as it is now.",
    )


def wrong_hash(plan: Plan, situation: Situation) -> Refusal | None:
    """Refuse to run anything but the plan whose full hash was asked for."""
    if len(situation.hash) == len(plan_hash(plan)) and hash_matches(plan, situation.hash):
        return None
    return Refusal(
        code="wrong_hash",
        text=f"{shown_hash(situation.hash) or 'no hash'} is not the hash of this plan, {shown_hash(plan_hash(plan))}",
        mend="Read the plan again and approve it as it stands.",
    )


def said_no(_plan: Plan, situation: Situation) -> Refusal | None:
    """Refuse a plan that a person refused."""
    if not situation.refused_by:
        return None
    return Refusal(
        code="said_no", text=f"{', '.join(situation.refused_by)} refused this plan", mend="Draw up another plan."
    )


def approvals_missing(plan: Plan, situation: Situation) -> Refusal | None:
    """Refuse while fewer different people than needed approved exactly this plan."""
    given = _counting(plan, situation)
    if len(given) >= situation.approvals_needed:
        return None
    return Refusal(
        code="approvals_missing",
        text=f"{len(given)} of {situation.approvals_needed} approvals given",
        mend=f"Ask {situation.approvals_needed - len(given)} more to approve {shown_hash(plan_hash(plan))}.",
    )


def second_person(plan: Plan, situation: Situation) -> Refusal | None:
    """Refuse a high risk that nobody but its proposer approved, however few approvals are needed."""
    if plan.risk != "high" or _counting(plan, situation):
        return None
    return Refusal(
        code="second_person",
        text="a high risk needs the approval of somebody other than its proposer",
        mend="Ask a second person to approve.",
    )


def already_run(plan: Plan, situation: Situation) -> Refusal | None:
    """Refuse a second run."""
    if all(attempt.plan != plan.id for attempt in situation.attempts):
        return None
    return Refusal(
        code="already_run", text="this plan was started before; a plan runs once", mend="Draw up a new plan."
    )


def cooldown(plan: Plan, situation: Situation) -> Refusal | None:
    """Refuse to touch a target again before the last touch could show its effect."""
    last = max((attempt.at for attempt in _touching(plan, situation)), default=None)
    if last is None or situation.now >= last + situation.limits.cooldown:
        return None
    return Refusal(
        code="cooldown",
        text=f"a target of this plan was acted on at {last:%H:%M:%S} UTC",
        mend=f"Wait until {last + situation.limits.cooldown:%H:%M:%S} UTC and see what that did.",
    )


def too_many_attempts(plan: Plan, situation: Situation) -> Refusal | None:
    """Refuse to try the same target over and over in one incident."""
    for target in sorted({step.target for step in plan.steps}):
        tried = sum(target in attempt.targets for attempt in _touching(plan, situation))
        if tried >= situation.limits.max_attempts:
            return Refusal(
                code="too_many_attempts",
                text=f"{target} was acted on {tried} times in this incident",
                mend="This is not helping: look for another cause, or ask for help.",
            )
    return None


def data_corruption(plan: Plan, situation: Situation) -> Refusal | None:
    """Refuse what destroys while data is corrupt (R-MIT-4, R-MIT-9)."""
    if situation.data_corruption is not True or not any(step.destructive for step in plan.steps):
        return None
    return Refusal(
        code="data_corruption",
        text="data is corrupt, and this plan destroys what could be needed to repair it",
        mend="Stop writes, find the extent, and repair by a verified plan from a fresh backup.",
    )


def kill_switch(_plan: Plan, situation: Situation) -> Refusal | None:
    """Refuse everything while somebody has stopped all actions."""
    if not situation.kill_switch:
        return None
    return Refusal(
        code="kill_switch", text=f"all actions are stopped: {situation.kill_switch}", mend="Ask who stopped them."
    )


def budget(plan: Plan, situation: Situation) -> Refusal | None:
    """Refuse more changes in a span than a person can follow."""
    limits = situation.limits
    recent = sum(at > situation.now - limits.budget_window for at in situation.mutations)
    if recent + len(plan.steps) <= limits.budget:
        return None
    minutes = limits.budget_window.total_seconds() / 60
    return Refusal(
        code="budget",
        text=f"{recent} changes in the last {minutes:g} min, and this plan adds {len(plan.steps)}; {limits.budget} are allowed",
        mend="Wait, or act by hand.",
    )


def storm(_plan: Plan, situation: Situation) -> Refusal | None:
    """Refuse to mend one thing when most are broken: the cause is shared, and it is elsewhere."""
    share = situation.unhealthy_percent
    if share is None or share <= situation.limits.storm_percent:
        return None
    return Refusal(
        code="storm",
        text=f"{share:.0f} % of all targets are unhealthy, more than {situation.limits.storm_percent:g} %",
        mend="Look at what they share: database, network, DNS, load balancer.",
    )


RUN_GUARDS: tuple[Guard, ...] = (
    kill_switch,
    already_run,
    expired,
    wrong_hash,
    said_no,
    approvals_missing,
    second_person,
    data_corruption,
    cooldown,
    too_many_attempts,
    budget,
    storm,
)


def refuse_run(plan: Plan, situation: Situation) -> tuple[Refusal, ...]:
    """Return every reason not to run `plan` now; empty means go."""
    return tuple(refusal for guard in RUN_GUARDS if (refusal := guard(plan, situation)))


def _counting(plan: Plan, situation: Situation) -> frozenset[str]:
    """The people whose approvals count: of this very hash, before it expired, and at high risk not the proposer."""
    people = {
        approval.person
        for approval in situation.approvals
        if approval.person and hash_matches(plan, approval.hash) and approval.at < plan.expires_at
    }
    return frozenset(people - {situation.proposer} if plan.risk == "high" else people)


def _touching(plan: Plan, situation: Situation) -> list[Attempt]:
    """The earlier attempts that touched a target of `plan`; a stale one touched nothing."""
    targets = {step.target for step in plan.steps}
    return [a for a in situation.attempts if a.result != "stale" and a.plan != plan.id and targets & set(a.targets)]
