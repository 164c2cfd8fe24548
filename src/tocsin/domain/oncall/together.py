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
    )


def _level(steps: Sequence[EscalationStep]) -> EscalationStep:
    targets = dict.fromkeys(target for step in steps for target in step.targets)
    return replace(steps[0], targets=tuple(targets), wait=min(step.wait for step in steps))
