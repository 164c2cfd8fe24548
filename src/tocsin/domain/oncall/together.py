"""Several escalation policies as one: an alert that concerns several teams pages the first level of each at once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import zip_longest

from tocsin.domain.catalogue import EscalationPolicy, EscalationStep


def laid_together(policies: Sequence[EscalationPolicy]) -> EscalationPolicy:
    """Return one policy whose levels page whom each of these (one at least) pages there; the most impatient sets the wait.

    One answer ends it for all: it is one incident, and whoever has it calls whom they need.
    """
    first, *others = policies
    if not others:
        return first
    levels = zip_longest(*(policy.steps for policy in policies))
    return replace(
        first,
        key="+".join(policy.key for policy in policies),
        steps=tuple(_level([step for step in level if step is not None]) for level in levels),
        repeats=max(policy.repeats for policy in policies),
        again_times=max(policy.again_times for policy in policies),
        again_after=min(policy.again_after for policy in policies),
        ack_timeout=min((policy.ack_timeout for policy in policies if policy.ack_timeout), default=None),
    )


def _level(steps: Sequence[EscalationStep]) -> EscalationStep:
    """Merge steps that page everybody for the same severities; others stand beside them, each by its own rules."""
    parts = [part for step in steps for part in (replace(step, beside=()), *step.beside)]
    merged: list[EscalationStep] = []
    for part in parts:
        at = next((n for n, one in enumerate(merged) if _alike(one, part)), None)
        if at is None:
            merged.append(part)
            continue
        one = merged[at]
        targets, inform = dict.fromkeys((*one.targets, *part.targets)), dict.fromkeys((*one.inform, *part.inform))
        merged[at] = replace(one, targets=tuple(targets), inform=tuple(inform))
    return replace(merged[0], beside=tuple(merged[1:]), wait=min(step.wait for step in steps))


def _alike(one: EscalationStep, other: EscalationStep) -> bool:
    return not one.round_robin and not other.round_robin and one.max_rank == other.max_rank
