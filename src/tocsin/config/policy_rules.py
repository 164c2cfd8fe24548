"""What escalation policies must keep to beyond their types: every target exists, and somebody can be paged."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from datetime import timedelta
from typing import Final

from tocsin.config.checker import Checker
from tocsin.config.tree import Where
from tocsin.domain.catalogue import Catalogue, EscalationPolicy, EscalationStep

Names = Mapping[str, Collection[str]]
Reaches = Callable[[Collection[str], str], bool]

KINDS: Final = {"person": "people", "schedule": "schedules", "team": "teams"}
ROLES: Final = ("leadership", "service_owner", "oncall_manager")
MEND: Final = "Write person:KEY, schedule:KEY or team:KEY"


def check_policies(c: Checker, catalogue: Catalogue, names: Names, reaches: Reaches) -> None:
    """Note what is wrong with policies; `names` are those there are, `reaches` says whether targets page anybody of a team."""
    for policy in catalogue.policies:
        at: Where = ("policies", policy.key)
        before = len(c.problems)
        for i, step in enumerate(policy.steps):
            _step(c, (*at, "steps", i), step, names)
        known = len(c.problems) == before
        _numbers(c, at, policy)
        if known:
            _reach(c, at, policy, catalogue, reaches)


def check_target(c: Checker, where: Where, target: str, names: Names, *, also: Mapping[str, str] | None = None) -> None:
    """Note it when a target such as `schedule:primary` leads nowhere; `also` are further kinds it may be of."""
    kinds = {**KINDS, **(also or {})}
    kind, colon, key = target.partition(":")
    if colon and kind in kinds:
        c.word(where, key, names[kinds[kind]], kind)
    else:
        more = " or channel:KEY" if also else ""
        c.say(where, f"{target!r} is no target", f"{MEND}{more}.")


def reached_by(catalogue: Catalogue, target: str, team: str = "") -> tuple[str, ...]:
    """Return the people a step's target can page for an incident of `team`: they exist and have a verified contact."""
    kind, _, key = target.partition(":")
    found = catalogue.team(key if kind == "team" else team)
    people: Iterable[str] = ()
    match kind:
        case "person":
            people = (key,)
        case "schedule":
            schedule = catalogue.schedule(key)
            people = schedule.everybody if schedule else ()
        case "team":
            people = found.members if found else ()
        case "leadership":
            people = found.leadership if found else ()
        case "service_owner":
            people = (s.owner for s in catalogue.services if s.team == team)
        case "oncall_manager" if found and ":" in found.oncall_manager:
            people = reached_by(catalogue, found.oncall_manager)
        case _:
            pass
    return tuple(dict.fromkeys(p for p in people if _reachable(catalogue, p)))


def _reachable(catalogue: Catalogue, key: str) -> bool:
    person = catalogue.person(key)
    return person is not None and any(contact.verified for contact in person.contacts)


def _step(c: Checker, at: Where, step: EscalationStep, names: Names) -> None:
    if not step.targets and not step.inform:
        c.say(at, "the step names nobody", "Give it `targets`, or take it out.")
    for j, target in enumerate(step.targets):
        if target.startswith("channel:"):
            c.say((*at, "targets", j), "a channel cannot answer a page", "Name it under `inform`.")
        elif target not in ROLES:
            check_target(c, (*at, "targets", j), target, names)
    for j, target in enumerate(step.inform):
        if target not in ROLES:
            check_target(c, (*at, "inform", j), target, names, also={"channel": "channels"})
    if step.wait <= timedelta(0):
        c.say((*at, "wait"), "the step waits for nobody", "Give it a wait such as 5m.")
    if step.max_rank is not None and step.max_rank < 1:
        c.say((*at, "max_rank"), f"rank {step.max_rank} is no rank", "1 is the most severe.")


def _numbers(c: Checker, at: Where, policy: EscalationPolicy) -> None:
    if policy.repeats < 0:
        c.say((*at, "repeats"), f"{policy.repeats} is less than never", "0 goes through the steps once.")
    if policy.again_times < 0:
        c.say((*at, "again_times"), f"{policy.again_times} is less than never", "0 ends with the catch-all.")
    if policy.again_after <= timedelta(0):
        c.say((*at, "again_after"), "nobody could answer in no time", "Give a pause such as 15m.")
    if policy.ack_timeout is not None and policy.ack_timeout <= timedelta(0):
        c.say((*at, "ack_timeout"), "nobody could work in no time", "Give a time such as 30m, or leave it out.")


def _reach(c: Checker, at: Where, policy: EscalationPolicy, catalogue: Catalogue, reaches: Reaches) -> None:
    """Note it when none of the steps pages anybody, for any team that goes by the policy."""
    targets = [target for step in policy.steps for target in step.targets]
    mend = "Add `verified: true` to a contact that is known to work, let somebody confirm one, or add a target."
    teams = [team.key for team in catalogue.teams if team.policy == policy.key]
    for team in teams or [""]:
        if not reaches(targets, team):
            whose = f" for team {team}" if len(teams) > 1 or set(targets) & set(ROLES) else ""
            message = f"{policy.key} can reach nobody{whose}: no target leads to a person with a verified contact"
            c.say(at, message, mend)
