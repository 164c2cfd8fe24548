"""Whom to page at each level of a policy, and by what means (R-ONC-2)."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta

from tocsin.domain.catalogue import Catalogue, ContactMethod, EscalationPolicy, EscalationStep
from tocsin.domain.oncall.schedule import on_call

CHANNEL = "channel:"
FALLBACK_WAIT = timedelta(minutes=5)


@dataclass(frozen=True, slots=True, kw_only=True)
class Concern:
    """What a policy is climbed for: whose it is, how severe, who holds its roles, and whose turn it is where people take turns."""

    team: str = ""
    services: tuple[str, ...] = ()
    rank: int = 1
    owners: tuple[str, ...] = ()
    managers: tuple[str, ...] = ()
    turn: int = 0


UNKNOWN = Concern()


@dataclass(frozen=True, slots=True, kw_only=True)
class Rung:
    """One level resolved at an instant: the people who can be reached, and how long to wait for them.

    `told` and `channels` hear of it and are not waited for, those of the levels in `passed` among them: nobody could be
    reached there.
    """

    level: int
    people: tuple[str, ...]
    wait: timedelta
    last: bool
    told: tuple[str, ...] = ()
    channels: tuple[str, ...] = ()
    passed: tuple[int, ...] = ()


def usable_contacts(catalogue: Catalogue, person: str) -> tuple[ContactMethod, ...]:
    """Return the verified contact methods of a person, in their order."""
    found = catalogue.person(person)
    return tuple(c for c in found.contacts if c.verified) if found else ()


def people_of(target: str, catalogue: Catalogue, at: datetime, about: Concern = UNKNOWN) -> tuple[str, ...]:
    """Return the people a target such as `schedule:primary` or `service_owner` means at `at`."""
    kind, _, key = target.partition(":")
    team = catalogue.team(key if kind == "team" else about.team)
    match kind:
        case "person":
            return (key,)
        case "schedule":
            schedule = catalogue.schedule(key)
            return on_call(schedule, at) if schedule else ()
        case "team":
            return team.members if team else ()
        case "leadership":
            return team.leadership if team else ()
        case "service_owner":
            owners = (s.owner for key in about.services if (s := catalogue.service(key)) and s.owner)
            return about.owners or tuple(dict.fromkeys(owners))
        case "oncall_manager":
            named = team.oncall_manager if team else ""
            return about.managers or (people_of(named, catalogue, at) if ":" in named else ())
        case _:
            return ()


def rung(
    policy: EscalationPolicy,
    catalogue: Catalogue,
    level: int,
    at: datetime,
    about: Concern = UNKNOWN,
    *,
    without: Collection[str] = (),
) -> Rung:
    """Return level `level` (from 0) of the policy with its repeats, or a later one when nobody can be reached there.

    The level after the last is the catch-all responder, so there is always somebody. Nobody in `without` counts as
    reachable.
    """
    total = len(policy.steps) * (1 + policy.repeats)
    told: list[str] = []
    passed: list[int] = []
    for number in range(max(level, 0), total):
        step = policy.steps[number % len(policy.steps)]
        parts = [one for one in (step, *step.beside) if one.max_rank is None or about.rank <= one.max_rank]
        if not parts:
            continue
        turn = about.turn + number // len(policy.steps)
        told += [name for one in parts for name in _informed(one, catalogue, at, about)]
        paged = (p for one in parts for p in _paged(one, catalogue, at, about, turn=turn, without=without))
        people = tuple(dict.fromkeys(paged))
        if people:
            found = Rung(level=number, people=people, wait=step.wait, last=False, passed=tuple(passed))
            return _telling(found, told)
        passed.append(number)
    wait = policy.steps[-1].wait if policy.steps else FALLBACK_WAIT
    end = Rung(level=max(level, total), people=(catalogue.catch_all,), wait=wait, last=True, passed=tuple(passed))
    return _telling(end, told)


def _paged(
    step: EscalationStep, catalogue: Catalogue, at: datetime, about: Concern, *, turn: int, without: Collection[str]
) -> tuple[str, ...]:
    people = tuple(dict.fromkeys(p for t in step.targets for p in people_of(t, catalogue, at, about)))
    if step.round_robin and people:
        # Counted over everybody, so that who cannot be reached for an hour moves nobody else's turn.
        first = turn % len(people)
        people = people[first:] + people[:first]
    reachable = tuple(p for p in people if p not in without and usable_contacts(catalogue, p))
    return reachable[:1] if step.round_robin else reachable


def _informed(step: EscalationStep, catalogue: Catalogue, at: datetime, about: Concern) -> list[str]:
    """Return people, and channels as `channel:KEY`; who has no working contact cannot be told."""
    found: list[str] = []
    for target in step.inform:
        if target.startswith(CHANNEL):
            found.append(target)
        else:
            found += [p for p in people_of(target, catalogue, at, about) if usable_contacts(catalogue, p)]
    return found


def _telling(found: Rung, told: list[str]) -> Rung:
    """Return the rung with whom it tells, each once; who is paged anyway needs no second word."""
    each = dict.fromkeys(told)
    return Rung(
        level=found.level,
        people=found.people,
        wait=found.wait,
        last=found.last,
        passed=found.passed,
        told=tuple(p for p in each if not p.startswith(CHANNEL) and p not in found.people),
        channels=tuple(p.removeprefix(CHANNEL) for p in each if p.startswith(CHANNEL)),
    )
