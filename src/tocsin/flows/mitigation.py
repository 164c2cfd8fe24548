"""Draw up a plan from what actions would do, and run an approved one, step by step, once (R-MIT-2).

Nothing here loads or saves: the flow that knows the store asks the guards, records `PlanStarted`, calls `execute`, and
records what came of it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol
from urllib.parse import unquote

import msgspec

from tocsin.domain.catalogue import ActionTarget
from tocsin.domain.errors import InvalidError, RefusedError
from tocsin.domain.mitigation.plan import (
    TTL,
    Plan,
    PlannedStep,
    PlanResult,
    StalePlanError,
    StepOutcome,
    facts_hash,
    highest_risk,
    plan_hash,
    shown_hash,
    to_json,
)
from tocsin.flows.ports import PermanentError, TransientError

SECRET_WORDS = ("dsn", "password", "token", "secret", "key")
SHORTEST_SECRET = 6


class Action(Protocol):
    """One kind of change. A target's options arrive resolved (no `env:` or `file:` reference is left in them).

    Every method may raise `TransientError` (the outside did not answer) or `PermanentError` (it refused).
    """

    def plan(self, target: ActionTarget, params: Mapping[str, object], now: datetime) -> list[PlannedStep]:
        """Return what would be done, looking and changing nothing; empty when there is nothing to do.

        Raises:
            InvalidError: the options or parameters cannot be what they claim to be.
            RefusedError: there is no safe way to do it.
        """
        ...

    def precheck(self, target: ActionTarget, step: PlannedStep) -> None:
        """Look whether the world is still as the plan saw it.

        Raises:
            StalePlanError: it is not.
        """
        ...

    def apply(self, target: ActionTarget, step: PlannedStep, *, key: str, deadline_s: float) -> StepOutcome:
        """Do what was planned, at most that, and say what came of it; doing it again with the same `key` adds nothing.

        Raises:
            StalePlanError: the world changed, and nothing was done.
        """
        ...

    def verify(self, target: ActionTarget, step: PlannedStep, *, deadline_s: float) -> StepOutcome:
        """Say whether the change is there now; the service's own gates are checked elsewhere."""
        ...

    def undo(self, target: ActionTarget, step: PlannedStep, *, key: str, deadline_s: float) -> StepOutcome:
        """Go back to what was before.

        Raises:
            RefusedError: there is no way back.
            StalePlanError: the world changed since.
        """
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """One action somebody asks for: a target of the catalogue (options resolved) and this time's parameters."""

    target: ActionTarget
    params: Mapping[str, object]


@dataclass(frozen=True, slots=True, kw_only=True)
class Execution:
    """What a run came to: the fields of `PlanEnded`, and how many steps were done."""

    result: PlanResult
    output: tuple[str, ...]
    took_s: float
    done: int


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanHead:
    """What a plan is called and whom it belongs to; without a title it is called after its steps."""

    id: str
    incident: str
    service: str
    title: str = ""


def draw_up(
    head: PlanHead,
    wanted: Sequence[Wanted],
    actions: Mapping[str, Action],
    *,
    now: datetime,
    ttl: timedelta = TTL,
) -> Plan:
    """Return the plan that does `wanted` in that order; a target with nothing to do becomes a note.

    Raises:
        RefusedError: nothing is to be done at all, or an action sees no safe way.
        InvalidError: an unknown kind, bad options or parameters, or a secret that found its way into the plan.
        TransientError: a target did not answer.
        PermanentError: a target refused to be looked at.
    """
    steps: list[PlannedStep] = []
    notes: list[str] = []
    for want in wanted:
        found = _action(actions, want.target.kind).plan(want.target, want.params, now)
        steps.extend(found)
        if not found:
            notes.append(f"{want.target.key}: nothing to do")
    if not steps:
        raise RefusedError("there is nothing to do", mend="; ".join(notes) or "Name a target.")
    plan = Plan(
        id=head.id,
        incident=head.incident,
        service=head.service,
        title=head.title or "; ".join(step.summary for step in steps),
        steps=tuple(steps),
        blast_radius="; ".join(step.blast_radius for step in steps if step.blast_radius) or "not stated",
        undo="; ".join(step.undo for step in steps),
        risk=highest_risk(tuple(want.target.risk for want in wanted)),
        created_at=now,
        expires_at=now + ttl,
        facts_hash=facts_hash(tuple(steps)),
        notes=tuple(notes),
    )
    _refuse_secrets(plan, wanted)
    return plan


