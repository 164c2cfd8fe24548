"""`on_call(schedule, t)`: one pure answer for the pager, the pages and the exports (R-ONC-1).

Turns are counted in naive wall-clock time of the schedule's zone, so a hand-off at 09:00 stays at 09:00 across a change
of summer time. A hand-off in an hour that is left out happens right after it; in one that comes twice, the first time.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from tocsin.domain.catalogue import Schedule

_TURNS = {"hourly": timedelta(hours=1), "daily": timedelta(days=1), "weekly": timedelta(weeks=1)}
_INSTANT = timedelta(microseconds=1)


def on_call(schedule: Schedule, at: datetime) -> str:
    """Return who is on call at the aware instant `at`; '' before the schedule starts or when it has no people."""
    for override in reversed(schedule.overrides):
        if override.starts <= at < override.ends:
            return override.person
    if not schedule.people:
        return ""
    local = _wall_clock(at, ZoneInfo(schedule.zone))
    start = schedule.starts.replace(tzinfo=None)
    if local < start:
        return ""
    turns = (local - start) // (_TURNS[schedule.turn] * schedule.length)
    return schedule.people[turns % len(schedule.people)]


def _wall_clock(at: datetime, zone: ZoneInfo) -> datetime:
    """Return the latest time that clocks in `zone` have shown by `at`: when they are put back, what was shown was shown."""
    local = at.astimezone(zone)
    naive = local.replace(tzinfo=None, fold=0)
    if not local.fold:
        return naive
    put_back = (local.replace(fold=0).utcoffset() or timedelta(0)) - (local.utcoffset() or timedelta(0))
    before, after = at - put_back, at
    while after - before > _INSTANT:
        middle = before + (after - before) / 2
        before, after = (
            (before, middle) if middle.astimezone(zone).utcoffset() == local.utcoffset() else (middle, after)
        )
    return max(naive, before.astimezone(zone).replace(tzinfo=None, fold=0))
