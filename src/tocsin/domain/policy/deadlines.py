"""When the next thing is due: updates by the severity's cadence, the review by the pack's deadlines (R-COM-1, R-PM-6)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from tocsin.domain.policy.pack import Cadence, Pack, Severity

_SATURDAY: Final = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class ReviewDue:
    """By when the review is owed, counted from resolution; None where the pack sets no such deadline."""

    draft_by: datetime | None = None
    schedule_by: datetime | None = None
    review_by: datetime | None = None
    publish_by: datetime | None = None

    @property
    def meeting_by(self) -> datetime | None:
        """By when people meet about it: a pack that only says by when to fix the date gives no other."""
        return self.review_by or self.schedule_by

    @property
    def first(self) -> datetime | None:
        """The earliest of them, or None."""
        return min(self._all(), default=None)

    @property
    def last(self) -> datetime | None:
        """The latest of them, or None."""
        return max(self._all(), default=None)

    def _all(self) -> list[datetime]:
        return [d for d in (self.draft_by, self.schedule_by, self.review_by, self.publish_by) if d]


def add_business_days(start: datetime, days: int) -> datetime:
    """Return the same time of day `days` working days after `start` (Monday to Friday, in the zone of `start`).

    A start at the weekend counts as the Friday before, so that three days from Saturday is Wednesday.
    """
    at = start
    while days > 0:
        at += timedelta(days=1)
        days -= at.weekday() < _SATURDAY
    return at


def review_due(pack: Pack, resolved_at: datetime) -> ReviewDue:
    """Return the review's deadlines for an incident resolved at `resolved_at` (R-PM-1, R-PM-6)."""
    rules = pack.review_deadlines
    draft_by = _plus(resolved_at, rules.draft_within)
    if rules.draft_business_days is not None:
        working = add_business_days(resolved_at, rules.draft_business_days)
        draft_by = working if draft_by is None else min(working, draft_by)
    return ReviewDue(
        draft_by=draft_by,
        schedule_by=_plus(resolved_at, rules.schedule_within),
        review_by=_plus(resolved_at, rules.review_within),
        publish_by=_plus(resolved_at, rules.publish_within),
    )


def review_timers(pack: Pack, resolved_at: datetime) -> dict[str, datetime]:
    """Return the name and the time of a timer for every deadline of the review that the pack sets."""
    due = review_due(pack, resolved_at)
    timers = {"review/draft": due.draft_by, "review/meeting": due.meeting_by, "review/publish": due.publish_by}
    return {name: at for name, at in timers.items() if at is not None}


def is_review_required(severity: Severity, recurrences: int = 0) -> bool:
    """Return whether a review must be written (R-PM-1).

    `recurrences` counts earlier incidents of the same kind within the severity's span (see `count_recurrences`).
    """
    return severity.review == "required" or (severity.review == "if_recurring" and recurrences > 0)


def count_recurrences(severity: Severity, at: datetime, earlier: Iterable[datetime]) -> int:
    """Return how many of the `earlier` incidents of the same kind fall within the severity's span before `at`."""
    span = severity.review_recurring_within
    if span is None:
        return 0
    return sum(at - span <= one < at for one in earlier)


def next_update_due(cadence: Cadence, last_update_at: datetime) -> datetime | None:
    """Return when the next update is owed after one (or the declaration) at `last_update_at`; None when never by the clock."""
    if cadence.kind not in {"every", "daily"} or cadence.every is None:
        return None
    return last_update_at + cadence.every


def update_reminder_at(cadence: Cadence, last_update_at: datetime) -> datetime | None:
    """Return when to remind that an update is nearly due, never in the first half of its time; None when none is due."""
    due = next_update_due(cadence, last_update_at)
    return None if due is None else due - min(cadence.reminder_before, (due - last_update_at) / 2)


def _plus(at: datetime, span: timedelta | None) -> datetime | None:
    return None if span is None else at + span
