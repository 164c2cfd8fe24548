"""A cluster in known states for the checks that judge it."""

from __future__ import annotations

from dataclasses import replace

from tests.domain.diagnosis.cases import ago
from tests.domain.diagnosis.workload_samples import RUNNING, workloads

from tocsin.domain.diagnosis.facts import (
    Bundle,
    Claim,
    Disruption,
    Endpoints,
    Fence,
    Node,
    Rollout,
    Scaler,
    WorkloadEvent,
)

ROLLED = Rollout(
    name="shop", wanted=3, ready=3, updated=3, images=("shop:2",), before=("shop:1",), changed_at=ago(days=2)
)
BEHIND = Endpoints(service="shop", ready=3, matched=3, selector="app=shop")
SCALER = Scaler(name="shop", least=2, most=10, current=3, wanted=3)
NODE = Node(name="node-1", ready=True)
BUDGET = Disruption(name="shop", pods=3, healthy=3, wanted=2, allowed=1)
FENCE = Fence(service="shop", policies=("web",), made_at=ago(minutes=9))
CLAIM = Claim(name="data", phase="Bound")


def cluster(**changed: object) -> Bundle:
    whole = workloads(RUNNING)
    well = replace(
        whole.workloads[0],
        rollouts=(ROLLED,),
        endpoints=(BEHIND,),
        scalers=(SCALER,),
        nodes=(NODE,),
        claims=(CLAIM,),
        disruptions=(BUDGET,),
        fences=(FENCE,),
    )
    return replace(whole, workloads=(replace(well, **changed),))  # type: ignore[arg-type]  # a test names the fields it means


def event(reason: str, message: str) -> Bundle:
    return cluster(events=(WorkloadEvent(reason=reason, message=message, about="pod/shop-1"),))


def container(**changed: object) -> Bundle:
    return cluster(containers=(replace(RUNNING, **changed),))  # type: ignore[arg-type]  # as above


WELL = cluster()
CLUSTER_SAMPLES: list[tuple[str, str, Bundle]] = [
    *(
        (f"k8s.{name}", "ok", WELL)
        for name in (
            "waiting_reason", "terminated", "image_pull", "pending", "rollout_stuck", "changed", "endpoints", "scaler",
            "missing_ref", "refused", "node", "claim", "disruption", "network_policy",
        )
    ),
    ("source.reach", "ok", WELL),
    ("source.reach", "warn", cluster(error="refused", error_text="connection refused")),
    ("k8s.waiting_reason", "critical", container(status="waiting", reason="PostStartHookError", ready=False)),
    ("k8s.waiting_reason", "ok", container(status="waiting", reason="ContainerCreating", ready=False)),
    ("k8s.terminated", "warn", container(status="terminated", reason="Error", exit_code=127, ready=False)),
    ("k8s.image_pull", "critical", event("Failed", "Failed to pull image: toomanyrequests: rate limit")),
    ("k8s.pending", "critical", event("FailedScheduling", "0/3 nodes are available: 3 Insufficient memory.")),
    ("k8s.rollout_stuck", "critical", cluster(rollouts=(replace(ROLLED, ready=1, stopped="ProgressDeadlineExceeded"),))),
    ("k8s.rollout_stuck", "warn", cluster(rollouts=(replace(ROLLED, ready=2),))),
    ("k8s.changed", "warn", cluster(rollouts=(replace(ROLLED, changed_at=ago(minutes=9)),))),
    ("k8s.endpoints", "critical", cluster(endpoints=(replace(BEHIND, ready=0, not_ready=3),))),
    ("k8s.scaler", "warn", cluster(scalers=(replace(SCALER, current=10, limited=True),))),
    ("k8s.missing_ref", "critical", event("FailedCreate", 'serviceaccount "shop" not found')),
    ("k8s.refused", "critical", event("FailedCreate", "pods is forbidden: exceeded quota: compute")),
    ("k8s.node", "critical", cluster(nodes=(NODE, Node(name="node-2", ready=False, message="NodeStatusUnknown")))),
    ("k8s.disruption", "warn", cluster(disruptions=(replace(BUDGET, healthy=1),))),
    ("k8s.disruption", "ok", cluster(disruptions=(replace(BUDGET, allowed=0),))),
    ("k8s.disruption", "warn", cluster(disruptions=(replace(BUDGET, allowed=0),), nodes=(replace(NODE, cordoned=True),))),
    ("k8s.network_policy", "critical", cluster(fences=(replace(FENCE, reachable=False),))),
    ("k8s.network_policy", "warn", cluster(fences=(replace(FENCE, names=False, made_at=ago(days=9)),))),
    ("k8s.claim", "critical", cluster(claims=(Claim(name="data", phase="Pending", message="ProvisioningFailed: x"),))),
]  # fmt: skip
