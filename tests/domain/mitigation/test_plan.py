"""A plan is what was shown: any change to it is another plan."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from tests.domain.mitigation.samples import BACK, NOON, PLAN, STEP

from tocsin.domain.errors import InvalidError
from tocsin.domain.mitigation.plan import (
    facts_hash,
    from_json,
    hash_matches,
    highest_risk,
    lines,
    plan_hash,
    shown_hash,
    to_json,
)


def test_changing_anything_inside_a_step_changes_the_hash() -> None:
    changed = (
        {"summary": "End 49 sessions"},
        {"affected": ("pid 100",)},
        {"reversible": True},
        {"params": {**STEP.params, "older_than_s": 299.0}},
        {"params": {**STEP.params, "sessions": []}},
    )
    hashes = {plan_hash(replace(PLAN, steps=(replace(STEP, **change), BACK))) for change in changed}

    assert len(hashes | {plan_hash(PLAN)}) == len(changed) + 1


def test_the_order_of_steps_is_part_of_the_plan() -> None:
    assert plan_hash(replace(PLAN, steps=(BACK, STEP))) != plan_hash(PLAN)


def test_the_order_of_keys_is_not_part_of_the_plan() -> None:
    turned = replace(STEP, params=dict(sorted(STEP.params.items(), reverse=True)))

    assert plan_hash(replace(PLAN, steps=(turned, BACK))) == plan_hash(PLAN)


def test_a_later_expiry_is_another_plan() -> None:
    assert plan_hash(replace(PLAN, expires_at=PLAN.expires_at + timedelta(microseconds=1))) != plan_hash(PLAN)


def test_the_full_hash_and_its_shown_part_match() -> None:
    assert hash_matches(PLAN, plan_hash(PLAN))
    assert hash_matches(PLAN, shown_hash(plan_hash(PLAN)))
    assert len(shown_hash(plan_hash(PLAN))) == 12


def test_facts_are_the_same_however_they_are_worded_and_whenever_they_are_seen() -> None:
    assert facts_hash((replace(STEP, summary="other words", affected=("idle for 301 s",)),)) == facts_hash((STEP,))
    assert facts_hash((replace(STEP, target="another"),)) != facts_hash((STEP,))


@pytest.mark.parametrize("params", [{"pids": (1, 2)}, {"at": NOON}, {"x": float("nan")}, {1: "a"}, {"x": object()}])
def test_parameters_that_json_would_change_are_refused(params: dict[str, object]) -> None:
    with pytest.raises(InvalidError, match="plain JSON"):
        replace(STEP, params=params)


def test_a_plan_must_expire_after_it_began_and_know_its_time_zone() -> None:
    with pytest.raises(InvalidError, match="expire"):
        replace(PLAN, expires_at=PLAN.created_at)
    with pytest.raises(InvalidError, match="time zone"):
        replace(PLAN, created_at=datetime(2025, 3, 15, tzinfo=UTC).replace(tzinfo=None))


@pytest.mark.parametrize(
    "document", [{}, {"id": 3}, {**to_json(PLAN), "risk": "huge"}, {**to_json(PLAN), "steps": "x"}]
)
def test_what_is_not_a_plan_is_said_to_be_none(document: dict[str, object]) -> None:
    with pytest.raises(InvalidError, match="not a plan"):
        from_json(document)


def test_people_read_every_step_with_what_it_touches_and_how_to_go_back() -> None:
    text = "\n".join(lines(PLAN))

    assert "1. End 48 sessions (on orders-db: 48 idle in transaction → 0 idle in transaction)" in text
    assert "pid 101" in text
    assert "undo: none: rolled back" in text
    assert "2. Roll orders back" in text


def test_the_risk_of_a_plan_is_its_riskiest_part() -> None:
    assert highest_risk(("low", "high", "medium")) == "high"
    assert highest_risk(()) == "low"
