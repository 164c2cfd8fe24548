"""A handful of the lab's scenarios: real faults are named, their near misses and a healthy system are left alone."""

from __future__ import annotations

import pytest
from bench.faultlab import scenarios  # noqa: F401 (importing it registers them)
from bench.faultlab.run import Lab, figures
from bench.faultlab.scenario import SCENARIOS
from bench.faultlab.world import new_world

pytestmark = [pytest.mark.e2e, pytest.mark.xdist_group("e2e")]
PLAYED = (
    "cache_refuses_writes",
    "full_cache_that_makes_room",
    "resolver_fails",
    "one_resolver_of_two_fails",
    "steady_traffic",
)


def test_faults_are_named_and_near_misses_and_health_are_left_alone() -> None:
    wanted = [one for one in SCENARIOS if one.name in PLAYED]
    with new_world(users=1_000) as world, Lab(world=world) as lab:
        played = list(lab.play(wanted))

    assert {one.scenario.name: one.verdict.said for one in played if not one.verdict.right} == {}
    counted = figures(played, 0.0)
    assert (counted["top1"], counted["faults"], counted["false_alarms"]) == (2, 2, 0)


def test_every_fault_has_a_near_miss_and_there_are_enough() -> None:
    causes = {kind: [one.cause for one in SCENARIOS if one.kind == kind] for kind in ("fault", "near_miss", "healthy")}

    assert len(causes["fault"]) >= 20
    assert set(causes["fault"]) == set(causes["near_miss"])
    assert len(causes["healthy"]) >= 5
    assert len({one.name for one in SCENARIOS}) == len(SCENARIOS)
