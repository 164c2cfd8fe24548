"""Wall-clock times of a zone as instants: what a clock that jumps makes of 02:30.

A time that is left out means the first instant after the gap; a time that comes twice means the first of the two.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

_SECOND = timedelta(seconds=1)


@lru_cache(maxsize=512)
def zone(name: str) -> ZoneInfo:
    """Return the IANA zone called `name`; it was checked when the configuration was."""
    return ZoneInfo(name)


def instant(naive: datetime, where: ZoneInfo) -> datetime:
    """Return the instant, in UTC, at which clocks in `where` first show `naive` or have jumped over it."""
    first = naive.replace(tzinfo=where, fold=0).astimezone(UTC)
    if first.astimezone(where).replace(tzinfo=None, fold=0) == naive:
        return first
    return _end_of_gap(naive, where)


@lru_cache(maxsize=512)
def _end_of_gap(naive: datetime, where: ZoneInfo) -> datetime:
    """Return the instant of the jump over `naive`: between reading it by the offset after and by the one before."""
    # In a gap fold=0 reads by the offset before the jump, which gives an instant after it, and fold=1 the reverse.
    after = naive.replace(tzinfo=where, fold=0).astimezone(UTC)
    before = naive.replace(tzinfo=where, fold=1).astimezone(UTC)
    then = before.astimezone(where).utcoffset()
    while after - before > _SECOND:
        middle = before + (after - before) // 2
        middle = middle.replace(microsecond=0) if middle.replace(microsecond=0) > before else middle
        before, after = (middle, after) if middle.astimezone(where).utcoffset() == then else (before, middle)
    return after.replace(microsecond=0)


def shown(at: datetime, where: ZoneInfo) -> datetime:
    """Return what clocks in `where` show at the instant `at`, without a zone."""
    return at.astimezone(where).replace(tzinfo=None, fold=0)


@lru_cache(maxsize=4096)
def reached(at: datetime, where: ZoneInfo) -> datetime:
    """Return the latest time that clocks in `where` have shown by the instant `at`: what was shown once was shown.

    So a naive time has come by `at` when it is not after this one, which is how `instant` reads it too.
    """
    local = at.astimezone(where)
    if not local.fold:
        return local.replace(tzinfo=None)
    naive = local.replace(tzinfo=None, fold=0)
    return max(naive, _just_before_put_back(at, where))


def _just_before_put_back(at: datetime, where: ZoneInfo) -> datetime:
    """Return the last time shown before clocks were put back, for an instant in the hour that comes the second time."""
    local = at.astimezone(UTC).astimezone(where)
    put_back = (local.replace(fold=0).utcoffset() or timedelta(0)) - (local.utcoffset() or timedelta(0))
    after = at.astimezone(UTC).replace(microsecond=0)
    before = after - put_back
    while after - before > _SECOND:
        middle = (before + (after - before) // 2).replace(microsecond=0)
        before, after = (
            (before, middle) if middle.astimezone(where).utcoffset() == local.utcoffset() else (middle, after)
        )
    return (after - timedelta(microseconds=1)).astimezone(where).replace(tzinfo=None, fold=0)
