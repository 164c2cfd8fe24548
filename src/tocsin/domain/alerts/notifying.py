"""When a group tells of itself: its clock, and whether there is anything to tell when the clock strikes.

Alertmanager's rules. The first time is `group_wait` after the group began, or at once for an alert that has fired longer
than that; then every `group_interval`. Each time, what fires and what ended is held against what was told last.
`repeat_interval` is looked at on those times only, so that it counts from one of them to a later one.
"""

from __future__ import annotations

from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

Why = Literal[
    "first", "new_firing", "all_resolved", "some_resolved", "repeat",
    "only_resolved", "came_and_went", "nothing_new",
]  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """What was told of a group last: which alerts fired, which had ended, and when."""

    firing: frozenset[str]
    resolved: frozenset[str]
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Pace:
    """A group's three clocks, as paging follows them: its first page waits, and one that nobody answered is repeated."""

    wait: timedelta
    interval: timedelta
    repeat: timedelta


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """Whether to tell now, and by which rule."""

    tell: bool
    why: Why


@dataclass(frozen=True, slots=True, kw_only=True)
class GroupClock:
    """When a group began, and when it last looked whether there is something to tell; None before the first time."""

    began_at: datetime
    flushed_at: datetime | None = None


def verdict(
    told: Told | None,
    firing: AbstractSet[str],
    resolved: AbstractSet[str],
    *,
    now: datetime,
    repeat_interval: timedelta,
    send_resolved: bool = True,
) -> Verdict:
    """Return whether a group whose alerts are `firing` and `resolved` is told of at `now`.

    With `send_resolved` off, an end is only told when it is everybody's: then the former telling has to be taken back.
    """
    if told is None:
        return Verdict(tell=bool(firing), why="first" if firing else "only_resolved")
    if not firing <= told.firing:
        return Verdict(tell=True, why="new_firing")
    if not firing:
        return Verdict(tell=bool(told.firing), why="all_resolved" if told.firing else "came_and_went")
    if send_resolved and not resolved <= told.resolved:
        return Verdict(tell=True, why="some_resolved")
    if now - told.at >= repeat_interval:
        return Verdict(tell=True, why="repeat")
    return Verdict(tell=False, why="nothing_new")


def first_flush(began_at: datetime, oldest_start: datetime, group_wait: timedelta) -> datetime:
    """Return when a new group is looked at first: at once when its oldest alert has fired longer than the wait."""
    return began_at if oldest_start + group_wait < began_at else began_at + group_wait


def next_flush(clock: GroupClock, oldest_start: datetime, group_wait: timedelta, group_interval: timedelta) -> datetime:
    """Return when the group is looked at next; a time in the past is due at once, and counts once however long ago."""
    if clock.flushed_at is None:
        return first_flush(clock.began_at, oldest_start, group_wait)
    return clock.flushed_at + group_interval


def flushed(
    clock: GroupClock, oldest_start: datetime, group_wait: timedelta, group_interval: timedelta, now: datetime
) -> GroupClock:
    """Return the clock after a look at `now`: it keeps its beat, and beats that were missed are left out."""
    due = next_flush(clock, oldest_start, group_wait, group_interval)
    late = max(now - due, timedelta(0))
    beats = late // group_interval if group_interval else 0
    return GroupClock(began_at=clock.began_at, flushed_at=due + beats * group_interval)


def repeats_at(told_at: datetime, next_flush_at: datetime, group_interval: timedelta, repeat: timedelta) -> datetime:
    """Return when an unchanged group is told of again: the first of its times that is `repeat` after the last telling."""
    missing = told_at + repeat - next_flush_at
    if missing <= timedelta(0) or not group_interval:
        return max(next_flush_at, told_at + repeat)
    return next_flush_at + -(-missing // group_interval) * group_interval
