"""When a post-mortem's draft, meeting and publication are due, counted from resolution (R-PM-6)."""

from __future__ import annotations

from datetime import datetime, timedelta

from tocsin.domain.policy.pack import Pack, Severity

SATURDAY = 5


def add_business_days(start: datetime, days: int) -> datetime:
    """Return `start` moved by whole working days, Monday to Friday."""
    moved = start
    while days > 0:
        moved += timedelta(days=1)
        if moved.weekday() < SATURDAY:
            days -= 1
    return moved


def is_required(level: Severity, recurrences: int) -> bool:
    """Return whether a post-mortem must be written, given how often the same happened before (R-PM-1)."""
    return level.review == "required" or (level.review == "if_recurring" and recurrences > 0)


def review_timers(
    pack: Pack, level: Severity, resolved_at: datetime, *, recurrences: int = 0
) -> list[tuple[str, datetime]]:
    """Return (timer name, due) for every deadline the pack sets, when the severity needs a review."""
    if not is_required(level, recurrences):
        return []
    limits = pack.review_deadlines
    found: list[tuple[str, datetime]] = []
    if limits.draft_business_days is not None:
        found.append(("review/draft", add_business_days(resolved_at, limits.draft_business_days)))
    elif limits.draft_within is not None:
        found.append(("review/draft", resolved_at + limits.draft_within))
    if limits.review_within is not None:
        found.append(("review/meeting", resolved_at + limits.review_within))
    if limits.publish_within is not None:
        found.append(("review/publish", resolved_at + limits.publish_within))
    return found
