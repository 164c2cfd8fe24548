"""R-COM-1, R-PM-1, R-PM-6, R-SEV-7: when things are due."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from tests.packs.presets import preset

from tocsin.domain.policy.deadlines import (
    count_recurrences,
    is_review_required,
    next_update_due,
    review_due,
    update_reminder_at,
)

MONDAY = datetime(2026, 1, 5, 14, 20, tzinfo=UTC)


def minutes(count: float) -> timedelta:
    return timedelta(minutes=count)


def test_platform_owes_a_draft_in_three_working_days_and_a_review_in_five_days() -> None:
    due = review_due(preset("platform"), MONDAY)

    assert due.draft_by == MONDAY + timedelta(days=3)
    assert due.review_by == MONDAY + timedelta(days=5)
    assert due.first == due.draft_by


@pytest.mark.parametrize(("pack", "hours"), [("startup", 24), ("ops", 48), ("responder", 48), ("sre", 48)])
def test_the_first_review_deadline_of_each_pack(pack: str, hours: int) -> None:
    assert review_due(preset(pack), MONDAY).first == MONDAY + timedelta(hours=hours)


def test_platforms_sev3_is_reviewed_only_when_it_comes_back_within_thirty_days() -> None:
    sev3 = preset("platform").severity("SEV3")
    earlier = [MONDAY - timedelta(days=29), MONDAY - timedelta(days=31)]

    assert not is_review_required(sev3)
    assert count_recurrences(sev3, MONDAY, earlier) == 1
    assert is_review_required(sev3, count_recurrences(sev3, MONDAY, earlier))


@pytest.mark.parametrize(
    ("pack", "required"),
    [
        ("platform", [True, True, False, False]),
        ("startup", [True] * 4),
        ("ops", [True] * 4),
        ("responder", [True, False, False, False]),
        ("sre", [True] * 4),
    ],
)
def test_which_levels_must_be_reviewed(pack: str, required: list[bool]) -> None:
    assert [is_review_required(level) for level in preset(pack).severities] == required


def test_an_update_is_due_by_the_cadence_with_a_reminder_before_and_nags_after() -> None:
    cadence = preset("platform").severity("SEV1").cadence
    due = next_update_due(cadence, MONDAY)

    assert due == MONDAY + minutes(15)
    assert update_reminder_at(cadence, MONDAY) == MONDAY + minutes(13)
    assert cadence.nag_every == minutes(5)


@pytest.mark.parametrize(
    ("pack", "level"), [("platform", "SEV3"), ("platform", "SEV4"), ("sre", "P3"), ("startup", "HIGH")]
)
def test_no_clock_runs_where_the_pack_gives_no_cadence(pack: str, level: str) -> None:
    cadence = preset(pack).severity(level).cadence

    assert next_update_due(cadence, MONDAY) is None
    assert update_reminder_at(cadence, MONDAY) is None


def test_a_daily_summary_is_due_after_a_day() -> None:
    cadence = preset("responder").severity("SEV-3").cadence

    assert next_update_due(cadence, MONDAY) == MONDAY + timedelta(days=1)


@pytest.mark.parametrize(
    ("pack", "elapsed", "phase"),
    [
        ("responder", 0, "detect"),
        ("responder", 5, "investigate"),
        ("responder", 44, "remediate"),
        ("responder", 59, "verify"),
        ("responder", 61, None),
        ("startup", 1, "triage"),
        ("startup", 3, "contain"),
        ("startup", 7, None),
        ("startup", 20, "cause"),
        ("startup", 300, "fix"),
        ("platform", 3, "first_steps"),
    ],
)
def test_the_phase_the_pack_expects(pack: str, elapsed: int, phase: str | None) -> None:
    clocks = preset(pack).phase_clocks
    running = [c for c in clocks if c.starts <= minutes(elapsed) and (c.open_ended or minutes(elapsed) < c.ends)]
    found = max(running, key=lambda clock: (clock.starts, -clock.ends), default=None)

    assert (found.key if found else None) == phase
