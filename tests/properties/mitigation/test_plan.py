"""A plan is what was shown: any change to it is another plan, over generated values."""

from __future__ import annotations

import json
from dataclasses import fields, replace

import pytest
from hypothesis import assume, given, settings
from tests.domain.mitigation.samples import PLAN, plans

from tocsin.domain.mitigation.plan import (
    Plan,
    from_json,
    hash_matches,
    plan_hash,
    shown_hash,
    to_json,
)


@given(plans)
@settings(max_examples=25)
def test_a_plan_comes_back_from_json_unchanged(plan: Plan) -> None:
    again = from_json(json.loads(json.dumps(to_json(plan))))

    assert again == plan
    assert plan_hash(again) == plan_hash(plan)


@given(plans, plans)
@settings(max_examples=25)
def test_changing_any_field_changes_the_hash(plan: Plan, other: Plan) -> None:
    for name in (field.name for field in fields(Plan) if field.name not in {"created_at", "expires_at", "v"}):
        if getattr(plan, name) != getattr(other, name):
            assert plan_hash(replace(plan, **{name: getattr(other, name)})) != plan_hash(plan)


@given(plans, plans)
@settings(max_examples=25)
def test_different_plans_have_different_hashes(plan: Plan, other: Plan) -> None:
    assume(plan != other)

    assert plan_hash(plan) != plan_hash(other)


@pytest.mark.parametrize(
    "given_hash", ["", "0" * 12, "0" * 64, "é" * 12, "\udcff" * 12, shown_hash(plan_hash(PLAN))[:11]]
)
def test_what_is_not_the_hash_does_not_match(given_hash: str) -> None:
    assert not hash_matches(PLAN, given_hash)
