"""Whom to page at each level of a policy, and by what means (R-ONC-2)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from tocsin.domain.catalogue import Catalogue, ContactMethod, EscalationPolicy
from tocsin.domain.oncall.schedule import on_call


@dataclass(frozen=True, slots=True, kw_only=True)
class Rung:
    """One level resolved at an instant: the people who can be reached, and how long to wait for them."""

    level: int
    people: tuple[str, ...]
    wait: timedelta
    last: bool


def usable_contacts(catalogue: Catalogue, person: str) -> tuple[ContactMethod, ...]:
    """Return the verified contact methods of a person, in their order."""
    found = catalogue.person(person)
    return tuple(c for c in found.contacts if c.verified) if found else ()


def people_of(target: str, catalogue: Catalogue, at: datetime) -> tuple[str, ...]:
    """Return the people a target such as `schedule:primary` means at `at`."""
    kind, _, key = target.partition(":")
    if kind == "person":
        return (key,)
    if kind == "schedule":
        schedule = catalogue.schedule(key)
        return on_call(schedule, at) if schedule else ()
    team = catalogue.team(key)
    return team.members if team else ()


def rung(policy: EscalationPolicy, catalogue: Catalogue, level: int, at: datetime) -> Rung:
    """Return level `level` (from 0) of the policy with its repeats, or a later one when nobody can be reached there.

    The level after the last is the catch-all responder, so there is always somebody.
    """
    total = len(policy.steps) * (1 + policy.repeats)
    for number in range(level, total):
        step = policy.steps[number % len(policy.steps)]
        people = tuple(dict.fromkeys(p for t in step.targets for p in people_of(t, catalogue, at)))
        reachable = tuple(p for p in people if usable_contacts(catalogue, p))
        if reachable:
            return Rung(level=number, people=reachable, wait=step.wait, last=False)
    wait = policy.steps[-1].wait if policy.steps else timedelta(minutes=5)
    return Rung(level=max(level, total), people=(catalogue.catch_all,), wait=wait, last=True)
