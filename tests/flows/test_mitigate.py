"""Plans: guarded at the start, run once, and what came of them is always told."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

import pytest
from tests.flows.world import ANA, BO, World

from tocsin.domain.catalogue import ActionTarget
from tocsin.domain.errors import InvalidError, RefusedError
from tocsin.domain.impact import Impact
from tocsin.domain.incident.events import ImpactStated, PlanEnded
from tocsin.domain.incident.state import PlanState
from tocsin.domain.mitigation.plan import PlannedStep, StepOutcome
from tocsin.flows.mitigate import Ask, approve, plan, run, run_plan
from tocsin.flows.ports import PermanentError
from tocsin.flows.respond import act


@dataclass
class Switch:
    """An action that only counts; `trouble` is raised when applied."""

    kind: str = "switch"
    applied: int = 0
    steps: int = 1
    destructive: bool = False
    trouble: Exception | None = None
    seen: list[str] = field(default_factory=list)

    def plan(self, target: ActionTarget, params: Mapping[str, object], now: object) -> list[PlannedStep]:
        del now
        one = PlannedStep(
            action="switch",
            target=target.key,
            summary=f"Switch {target.key}",
            before="off",
            after="on",
            blast_radius="all",
            reversible=True,
            undo="switch back",
            params=dict(params),
            destructive=self.destructive,
        )
        return [one] * self.steps

    def precheck(self, target: ActionTarget, step: PlannedStep) -> None:
        del step
        self.seen.append(target.key)

    def apply(self, target: ActionTarget, step: PlannedStep, *, key: str, deadline_s: float) -> StepOutcome:
        del target, step, key, deadline_s
        self.applied += 1
        if self.trouble:
            raise self.trouble
        return StepOutcome(result="done", lines=("switched",))

    def verify(self, target: ActionTarget, step: PlannedStep, *, deadline_s: float) -> StepOutcome:
        del target, step, deadline_s
        return StepOutcome(result="done")

    def undo(self, target: ActionTarget, step: PlannedStep, *, key: str, deadline_s: float) -> StepOutcome:
        del target, step, key, deadline_s
        return StepOutcome(result="done")


def world_with(switch: Switch) -> World:
    world = World(more={"actions": {"switch": switch}})
    world.declare()
    return world


def approved(world: World) -> PlanState:
    ref = world.incident().ref
    drawn = plan(world.engine, ref, [Ask(action="shop/one", params={})], ANA).plans[-1]
    approve(world.engine, ref, drawn.plan, drawn.hash, BO)
    return drawn


def started(world: World) -> PlanState:
    drawn = approved(world)
    run(world.engine, world.incident().ref, drawn.plan, drawn.hash, ANA)
    return drawn


def result(world: World) -> tuple[str, str]:
    (ended,) = world.events(PlanEnded)
    assert isinstance(ended.body, PlanEnded)
    return ended.body.result, " ".join(ended.body.output)


def test_an_approved_plan_runs_once_and_its_output_is_kept() -> None:
    switch = Switch()
    world = world_with(switch)
    started(world)

    assert run_plan(world.engine, world.job("run_plan")) == "done"

    assert result(world) == ("done", "switched")
    assert switch.applied == 1
    assert world.jobs("run_plan") == []


def test_a_run_lost_with_its_worker_is_not_begun_again() -> None:
    switch = Switch()
    world = world_with(switch)
    started(world)
    world.job("run_plan")
    world.later(seconds=11)

    assert run_plan(world.engine, world.job("run_plan")) == "unknown"

    assert switch.applied == 0
    assert "lost" in result(world)[1]


def test_a_run_that_was_put_aside_is_not_begun_again() -> None:
    switch = Switch()
    world = world_with(switch)
    started(world)
    job = world.job("run_plan")
    with world.store.transaction() as tx:
        tx.postpone(job, tx.now(), "broken")

    assert run_plan(world.engine, world.job("run_plan")) == "unknown"
    assert switch.applied == 0


def test_an_action_that_breaks_ends_the_plan_as_unknown() -> None:
    switch = Switch(trouble=ZeroDivisionError("bug"))
    world = world_with(switch)
    started(world)

    assert run_plan(world.engine, world.job("run_plan")) == "unknown"

    assert "ZeroDivisionError" in result(world)[1]
    assert switch.applied == 1


def test_a_secret_that_is_gone_ends_the_plan_with_nothing_done() -> None:
    switch = Switch()
    world = world_with(switch)
    started(world)

    def gone(options: object) -> dict[str, object]:
        del options
        raise PermanentError("env:DSN: this environment variable is not set")

    assert run_plan(replace(world.engine, resolve=gone), world.job("run_plan")) == "failed"
    assert "env:DSN" in result(world)[1]
    assert switch.applied == 0


def test_a_plan_needs_an_action_of_an_affected_service() -> None:
    world = world_with(Switch())

    with pytest.raises(InvalidError, match="no affected service"):
        plan(world.engine, world.incident().ref, [Ask(action="two", params={})], ANA)


def test_a_plan_that_nobody_approved_does_not_run() -> None:
    world = world_with(Switch())
    ref = world.incident().ref
    drawn = plan(world.engine, ref, [Ask(action="one", params={})], ANA).plans[-1]

    with pytest.raises(RefusedError, match="not approved"):
        run(world.engine, ref, drawn.plan, drawn.hash, ANA)


def test_what_destroys_is_refused_while_data_is_lost() -> None:
    world = world_with(Switch(destructive=True))
    drawn = approved(world)
    act(world.engine, world.incident().ref, ImpactStated(impact=Impact(data_loss=True)), ANA)

    with pytest.raises(RefusedError, match="data is corrupt"):
        run(world.engine, world.incident().ref, drawn.plan, drawn.hash, ANA)


def test_a_target_is_left_alone_until_the_last_touch_could_show() -> None:
    world = world_with(Switch())
    started(world)
    run_plan(world.engine, world.job("run_plan"))
    again = approved(world)

    with pytest.raises(RefusedError, match="was acted on"):
        run(world.engine, world.incident().ref, again.plan, again.hash, ANA)
    world.later(minutes=2)
    run(world.engine, world.incident().ref, again.plan, again.hash, ANA)


def test_the_budget_of_changes_counts_every_incident() -> None:
    world = world_with(Switch(steps=6))
    started(world)
    run_plan(world.engine, world.job("run_plan"))
    world.later(minutes=3)
    world.declare("Another one")
    drawn = approved(world)

    with pytest.raises(RefusedError, match="changes in the last 10 min"):
        run(world.engine, world.incident().ref, drawn.plan, drawn.hash, ANA)


def test_a_run_whose_incident_is_gone_is_moot() -> None:
    world = world_with(Switch())
    started(world)
    job = replace(world.job("run_plan"), incident="gone")

    assert run_plan(world.engine, job) == "moot"
