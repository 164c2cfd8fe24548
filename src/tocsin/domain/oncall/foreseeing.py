"""A policy as it would be climbed from an instant on, if nobody answered."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from tocsin.domain.catalogue import Catalogue, EscalationPolicy
from tocsin.domain.oncall.escalation import UNKNOWN, Concern, rung


@dataclass(frozen=True, slots=True, kw_only=True)
class ForeseenLevel:
    """Who would be paged `after` so long; only one of them where people take turns. `told` and `channels` are informed."""

    level: int
    after: timedelta
    people: tuple[str, ...]
    one_of: bool
    catch_all: bool
    told: tuple[str, ...]
    channels: tuple[str, ...]


def climb(
    policy: EscalationPolicy, catalogue: Catalogue, at: datetime, about: Concern = UNKNOWN
) -> tuple[ForeseenLevel, ...]:
    """Return every level up to the catch-all, each at the time it would be paged."""
    everybody = replace(policy, steps=tuple(replace(step, round_robin=False) for step in policy.steps))
    levels: list[ForeseenLevel] = []
    after, number, last = timedelta(0), 0, False
    while not last:
        found = rung(everybody, catalogue, number, at + after, about)
        turns = not found.last and policy.steps[found.level % len(policy.steps)].round_robin
        levels.append(
            ForeseenLevel(
                level=found.level + 1,
                after=after,
                people=found.people,
                one_of=turns and len(found.people) > 1,
                catch_all=found.last,
                told=found.told,
                channels=found.channels,
            )
        )
        after, number, last = after + found.wait, found.level + 1, found.last
    return tuple(levels)
