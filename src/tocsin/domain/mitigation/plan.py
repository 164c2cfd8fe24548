"""A plan says exactly what would be done, so that people approve that and nothing else (R-MIT-2).

Secrets stay out: a step names its target by the catalogue's key, and the adapter looks the rest up.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Literal

import msgspec

from tocsin.domain.errors import InvalidError

Risk = Literal["low", "medium", "high"]
StepResult = Literal["done", "failed", "unknown"]
PlanResult = Literal["done", "failed", "stale", "unknown"]

TTL = timedelta(minutes=10)
SHOWN_CHARS = 12
_RISING: tuple[Risk, ...] = ("low", "medium", "high")


class StalePlanError(Exception):
    """The world changed since the plan was drawn up; nothing was done. Draw up a new one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PlannedStep:
    """One change to one target, before it is made.

    `action` is the action's kind, `target` the catalogue's key. `params` is what the adapter needs to do exactly this
    and to notice that the world moved: plain JSON data (lists, not tuples), never a secret. `destructive` means that
    something is lost that cannot be had back; `undo` says how to go back, or why there is no way.
    """

    action: str
    target: str
    summary: str
    before: str
    after: str
    affected: tuple[str, ...] = ()
    blast_radius: str = ""
    reversible: bool
    undo: str
    destructive: bool = False
    params: Mapping[str, object] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Hold `params` to plain JSON.

        Raises:
            InvalidError: they would not come back from JSON as they are.
        """
        try:
            survives = msgspec.json.decode(msgspec.json.encode(self.params)) == self.params
        except (TypeError, ValueError, OverflowError) as error:
            raise InvalidError(f"the parameters of a step must be plain JSON: {error}", field="params") from error
        if not survives:
            raise InvalidError("the parameters of a step must be plain JSON data, lists not tuples", field="params")


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """Steps in the order they run, with all that a person needs to say yes or no. Times are aware UTC.

    `facts_hash` is equal for two plans that would do the same to the same things, whenever they were drawn up.
    """

    id: str
    incident: str
    service: str
    title: str
    steps: tuple[PlannedStep, ...]
    blast_radius: str
    undo: str
    risk: Risk
    created_at: datetime
    expires_at: datetime
    facts_hash: str
    notes: tuple[str, ...] = ()
    v: int = 1

    def __post_init__(self) -> None:
        """Hold the times to the house's rule.

        Raises:
            InvalidError: a time without a zone, or an end before the beginning.
        """
        if self.created_at.tzinfo is None or self.expires_at.tzinfo is None:
            raise InvalidError("the times of a plan must carry a time zone", field="created_at")
        if self.expires_at <= self.created_at:
            raise InvalidError("a plan must expire after it was drawn up", field="expires_at")


@dataclass(frozen=True, slots=True, kw_only=True)
class StepOutcome:
    """What one step did. `unknown` means it began and nobody can say how far it came."""

    result: StepResult
    lines: tuple[str, ...] = ()


def plan_hash(plan: Plan) -> str:
    """Return the SHA-256 of the plan's canonical JSON, 64 hex digits: what an approval is bound to."""
    return hashlib.sha256(msgspec.json.encode(plan, order="sorted")).hexdigest()


def shown_hash(full: str) -> str:
    """Return the part of a hash that people read and type."""
    return full[:SHOWN_CHARS]


def hash_matches(plan: Plan, given: str) -> bool:
    """Say whether `given`, a full hash or its shown part, is this plan's, in constant time."""
    full = plan_hash(plan)
    expected = shown_hash(full) if len(given) == SHOWN_CHARS else full
    return hmac.compare_digest(expected.encode(), given.encode(errors="replace"))


def facts_hash(steps: tuple[PlannedStep, ...]) -> str:
    """Return a hash of what `steps` would do to what; ages and wording do not enter."""
    bare = [(step.action, step.target, step.params) for step in steps]
    return hashlib.sha256(msgspec.json.encode(bare, order="sorted")).hexdigest()


def to_json(plan: Plan) -> dict[str, object]:
    """Return the plan as JSON data, ready for an event's body; `from_json` gives it back unchanged."""
    document: dict[str, object] = msgspec.to_builtins(plan)
    return document


def from_json(document: Mapping[str, object]) -> Plan:
    """Return the plan that `to_json` wrote.

    Raises:
        InvalidError: this is not a plan.
    """
    try:
        return msgspec.convert(dict(document), Plan)
    except msgspec.ValidationError as error:
        raise InvalidError(f"this is not a plan: {error}", field="plan") from error


def highest_risk(risks: tuple[Risk, ...]) -> Risk:
    """Return the highest of `risks`; low when there is none."""
    return max(risks, key=_RISING.index, default="low")


def lines(plan: Plan) -> tuple[str, ...]:
    """Return the plan's steps as people read them, numbered, each with what it touches and how to go back."""
    out: list[str] = []
    for number, step in enumerate(plan.steps, start=1):
        out.append(f"{number}. {step.summary} (on {step.target}: {step.before} → {step.after})")
        out.extend(f"   {line}" for line in step.affected)
        out.append(f"   undo: {step.undo}")
    return (*out, *plan.notes)
