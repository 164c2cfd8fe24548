"""Guards say no by name, and only when they have a reason, over generated values."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from hypothesis import given, settings
from hypothesis import strategies as st
from tests.domain.mitigation.samples import NOON, PLAN
from tests.domain.mitigation.test_guards import SOON, codes
from tests.domain.tape import MAYBE, Tape, tapes

from tocsin.domain.mitigation.guards import (
    Approval,
    Attempt,
    Situation,
    refuse_run,
)
from tocsin.domain.mitigation.plan import Risk, plan_hash, shown_hash


def _situation(tape: Tape) -> Situation:
    return Situation(
        now=tape.pick([NOON, SOON, PLAN.expires_at, PLAN.expires_at + timedelta(days=1)]),
        hash=tape.pick([plan_hash(PLAN), shown_hash(plan_hash(PLAN)), "", "f" * 64]),
        proposer=tape.pick(["", "alice", "bob"]),
        approvals=tape.some(APPROVALS, 3),
        approvals_needed=tape.pick([0, 1, 2]),
        refused_by=tape.pick([(), ("carol",)]),
        attempts=tape.some(ATTEMPTS, 4),
        mutations=(NOON,) * tape.pick(range(13)),
        data_corruption=tape.pick(MAYBE),
        unhealthy_percent=tape.pick([None, 10.0, 90.0]),
        kill_switch=tape.pick(["", "stop"]),
    )


APPROVALS = [
    Approval(person=person, hash=given_hash, at=at)
    for person in ("alice", "bob", "")
    for given_hash in (plan_hash(PLAN), "f" * 64)
    for at in (NOON, PLAN.expires_at)
]


ATTEMPTS = [
    Attempt(plan=plan, targets=targets, at=at, result=result)
    for plan in (PLAN.id, "other")
    for targets in (("orders-db",), ("elsewhere",))
    for at in (NOON, NOON - timedelta(hours=1))
    for result in (None, "done", "stale")
]


situations = tapes(18).map(_situation)


@given(situations, st.sampled_from(["low", "medium", "high"]))
@settings(max_examples=150)
def test_what_may_run_has_every_condition_met(situation: Situation, risk: Risk) -> None:
    plan = replace(PLAN, risk=risk)
    asked = replace(situation, hash=plan_hash(plan) if situation.hash == plan_hash(PLAN) else situation.hash)
    asked = replace(
        asked, approvals=tuple(replace(a, hash=plan_hash(plan)) for a in asked.approvals if a.hash[0] != "f")
    )
    if refuse_run(plan, asked):
        return

    people = {a.person for a in asked.approvals if a.person and a.at < plan.expires_at}
    assert asked.now < plan.expires_at
    assert asked.hash == plan_hash(plan)
    assert len(people) >= asked.approvals_needed
    assert risk != "high" or people - {asked.proposer}
    assert not asked.kill_switch
    assert asked.data_corruption is not True
    assert all(attempt.plan != plan.id for attempt in asked.attempts)
    assert asked.refused_by == ()


@given(situations)
@settings(max_examples=60)
def test_going_on_in_time_never_makes_an_expired_plan_good_again(situation: Situation) -> None:
    if "expired" in codes(refuse_run(PLAN, situation)):
        assert "expired" in codes(refuse_run(PLAN, replace(situation, now=situation.now + timedelta(days=3))))