def execute(
    plan: Plan,
    targets: Mapping[str, ActionTarget],
    actions: Mapping[str, Action],
    *,
    deadline_s: float,
    monotonic: Callable[[], float],
) -> Execution:
    """Run the plan: look at every step again, then do them in order, and stop at the first that is not done.

    `targets` are the service's, by key, options resolved. `deadline_s` is for the whole run, counted by `monotonic`
    (seconds). Nothing is retried here. An exception that is not the outside's fault passes through: the run is lost.
    """
    began = monotonic()
    output: list[str] = []

    def end(result: PlanResult, done: int) -> Execution:
        return Execution(result=result, output=tuple(output), took_s=monotonic() - began, done=done)

    bound: list[tuple[Action, ActionTarget, PlannedStep]] = []
    for step in plan.steps:
        target, action = targets.get(step.target), actions.get(step.action)
        if target is None or action is None or target.kind != step.action:
            output.append(f"{step.target} with {step.action} is not in the configuration any more; nothing was done")
            return end("stale", 0)
        bound.append((action, target, step))
    refusal = _precheck(bound)
    if refusal is not None:
        result, line = refusal
        output.append(line)
        return end(result, 0)
    for number, (action, target, step) in enumerate(bound):
        left = deadline_s - (monotonic() - began)
        if left <= 0:
            output.append(f"{step.summary}: not begun, the time of {deadline_s:g} s is over")
            return end("failed", number)
        outcome = _apply(action, target, step, key=step_key(plan, number), deadline_s=left)
        output.extend(outcome.lines)
        if outcome.result != "done":
            return end("stale" if outcome.result == "stale" and number == 0 else _ended(outcome.result), number)
    return end("done", len(bound))


def step_key(plan: Plan, number: int) -> str:
    """Return the run-once key of step `number`, counted from 0."""
    return f"{plan.id}:{shown_hash(plan_hash(plan))}:{number}"


@dataclass(frozen=True, slots=True, kw_only=True)
class _Applied:
    result: PlanResult
    lines: tuple[str, ...]


def _action(actions: Mapping[str, Action], kind: str) -> Action:
    found = actions.get(kind)
    if found is None:
        raise InvalidError(
            f"there is no action of kind {kind}", field="kind", mend=f"Known: {', '.join(sorted(actions))}."
        )
    return found


def _precheck(bound: Sequence[tuple[Action, ActionTarget, PlannedStep]]) -> tuple[PlanResult, str] | None:
    for action, target, step in bound:
        try:
            action.precheck(target, step)
        except StalePlanError as error:
            return "stale", f"{step.summary}: {error}; nothing was done"
        except (TransientError, PermanentError, InvalidError) as error:
            return "failed", f"{step.summary}: could not look again: {error}; nothing was done"
    return None


def _apply(action: Action, target: ActionTarget, step: PlannedStep, *, key: str, deadline_s: float) -> _Applied:
    try:
        outcome = action.apply(target, step, key=key, deadline_s=deadline_s)
    except StalePlanError as error:
        return _Applied(result="stale", lines=(f"{step.summary}: {error}",))
    except (TransientError, PermanentError, InvalidError) as error:
        return _Applied(result="failed", lines=(f"{step.summary}: {error}",))
    return _Applied(result=outcome.result, lines=outcome.lines)


def _ended(result: PlanResult) -> PlanResult:
    """After an earlier step was done, a stale step means that the plan as a whole failed half-way."""
    return "failed" if result == "stale" else result


def _refuse_secrets(plan: Plan, wanted: Sequence[Wanted]) -> None:
    shown = msgspec.json.encode(to_json(plan)).decode()
    for want in wanted:
        for secret in _secrets(want.target.options):
            written = msgspec.json.encode(secret).decode()[1:-1]
            if len(secret) >= SHORTEST_SECRET and written in shown:
                where = f"actions.{want.target.key}"
                raise InvalidError(f"the plan would show a secret of target {want.target.key}", field=where)


def _secrets(options: Mapping[str, object]) -> list[str]:
    """The option values that must never be shown, at any depth; of a DSN also the password in it."""
    found: list[str] = []
    for name, value in options.items():
        if isinstance(value, Mapping):
            found.extend(_secrets(value))
        elif any(word in name.casefold() for word in SECRET_WORDS):
            found.extend((str(value), _password(str(value))))
    return found


def _password(dsn: str) -> str:
    if "://" in dsn:
        return unquote(dsn.partition("://")[2].rpartition("@")[0].partition(":")[2])
    return dsn.partition("password=")[2].split(" ", 1)[0]
