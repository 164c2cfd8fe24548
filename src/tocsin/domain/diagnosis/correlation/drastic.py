"""How far a change goes, whatever it is about: amounts many times what they were, another runtime, another type of stored data."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Final

import re2

from tocsin.domain.diagnosis.correlation.patch import Patch, Turned

_HARDLY, _MANY_TIMES = 2.0, 8.0
_SWITCHED: Final = 0.6
_MORE_THAN_COUNTING: Final = 5.0
_RUNTIME = re2.compile(
    r"(?i)^\s*from\s+(?:--\S+\s+)?([^\s:@]+)(?::v?(\d+)(\S*))?|\b(?:runtime|engine_?version|image)\b.*?\bv?(\d+)[.\"\s]"
)
_MIGRATION = re2.compile(
    r"(?i)\bdrop (?:column|table|index|constraint)|\balter column \S+ (?:set data )?type|\b(?:modify|change) column|\bset not null|\brename (?:column|to)"
)


def drastic(patch: Patch) -> float:
    """Return how far a change goes, 0 to 1; most changes of code say nothing about it."""
    return max(_steps(patch), default=0.0)


def _steps(patch: Patch) -> Iterator[float]:
    for turned in (*patch.turned, *patch.restated):
        yield _times(turned)
        yield 1.0 if _other_runtime(turned) else 0.0
        yield _SWITCHED if _switched(turned) else 0.0
    yield 1.0 if len(_MIGRATION.findall(patch.come)) > len(_MIGRATION.findall(patch.gone)) else 0.0


def _times(turned: Turned) -> float:
    """Return how many times more or less an amount is now: twice is nothing yet, eight times is full."""
    if len(turned.amounts) != 1:
        return 0.0
    ((old, new),) = turned.amounts
    if old.value <= 0 or new.value <= 0:
        # Zero and minus one mean "none", "never" or "without limit"; a count that begins at one instead is no such thing.
        return _SWITCHED if abs(new.value - old.value) >= _MORE_THAN_COUNTING else 0.0
    times = abs(math.log(new.value / old.value))
    return min(1.0, max(0.0, times - math.log(_HARDLY)) / math.log(_MANY_TIMES / _HARDLY))


def _switched(turned: Turned) -> bool:
    gone, come = (one.lower() for one in turned.swapped)
    return (gone, come) in {("true", "false"), ("false", "true"), ("on", "off"), ("off", "on")}


def _other_runtime(turned: Turned) -> bool:
    before, after = _RUNTIME.search(turned.before), _RUNTIME.search(turned.after)
    return bool(before and after and before.groups() != after.groups() and before.group(2) != after.group(2))
