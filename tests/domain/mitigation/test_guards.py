"""Guards say no by name, and only when they have a reason."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from tests.domain.mitigation.samples import BACK, NOON, PLAN, changed

from tocsin.domain.actor import SYSTEM, Actor
from tocsin.domain.mitigation.guards import (
    Approval,
    Attempt,
    Limits,
    Refusal,
    Situation,
    refuse_approval,
    refuse_run,
)
from tocsin.domain.mitigation.plan import Plan, Risk, plan_hash, shown_hash

ALICE, BOB = Actor(kind="person", id="alice"), Actor(kind="person", id="bob")
SOON = NOON + timedelta(minutes=1)


def approved(plan: Plan = PLAN, *people: str) -> tuple[Approval, ...]:
    return tuple(Approval(person=person, hash=plan_hash(plan), at=NOON) for person in people or ("alice",))


GOOD = Situation(now=SOON, hash=plan_hash(PLAN), approvals=approved())


def codes(found: tuple[Refusal, ...]) -> set[str]:
    return {refusal.code for refusal in found}


def test_an_approved_plan_in_quiet_times_may_run() -> None:
    assert refuse_run(PLAN, GOOD) == ()


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"now": PLAN.expires_at}, "expired"),
        ({"hash": "0" * 64}, "wrong_hash"),
        ({"hash": shown_hash(plan_hash(PLAN))}, "wrong_hash"),
        ({"refused_by": ("carol",)}, "said_no"),
        ({"approvals": ()}, "approvals_missing"),
        ({"approvals_needed": 2}, "approvals_missing"),
        ({"attempts": (Attempt(plan=PLAN.id, targets=("orders-db",), at=NOON),)}, "already_run"),
        ({"attempts": (Attempt(plan="other", targets=("orders-db",), at=NOON),)}, "cooldown"),
        ({"data_corruption": True}, "data_corruption"),
        ({"kill_switch": "maintenance"}, "kill_switch"),
        ({"mutations": (NOON,) * 9}, "budget"),
        ({"unhealthy_percent": 51.0}, "storm"),
    ],
)
def test_each_guard_refuses_by_its_name_and_says_what_would_help(change: dict[str, object], code: str) -> None:
    found = refuse_run(PLAN, changed(GOOD, change))

    assert codes(found) == {code}
    assert found[0].text
    assert found[0].mend


def test_approvals_of_another_version_of_the_plan_do_not_count() -> None:
    other = replace(PLAN, title="Something else")

    assert codes(refuse_run(PLAN, replace(GOOD, approvals=approved(other)))) == {"approvals_missing"}


def test_the_same_person_twice_is_one_approval() -> None:
    twice = replace(GOOD, approvals=approved(PLAN, "alice", "alice"), approvals_needed=2)

    assert codes(refuse_run(PLAN, twice)) == {"approvals_missing"}
    assert refuse_run(PLAN, replace(twice, approvals=approved(PLAN, "alice", "bob"))) == ()


def test_an_approval_given_after_the_plan_expired_does_not_count() -> None:
    late = (Approval(person="alice", hash=plan_hash(PLAN), at=PLAN.expires_at),)

    assert "approvals_missing" in codes(refuse_run(PLAN, replace(GOOD, approvals=late)))


def test_a_high_risk_needs_a_second_person() -> None:
    risky = replace(PLAN, risk="high")
    alone = Situation(now=SOON, hash=plan_hash(risky), proposer="alice", approvals=approved(risky))

    assert codes(refuse_run(risky, alone)) == {"approvals_missing", "second_person"}
    assert refuse_run(risky, replace(alone, approvals=approved(risky, "bob"))) == ()
    assert refuse_run(PLAN, replace(alone, hash=plan_hash(PLAN), approvals=approved())) == ()


def test_a_high_risk_needs_a_person_even_where_the_policy_asks_for_none() -> None:
    risky = replace(PLAN, risk="high")

    assert codes(refuse_run(risky, Situation(now=SOON, hash=plan_hash(risky), approvals_needed=0))) == {"second_person"}


def test_a_stale_attempt_touched_nothing_and_starts_no_cooldown() -> None:
    stale = (Attempt(plan="other", targets=("orders-db",), at=NOON, result="stale"),) * 5

    assert refuse_run(PLAN, replace(GOOD, attempts=stale)) == ()


def test_a_target_is_tried_only_so_often_in_one_incident() -> None:
    old = NOON - timedelta(hours=1)
    tried = tuple(Attempt(plan=f"p{n}", targets=("orders-db",), at=old, result="done") for n in range(3))

    assert codes(refuse_run(PLAN, replace(GOOD, attempts=tried))) == {"too_many_attempts"}
    assert refuse_run(PLAN, replace(GOOD, attempts=tried[:2])) == ()
    assert refuse_run(replace(PLAN, steps=(BACK,)), replace(GOOD, attempts=tried)) != ()  # its hash is another


def test_corrupt_data_blocks_only_what_destroys() -> None:
    gentle = replace(PLAN, steps=(BACK,))
    situation = Situation(now=SOON, hash=plan_hash(gentle), approvals=approved(gentle), data_corruption=True)

    assert refuse_run(gentle, situation) == ()


def test_the_budget_counts_steps_in_its_window_only() -> None:
    old = (NOON - timedelta(minutes=10),) * 50

    assert refuse_run(PLAN, replace(GOOD, mutations=old)) == ()
    assert refuse_run(PLAN, replace(GOOD, mutations=(NOON,) * 8)) == ()


def test_all_reasons_are_told_at_once() -> None:
    bad = Situation(now=PLAN.expires_at, kill_switch="stop", data_corruption=True, unhealthy_percent=90)

    assert codes(refuse_run(PLAN, bad)) == {
        "kill_switch",
        "expired",
        "wrong_hash",
        "approvals_missing",
        "data_corruption",
        "storm",
    }


def test_a_person_approves_what_was_shown() -> None:
    assert refuse_approval(PLAN, GOOD, actor=ALICE, given_hash=shown_hash(plan_hash(PLAN))) == ()
    assert codes(refuse_approval(PLAN, GOOD, actor=ALICE, given_hash="0" * 12)) == {"wrong_hash"}


@pytest.mark.parametrize(
    ("now", "actor", "risk", "code"),
    [
        (PLAN.expires_at, BOB, "low", "expired"),
        (SOON, SYSTEM, "low", "not_a_person"),
        (SOON, Actor(kind="agent", id="claude", on_behalf_of="bob"), "low", "not_a_person"),
        (SOON, ALICE, "high", "second_person"),
    ],
)
def test_who_may_not_approve_is_told_why(now: datetime, actor: Actor, risk: Risk, code: str) -> None:
    plan = replace(PLAN, risk=risk)
    situation = Situation(now=now, proposer="alice")

    assert codes(refuse_approval(plan, situation, actor=actor, given_hash=plan_hash(plan))) == {code}


def test_a_drill_may_shorten_the_cooldown() -> None:
    just_now = (Attempt(plan="other", targets=("orders-db",), at=SOON - timedelta(seconds=3), result="done"),)
    fast = Limits(cooldown=timedelta(seconds=2))

    assert refuse_run(PLAN, replace(GOOD, attempts=just_now, limits=fast)) == ()
