"""What is said for and against a suspect."""

from __future__ import annotations

import math
from collections.abc import Sequence

from tocsin.domain.diagnosis.attribution.excess import Measured
from tocsin.domain.diagnosis.attribution.series import UNITS, Target


def in_favour(one: Measured, share: float, target: Target) -> tuple[str, ...]:
    """Return what speaks for a suspect: how far it strays, and how much of the trouble that explains."""
    times = one.amount / one.stray if one.stray else math.inf
    unit = UNITS[target.signal]
    stray = (
        f"{times:.0f} times what it strays by in quiet times"
        if math.isfinite(times)
        else "in quiet times there are none"
    )
    more = f"{one.amount:.3g} {unit} a row, {stray}"
    return more, f"its own excess covers {share:.0%} of {target.node}'s, row by row"


def against(node: str, callees: Sequence[str], *, called: bool, target: Target) -> tuple[str, ...]:
    """Return what speaks against a suspect: callees that account for a part, and a way from the target that nobody knows."""
    found = []
    if callees:
        found.append(f"a part is accounted for by what it calls: {', '.join(sorted(callees))}")
    if node == target.node:
        found.append("it is where the trouble shows, and may have a callee that nobody measures")
    elif not called:
        found.append(f"no known call leads from {target.node} to it")
    return tuple(found)
