"""R-COM-1, R-PM-1, R-PM-6: when things are due. What the presets' deadlines come to is in `tests/packs`."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from tests.domain.policy.samples import MINUTE, PACK

from tocsin.domain.policy.deadlines import (
    add_business_days,
    count_recurrences,
    is_review_required,
    next_update_due,
    review_due,
    review_timers,
    update_reminder_at,
)
from tocsin.domain.policy.pack import Cadence, Pack, ReviewDeadlines

MONDAY = datetime(2026, 1, 5, 14, 20, tzinfo=UTC)
DAY = timedelta(days=1)


def owing(**deadlines: object) -> Pack:
    return replace(PACK, review_deadlines=ReviewDeadlines(**deadlines))


@pytest.mark.parametrize(
    ("start_day", "due_day"),
    [(5, 8), (7, 12), (8, 13), (9, 14), (10, 14), (11, 14)],
    ids=["Mon-Thu", "Wed-Mon", "Thu-Tue", "Fri-Wed", "Sat-Wed", "Sun-Wed"],
)
def test_three_working_days_leave_out_the_weekend(start_day: int, due_day: int) -> None:
    assert add_business_days(MONDAY.replace(day=start_day), 3) == MONDAY.replace(day=due_day)


def test_no_working_days_are_no_time_even_at_the_weekend() -> None:
    saturday = MONDAY.replace(day=10)
    assert add_business_days(saturday, 0) == saturday


def test_every_deadline_counts_from_the_resolution_and_what_is_not_set_is_never_due() -> None:
    due = review_due(PACK, MONDAY)
    assert (due.draft_by, due.schedule_by, due.publish_by) == (MONDAY + 3 * DAY, MONDAY + 2 * DAY, MONDAY + 7 * DAY)
    assert due.review_by is None
    assert (due.first, due.last) == (due.schedule_by, due.publish_by)
    assert review_due(owing(), MONDAY).first is review_due(owing(), MONDAY).last is None


def test_the_earlier_of_two_deadlines_of_the_draft_counts() -> None:
    friday = MONDAY.replace(day=9)
    both = owing(draft_within=2 * DAY, draft_business_days=1)
    assert review_due(both, MONDAY).draft_by == MONDAY + DAY
    assert review_due(both, friday).draft_by == friday + 2 * DAY
    assert review_timers(both, friday) == {"review/draft": friday + 2 * DAY}


def test_a_deadline_has_a_timer_and_a_date_that_must_be_fixed_is_the_meetings() -> None:
    assert review_timers(PACK, MONDAY) == {
        "review/draft": MONDAY + 3 * DAY,
        "review/meeting": MONDAY + 2 * DAY,
        "review/publish": MONDAY + 7 * DAY,
    }
    held = owing(schedule_within=2 * DAY, review_within=5 * DAY)
    assert review_timers(held, MONDAY) == {"review/meeting": MONDAY + 5 * DAY}
    assert review_timers(owing(), MONDAY) == {}


def test_a_level_that_is_reviewed_when_it_recurs_needs_an_earlier_one() -> None:
    middle = PACK.severity("MIDDLE")
    assert [is_review_required(level) for level in PACK.severities] == [True, False, False]
    assert is_review_required(middle, 1)
    assert not is_review_required(PACK.severity("LOW"), 9)


def test_only_what_was_earlier_and_within_the_span_recurs() -> None:
    middle = PACK.severity("MIDDLE")
    earlier = [MONDAY, MONDAY + DAY, MONDAY - 29 * DAY, MONDAY - 30 * DAY, MONDAY - 31 * DAY]
    assert count_recurrences(middle, MONDAY, earlier) == 2
    assert count_recurrences(PACK.severity("HIGH"), MONDAY, earlier) == 0


def test_an_update_is_due_by_the_cadence_with_a_reminder_before() -> None:
    cadence = PACK.severity("HIGH").cadence
    assert next_update_due(cadence, MONDAY) == MONDAY + 15 * MINUTE
    assert update_reminder_at(cadence, MONDAY) == MONDAY + 13 * MINUTE
    assert next_update_due(PACK.severity("MIDDLE").cadence, MONDAY) == MONDAY + DAY


def test_a_reminder_never_comes_in_the_first_half_of_its_time() -> None:
    hasty = Cadence(kind="every", every=3 * MINUTE, reminder_before=2 * MINUTE)
    assert update_reminder_at(hasty, MONDAY) == MONDAY + 1.5 * MINUTE


@pytest.mark.parametrize(
    "cadence",
    [
        Cadence(kind="as_findings"),
        Cadence(kind="none"),
        Cadence(kind="every"),
        Cadence(kind="at_resolution", every=MINUTE),
    ],
)
def test_no_clock_runs_where_the_pack_gives_no_cadence(cadence: Cadence) -> None:
    assert next_update_due(cadence, MONDAY) is None
    assert update_reminder_at(cadence, MONDAY) is None
