"""Hours that nobody has although a layer is there for them: what somebody forgot, not what is left empty on purpose."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from itertools import pairwise

from tocsin.domain.oncall.schedule import on_call
from tocsin.domain.oncall.shifts import Gap, edges
from tocsin.domain.schedules import Schedule

_BEFORE = timedelta(days=2)


def shortfalls(schedule: Schedule, begin: datetime, end: datetime) -> tuple[Gap, ...]:
    """Return the gaps from `begin` to `end` within the hours of some layer, had it begun and never ended.

    A layer that ran out, a person taken out, and an empty temporary schedule leave such gaps; nights of a schedule that
    has office hours only are none.
    """
    usual = _usual(schedule, begin)
    found: list[Gap] = []
    for starts, ends in pairwise(sorted({*edges(schedule, begin, end), *edges(usual, begin, end)})):
        if on_call(schedule, starts) or not on_call(usual, starts):
            continue
        if found and found[-1].ends == starts:
            found[-1] = replace(found[-1], ends=ends)
        else:
            found.append(Gap(starts=starts, ends=ends))
    return tuple(found)


def _usual(schedule: Schedule, begin: datetime) -> Schedule:
    """Return the layers alone, as if they had begun by then and went on."""
    early = begin.replace(tzinfo=None) - _BEFORE
    layers = tuple(replace(one, starts=min(one.starts, early), ends=None) for one in schedule.rotations)
    return Schedule(key=schedule.key, zone=schedule.zone, layers=layers)
