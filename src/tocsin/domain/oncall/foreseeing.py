"""A policy as it would be climbed from an instant on, if nobody answered."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from tocsin.domain.catalogue import Catalogue, EscalationPolicy, EscalationStep
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
    everybody = replace(policy, steps=tuple(_whole(step) for step in policy.steps))
    levels: list[ForeseenLevel] = []
    after, number, last = timedelta(0), 0, False
    while not last:
        found = rung(everybody, catalogue, number, at + after, about)
        step = None if found.last else policy.steps[found.level % len(policy.steps)]
        turns = step is not None and step.round_robin and not step.beside
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


def _whole(step: EscalationStep) -> EscalationStep:
    return replace(step, round_robin=False, beside=tuple(_whole(one) for one in step.beside))
