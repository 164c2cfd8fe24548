"""Drawing up and running plans, with actions that only remember."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from itertools import count

import pytest

from tocsin.domain.catalogue import ActionTarget
from tocsin.domain.errors import InvalidError, RefusedError
from tocsin.domain.mitigation.plan import Plan, PlannedStep, StalePlanError, StepOutcome
from tocsin.flows.mitigation import Action, Execution, PlanHead, Wanted, draw_up, execute
from tocsin.flows.ports import TransientError

NOON = datetime(2025, 3, 15, 12, tzinfo=UTC)
HEAD = PlanHead(id="p1", incident="i1", service="orders")
ONE = ActionTarget(key="one", kind="switch", options={"dsn": "postgresql://ops:s3cret%21pw@db/orders"}, risk="low")
TWO = ActionTarget(key="two", kind="switch", risk="high")


@dataclass
class Switch:
    """An action on a world of named switches; `trouble` is raised or answered when a target is applied."""

    on: set[str] = field(default_factory=set)
    trouble: dict[str, Exception | StepOutcome] = field(default_factory=dict)
    moved: set[str] = field(default_factory=set)
    keys: list[str] = field(default_factory=list)
    deadlines: list[float] = field(default_factory=list)

    def plan(self, target: ActionTarget, params: Mapping[str, object], now: datetime) -> list[PlannedStep]:
        del now
        if target.key in self.on:
            return []
        return [
            PlannedStep(
                action="switch",
                target=target.key,
                summary=f"Switch {target.key} on",
                before="off",
                after="on",
                blast_radius=f"all of {target.key}",
                reversible=True,
                undo="switch it off",
                params=dict(params),
            )
        ]

    def precheck(self, target: ActionTarget, step: PlannedStep) -> None:
        if target.key in self.moved:
            raise StalePlanError(f"{step.target} moved")

    def apply(self, target: ActionTarget, step: PlannedStep, *, key: str, deadline_s: float) -> StepOutcome:
        self.keys.append(key)
        self.deadlines.append(deadline_s)
        trouble = self.trouble.get(step.target)
        if isinstance(trouble, Exception):
            raise trouble
        self.on.add(target.key)
        return trouble or StepOutcome(result="done", lines=(f"{target.key} is on",))

    def verify(self, target: ActionTarget, step: PlannedStep, *, deadline_s: float) -> StepOutcome:
        del step, deadline_s
        return StepOutcome(result="done" if target.key in self.on else "failed")

    def undo(self, target: ActionTarget, step: PlannedStep, *, key: str, deadline_s: float) -> StepOutcome:
        del step, key, deadline_s
        self.on.discard(target.key)
        return StepOutcome(result="done")


def plan_of(switch: Switch, *targets: ActionTarget, params: Mapping[str, object] | None = None) -> Plan:
    wanted = [Wanted(target=target, params=params or {}) for target in targets]
    actions: dict[str, Action] = {"switch": switch}
    return draw_up(HEAD, wanted, actions, now=NOON)


def run(plan: Plan, switch: Switch, *, deadline_s: float = 60, ticks: Iterator[float] | None = None) -> Execution:
    clock = ticks or iter([0.0] * 100)
    targets = {target.key: target for target in (ONE, TWO)}
    return execute(plan, targets, {"switch": switch}, deadline_s=deadline_s, monotonic=lambda: next(clock))


def test_a_plan_says_who_is_hit_how_to_go_back_and_when_it_ends() -> None:
    plan = plan_of(Switch(), ONE, TWO)

    assert plan.title == "Switch one on; Switch two on"
    assert plan.blast_radius == "all of one; all of two"
    assert plan.risk == "high"
    assert plan.expires_at == NOON + timedelta(minutes=10)


def test_a_target_with_nothing_to_do_is_noted() -> None:
    plan = plan_of(Switch(on={"one"}), ONE, TWO)

    assert [step.target for step in plan.steps] == ["two"]
    assert plan.notes == ("one: nothing to do",)


def test_a_plan_that_would_do_nothing_is_refused() -> None:
    with pytest.raises(RefusedError, match="nothing to do"):
        plan_of(Switch(on={"one"}), ONE)


def test_an_unknown_kind_of_action_is_named() -> None:
    with pytest.raises(InvalidError, match="no action of kind switch"):
        draw_up(HEAD, [Wanted(target=ONE, params={})], {}, now=NOON)


@pytest.mark.parametrize("leak", ["s3cret!pw", "postgresql://ops:s3cret%21pw@db/orders"])
def test_a_secret_of_a_target_never_enters_a_plan(leak: str) -> None:
    with pytest.raises(InvalidError, match="would show a secret of target one"):
        plan_of(Switch(), ONE, params={"note": f"using {leak}"})


def test_steps_run_in_order_each_with_its_own_key() -> None:
    switch = Switch()
    ended = run(plan_of(switch, TWO, ONE), switch, ticks=map(float, count()))

    assert (ended.result, ended.output, ended.done) == ("done", ("two is on", "one is on"), 2)
    assert ended.took_s > 0
    assert len(set(switch.keys)) == 2
    assert all(key.startswith("p1:") for key in switch.keys)


def test_when_any_step_is_stale_nothing_is_done() -> None:
    switch = Switch(moved={"two"})
    ended = run(plan_of(switch, ONE, TWO), switch)

    assert ended.result == "stale"
    assert switch.on == set()
    assert "two moved; nothing was done" in ended.output[0]


def test_the_first_failure_stops_the_run() -> None:
    switch = Switch(trouble={"one": TransientError("the database did not answer")})
    ended = run(plan_of(switch, ONE, TWO), switch)

    assert (ended.result, ended.done) == ("failed", 0)
    assert ended.output == ("Switch one on: the database did not answer",)
    assert switch.on == set()


@pytest.mark.parametrize(("first", "second", "result"), [("two", "one", "failed"), ("one", "two", "stale")])
def test_stale_between_precheck_and_apply_is_stale_only_while_nothing_was_done(
    first: str, second: str, result: str
) -> None:
    switch = Switch(trouble={"one": StalePlanError("one moved")})
    order = {"one": ONE, "two": TWO}
    ended = run(plan_of(switch, order[first], order[second]), switch)

    assert ended.result == result


def test_a_step_that_cannot_say_how_far_it_came_leaves_the_plan_unknown() -> None:
    switch = Switch(trouble={"one": StepOutcome(result="unknown", lines=("killed",))})

    assert run(plan_of(switch, ONE, TWO), switch).result == "unknown"


def test_a_target_that_left_the_configuration_makes_the_plan_stale() -> None:
    switch = Switch()
    plan = plan_of(switch, ONE)
    gone = execute(plan, {}, {"switch": switch}, deadline_s=60, monotonic=lambda: 0.0)
    turned = execute(
        plan, {"one": replace(ONE, kind="other")}, {"switch": switch}, deadline_s=60, monotonic=lambda: 0.0
    )

    assert gone.result == turned.result == "stale"
    assert switch.on == set()


def test_a_step_is_not_begun_when_the_time_is_over() -> None:
    switch = Switch()
    ended = run(plan_of(switch, ONE, TWO), switch, deadline_s=5, ticks=iter([0.0, 1.0, 6.0, 7.0]))

    assert (ended.result, ended.done) == ("failed", 1)
    assert switch.deadlines == [4.0]
    assert "not begun" in ended.output[-1]
