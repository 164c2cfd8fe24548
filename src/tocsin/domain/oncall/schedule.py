"""`on_call(schedule, t)`: one pure answer for the pager, the pages and the exports (R-ONC-1).

Turns are counted in naive wall-clock time of the schedule's zone, so a hand-off at 09:00 stays at 09:00 across a change
of summer time.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from tocsin.domain.catalogue import Schedule

_TURNS = {"hourly": timedelta(hours=1), "daily": timedelta(days=1), "weekly": timedelta(weeks=1)}


def on_call(schedule: Schedule, at: datetime) -> str:
    """Return who is on call at the aware instant `at`; '' before the schedule starts or when it has no people."""
    for override in reversed(schedule.overrides):
        if override.starts <= at < override.ends:
            return override.person
    if not schedule.people:
        return ""
    local = at.astimezone(ZoneInfo(schedule.zone)).replace(tzinfo=None)
    start = schedule.starts.replace(tzinfo=None)
    if local < start:
        return ""
    turns = (local - start) // (_TURNS[schedule.turn] * schedule.length)
    return schedule.people[turns % len(schedule.people)]
