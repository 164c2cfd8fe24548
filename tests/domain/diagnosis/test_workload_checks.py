"""What the states of containers speak for."""

from __future__ import annotations

from dataclasses import replace

import pytest
from tests.domain.diagnosis.cases import HEALTHY, NOW, ONSET, judged
from tests.domain.diagnosis.workload_samples import RUNNING, WORKLOAD_SAMPLES, workloads

from tocsin.domain.diagnosis.checks.catalogue import run_checks
from tocsin.domain.diagnosis.diagnose import diagnose
from tocsin.domain.diagnosis.facts import ContainerState, WorkloadEvent, WorkloadFacts
from tocsin.domain.diagnosis.look import Look


@pytest.mark.parametrize(
    ("check_id", "causes"),
    [
        ("killed_for_memory", {"application_down"}),
        ("crash_loop", {"application_down"}),
        ("image", {"bad_deploy", "bad_configuration"}),
        ("settings", {"bad_configuration"}),
        ("unscheduled", {"host_saturation"}),
        ("not_ready", {"application_down"}),
        ("ended", {"application_down"}),
    ],
)
def test_a_state_speaks_for_its_causes_and_a_running_container_for_none(check_id: str, causes: set[str]) -> None:
    bad = next(one for name, verdict, one in WORKLOAD_SAMPLES if name == f"workload.{check_id}" and verdict != "ok")

    assert {one.hypothesis for one in judged(f"workload.{check_id}", bad).supports} == causes
    assert judged(f"workload.{check_id}", workloads(RUNNING)).supports == ()


def test_everything_running_speaks_against_an_application_that_is_down() -> None:
    found = judged("workload.running", workloads(RUNNING, replace(RUNNING, name="shop-2/app")))

    assert found.observed == "2 of 2 run and are ready"
    assert [one.hypothesis for one in found.refutes] == ["application_down"]


def test_a_container_that_its_platform_says_crashes_confirms_what_is_down() -> None:
    looping = ContainerState(name="shop-1/app", status="waiting", reason="CrashLoopBackOff", restarts=9, ready=False)

    top = diagnose(replace(workloads(looping), http=()), ONSET).top

    assert top is not None
    assert (top.key, top.state) == ("application_down", "confirmed")


def test_a_disk_that_put_pods_out_is_named() -> None:
    evicted = WorkloadEvent(reason="Evicted", message="The node had condition: [DiskPressure].", about="pod/shop-1")

    found = judged("workload.unscheduled", workloads(events=(evicted,)))

    assert {one.hypothesis for one in found.supports} == {"host_saturation", "disk_full"}


def test_nothing_is_said_of_workloads_that_nobody_saw() -> None:
    empty = replace(HEALTHY, workloads=(WorkloadFacts(target="pods", at=NOW),))

    assert not [one for one in run_checks(Look(bundle=empty)) if one.check_id.startswith("workload.")]
