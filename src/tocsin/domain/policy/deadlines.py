"""When the next thing is due: updates by the severity's cadence, the review by the pack's deadlines (R-COM-1, R-PM-6)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from tocsin.domain.policy.pack import Cadence, Pack, PhaseClock, Severity

_SATURDAY: Final = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class ReviewDue:
    """By when the review is owed, counted from resolution; None where the pack sets no such deadline."""

    draft_by: datetime | None = None
    schedule_by: datetime | None = None
    review_by: datetime | None = None
    publish_by: datetime | None = None

    @property
    def first(self) -> datetime | None:
        """The earliest of them, or None."""
        return min((d for d in (self.draft_by, self.schedule_by, self.review_by, self.publish_by) if d), default=None)


def add_business_days(start: datetime, days: int) -> datetime:
    """Return the same time of day `days` working days after `start` (Monday to Friday, in the zone of `start`).

    A start at the weekend counts as the Friday before, so that three days from Saturday is Wednesday.
    """
    at = start
    while at.weekday() >= _SATURDAY:
        at -= timedelta(days=1)
    for _ in range(days):
        at += timedelta(days=1)
        while at.weekday() >= _SATURDAY:
            at += timedelta(days=1)
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


def is_review_required(severity: Severity, recurrences: int = 0) -> bool:
    """Return whether a review must be written.

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
    """Return when to remind that an update is nearly due, never before `last_update_at`; None when none is due."""
    due = next_update_due(cadence, last_update_at)
    return None if due is None else max(last_update_at, due - cadence.reminder_before)


def update_nag_at(cadence: Cadence, due: datetime, nags_sent: int) -> datetime:
    """Return when to nag about an update that was owed at `due`, after `nags_sent` nags."""
    return due + cadence.nag_every * nags_sent


def phase_at(pack: Pack, elapsed: timedelta) -> PhaseClock | None:
    """Return the phase the pack expects `elapsed` after detection, the latest to have begun; None outside all of them."""
    running = [c for c in pack.phase_clocks if c.starts <= elapsed and (c.open_ended or elapsed < c.ends)]
    return max(running, key=lambda clock: (clock.starts, -clock.ends), default=None)


def overrun(clock: PhaseClock, elapsed: timedelta) -> timedelta:
    """Return by how much a phase that is still going on has outrun its span (R-SEV-7); zero while it has not."""
    return max(timedelta(0), elapsed - clock.ends)


def _plus(at: datetime, span: timedelta | None) -> datetime | None:
    return None if span is None else at + span
