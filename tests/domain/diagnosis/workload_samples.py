"""Containers in known states for the checks that judge them."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from tests.domain.diagnosis.cases import HEALTHY, NOW

from tocsin.domain.diagnosis.facts import Bundle, ContainerState, Reading, WorkloadEvent, WorkloadFacts
from tocsin.domain.diagnosis.history import with_history

RUNNING = ContainerState(name="shop-1/app", status="running", ready=True)


def workloads(*containers: ContainerState, events: tuple[WorkloadEvent, ...] = ()) -> Bundle:
    return replace(HEALTHY, workloads=(WorkloadFacts(target="pods", at=NOW, containers=containers, events=events),))


def _state(status: str, reason: str = "", **changed: object) -> Bundle:
    return workloads(RUNNING, replace(RUNNING, status=status, reason=reason, ready=False, **changed))  # type: ignore[arg-type]  # a test names the fields it means


def _ran(before: str, now: str) -> Bundle:
    """Give a container the image of now, and an earlier look at which it ran another."""
    bundle = workloads(replace(RUNNING, image=now))
    reading = Reading(target="pods", at=NOW - timedelta(minutes=5), words={f"image:{RUNNING.name}": before})
    return with_history(replace(bundle, targets=(*bundle.targets, "pods"), started_at=NOW, ended_at=NOW), [reading])


_FAILED_MOUNT = WorkloadEvent(reason="FailedMount", message='secret "billing" not found')
WORKLOAD_SAMPLES: list[tuple[str, str, Bundle]] = [
    *(
        (f"workload.{name}", "ok", workloads(RUNNING))
        for name in (
            "killed_for_memory", "crash_loop", "image", "settings", "unscheduled", "not_ready", "ended", "running",
        )
    ),
    ("workload.killed_for_memory", "critical", _state("terminated", "OOMKilled", exit_code=137)),
    ("workload.crash_loop", "critical", _state("waiting", "CrashLoopBackOff", restarts=7)),
    ("workload.image", "critical", _state("waiting", "ImagePullBackOff")),
    ("workload.settings", "critical", workloads(RUNNING, events=(_FAILED_MOUNT,))),
    ("workload.settings", "critical", _state("created", "StartError", exit_code=127)),
    ("workload.changed", "ok", _ran("shop:1", "shop:1")),
    ("workload.changed", "warn", _ran("shop:1", "shop:2")),
    ("workload.unscheduled", "critical", _state("Pending", "Unschedulable")),
    ("workload.not_ready", "warn", _state("running")),
    ("workload.ended", "critical", _state("terminated", "Error", exit_code=1)),
    ("workload.running", "warn", _state("running")),
]  # fmt: skip
