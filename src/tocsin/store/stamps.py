"""Times as both engines keep them: integer microseconds since 1970, UTC."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MICROSECOND = timedelta(microseconds=1)
SECOND_US = 1_000_000
NEVER_US = 1 << 62  # sorts after every time; fits both engines' integers


def to_us(at: datetime) -> int:
    """Return microseconds since the epoch.

    Raises:
        TypeError: `at` names no time zone.
    """
    return (at - EPOCH) // MICROSECOND


def from_us(us: int) -> datetime:
    """Return the aware UTC time of microseconds since the epoch."""
    return EPOCH + timedelta(microseconds=us)


def maybe_us(at: datetime | None) -> int | None:
    """Return microseconds, or None where there is no time."""
    return None if at is None else to_us(at)


def maybe_at(us: int | None) -> datetime | None:
    """Return the time, or None where there is none."""
    return None if us is None else from_us(us)
