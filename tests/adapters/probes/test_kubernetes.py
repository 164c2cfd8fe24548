"""A namespace is read through lists of the Kubernetes API, from a server of the tests' own that keeps to its documentation."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from tests.support.http import Received, Reply, closed_port, http_sink
from tests.support.smtp import AUTHORITIES
from tests.support.tls import tls_before

from tocsin.adapters.probes.kubernetes import Kubernetes, validate_options
from tocsin.domain.diagnosis.checks.catalogue import run_checks
from tocsin.domain.diagnosis.facts import WorkloadFacts, bundle_of
from tocsin.domain.diagnosis.look import Look
from tocsin.domain.diagnosis.targets import Target
from tocsin.domain.errors import InvalidError
from tocsin.net.http import Http

NOW = datetime(2026, 3, 15, 14, 0, tzinfo=UTC)
LIMIT_S = 20.0
Thing = dict[str, Any]


def collect(url: str, **options: object) -> WorkloadFacts:
    target = Target(
        name="prod", kind="kubernetes", service="shop", options={"url": url, "namespace": "prod", **options}
    )
    return Kubernetes(lambda: NOW, Http()).collect(target, LIMIT_S)


def verdicts(facts: WorkloadFacts) -> Mapping[str, str]:
    bundle = bundle_of([facts], started_at=NOW, ended_at=NOW)
    return {one.check_id: one.observed for one in run_checks(Look(bundle=bundle, onset=NOW)) if one.bad}


def stamp(**before: float) -> str:
    return (NOW - timedelta(**before)).strftime("%Y-%m-%dT%H:%M:%SZ")


def pod(name: str, state: Thing, *, labels: Thing | None = None, **status: Any) -> Thing:
    container = {
        "name": "app",
        "ready": "running" in state,
        "restartCount": 0,
        "image": "shop:2",
        "imageID": "sha256:0123",
        "state": state,
        **status,
    }
    return {
        "metadata": {"name": name, "labels": labels or {"app": "shop", "tier": "web"}, "uid": "u"},
        "spec": {"nodeName": "node-1", "containers": [{"name": "app", "image": "shop:2"}]},
        "status": {"phase": "Running", "conditions": [], "containerStatuses": [container]},
    }


def workload(name: str, image: str, *, revision: int = 0, made: str = "", ready: int = 2, **status: Any) -> Thing:
    owner = [{"kind": "Deployment", "name": "shop", "apiVersion": "apps/v1", "uid": "u"}] if revision else []
    came = {"replicas": ready} if revision else {"updatedReplicas": ready}  # a replica set has no update of its own
    notes = {"deployment.kubernetes.io/revision": str(revision)}
    return {
        "metadata": {
            "name": name, "generation": 4, "annotations": notes, "ownerReferences": owner,
            "creationTimestamp": made or stamp(days=9),
        },
        "spec": {"replicas": 2, "selector": {"matchLabels": {"app": "shop"}}, "template": {"metadata": {"creationTimestamp": None}, "spec": {"containers": [{"name": "app", "image": image}]}}},
        "status": {"readyReplicas": ready, "observedGeneration": 4, **came, **status},
    }  # fmt: skip


WELL: dict[str, list[Thing]] = {
    "pods": [pod("shop-1", {"running": {"startedAt": stamp(days=1)}}), pod("shop-2", {"running": {}})],
    "events": [],
    "deployments": [workload("shop", "shop:2")],
    "replicasets": [
        workload("shop-a", "shop:1", revision=1),
        workload("shop-b", "shop:2", revision=2, made=stamp(minutes=200)),
    ],
    "services": [{"metadata": {"name": "shop"}, "spec": {"selector": {"app": "shop", "tier": "web"}}}],
    "endpointslices": [
        {
            "metadata": {"name": "shop-x", "labels": {"kubernetes.io/service-name": "shop"}},
            "addressType": "IPv4",
            "endpoints": [{"addresses": ["10.0.0.1"], "conditions": {"ready": True}}],
        }
    ],
    "horizontalpodautoscalers": [
        {
            "metadata": {"name": "shop"},
            "spec": {
                "minReplicas": 2,
                "maxReplicas": 4,
                "scaleTargetRef": {"apiVersion": "apps/v1", "kind": "Deployment", "name": "shop"},
            },
            "status": {"currentReplicas": 2, "desiredReplicas": 2},
        }
    ],
    "persistentvolumeclaims": [{"metadata": {"name": "data"}, "status": {"phase": "Bound"}}],
    "poddisruptionbudgets": [
        {
            "metadata": {"name": "shop"},
            "status": {"disruptionsAllowed": 1, "currentHealthy": 2, "desiredHealthy": 1, "expectedPods": 2},
        }
    ],
    "networkpolicies": [],
    "nodes": [{"metadata": {"name": "node-1"}, "status": {"conditions": [{"type": "Ready", "status": "True"}]}}],
}


def policy(name: str, **spec: Any) -> Thing:
    chosen = {
        "matchLabels": {"app": "shop"},
        "matchExpressions": [{"key": "tier", "operator": "In", "values": ["web"]}],
    }
    return {
        "metadata": {"name": name, "creationTimestamp": stamp(minutes=20)},
        "spec": {"podSelector": chosen, "policyTypes": ["Ingress"], **spec},
    }


def api(**changed: list[Thing] | int | None) -> Callable[[Received], Reply]:
    """Answer lists as the API documents them; a number is a status, None an empty list written as null."""
    lists: dict[str, Any] = {**WELL, **changed}

    def answer(received: Received) -> Reply:
        name = urlsplit(received.path).path.rpartition("/")[2]
        items = lists[name]
        if isinstance(items, int):
            said = {"kind": "Status", "status": "Failure", "message": f"{name} is forbidden: User cannot list"}
            return Reply(status=items, body=json.dumps(said).encode())
        return Reply(body=json.dumps({"kind": "List", "items": items, "metadata": {"resourceVersion": "7"}}).encode())

    return answer


def test_a_namespace_that_is_well_is_read_by_lists_alone() -> None:
    with http_sink(api()) as sink:
        facts = collect(sink.url, token="t0ken-of-the-cluster", selector="app=shop")

    assert (facts.error, facts.blind, verdicts(facts)) == (None, (), {})
    assert [(one.name, one.status, one.ready) for one in facts.containers] == [
        ("shop-1/app", "running", True),
        ("shop-2/app", "running", True),
    ]
    assert (facts.rollouts[0].before, facts.rollouts[0].images) == (("shop:1",), ("shop:2",))
    assert {one.method for one in sink.received} == {"GET"}
    assert {one.headers["authorization"] for one in sink.received} == {"Bearer t0ken-of-the-cluster"}
    assert len(sink.received) == 11
    asked = next(urlsplit(one.path) for one in sink.received if one.path.partition("?")[0].endswith("/pods"))
    assert parse_qs(asked.query) == {"limit": ["500"], "labelSelector": ["app=shop"]}
    assert "t0ken-of-the-cluster" not in str(facts)


def test_pods_that_crash_wait_or_were_killed_are_told_as_the_platform_tells_it() -> None:
    ended = {"terminated": {"reason": "OOMKilled", "exitCode": 137, "finishedAt": stamp(minutes=2)}}
    crashing = pod(
        "shop-1",
        {"waiting": {"reason": "CrashLoopBackOff", "message": "back-off 5m0s"}},
        lastState=ended,
        restartCount=9,
    )
    killed = pod("shop-2", {"running": {}}, lastState=ended, restartCount=1)
    job = pod("job-1", {"terminated": {"reason": "Completed", "exitCode": 0}})
    homeless = {
        "metadata": {"name": "shop-3"},
        "status": {
            "phase": "Pending",
            "conditions": [
                {"type": "PodScheduled", "status": "False", "reason": "Unschedulable", "message": "0/3 nodes are available: 3 Insufficient cpu."}
            ],
        },
    }  # fmt: skip
    with http_sink(api(pods=[crashing, killed, job, homeless])) as sink:
        facts = collect(sink.url)

    said = verdicts(facts)
    assert said["k8s.waiting_reason"].startswith("shop-1/app: waiting, CrashLoopBackOff, exit code 137, 9 restarts")
    assert "too little CPU" in said["k8s.pending"]
    assert {"workload.killed_for_memory", "workload.crash_loop", "workload.unscheduled"} <= set(said)
    assert next(one for one in facts.containers if one.name == "job-1/app").status == "completed"


def test_what_stands_around_the_pods_is_read_as_well() -> None:
    stuck = [{"type": "Progressing", "status": "False", "reason": "ProgressDeadlineExceeded", "message": "too long"}]
    changed: dict[str, list[Thing]] = {
        "deployments": [workload("shop", "shop:2", ready=1, conditions=stuck)],
        "replicasets": [*WELL["replicasets"][:1], workload("shop-b", "shop:2", revision=2, made=stamp(minutes=20))],
        "services": [{"metadata": {"name": "shop"}, "spec": {"selector": {"app": "shop", "tier": "front"}}}],
        "endpointslices": [{"metadata": {"name": "x", "labels": {"kubernetes.io/service-name": "shop"}}, "endpoints": None}],
        "horizontalpodautoscalers": [
            {"metadata": {"name": "shop"}, "spec": {"minReplicas": 2, "maxReplicas": 4}, "status": {"currentReplicas": 4}}
        ],
        "persistentvolumeclaims": [{"metadata": {"name": "data"}, "status": {"phase": "Pending"}}],
        "nodes": [
            {"metadata": {"name": "node-1"}, "status": {"conditions": [{"type": "Ready", "status": "Unknown", "reason": "NodeStatusUnknown"}]}}
        ],
    }  # fmt: skip
    with http_sink(api(**changed)) as sink:
        said = verdicts(collect(sink.url))

    assert "ProgressDeadlineExceeded: too long" in said["k8s.rollout_stuck"]
    assert "shop:1 became shop:2" in said["k8s.changed"]
    assert "no pod matches app=shop, tier=front; the nearest pods have tier=web" in said["k8s.endpoints"]
    assert "at its most, 4 of 4" in said["k8s.scaler"]
    assert "claim data is Pending" in said["k8s.claim"]
    assert "node node-1 is not ready: NodeStatusUnknown" in said["k8s.node"]


def event(reason: str, message: str, *, about: str = "shop-1", kind: str = "Warning", **when: Any) -> Thing:
    return {
        "metadata": {"name": "e", "creationTimestamp": stamp(days=3)},
        "type": kind, "reason": reason, "message": message, "eventTime": None,
        "involvedObject": {"kind": "Pod", "name": about}, **(when or {"lastTimestamp": stamp(minutes=5)}),
    }  # fmt: skip


def test_warnings_of_the_window_are_kept_once_and_without_secrets() -> None:
    events = [
        event("Failed", "Failed to pull image: manifest unknown"),
        event("Failed", "Failed to pull image: manifest unknown", about="shop-2"),
        event("FailedMount", "mount of postgres://shop:hunter-two@db failed", lastTimestamp=None, eventTime=stamp(minutes=1)),
        event("Pulled", "fine", kind="Normal"),
        event("Evicted", "long ago", lastTimestamp=stamp(hours=30)),
        event("Unhealthy", "of others", about="mail-1"),
    ]  # fmt: skip
    with http_sink(api(events=events)) as sink:
        facts = collect(sink.url, selector="app=shop")
        everything = collect(sink.url)

    assert [one.reason for one in facts.events] == ["FailedMount", "Failed"]
    assert len(everything.events) == 3
    assert "hunter-two" not in str(everything)


def test_a_list_that_is_refused_is_a_blind_spot_and_costs_no_other() -> None:
    with http_sink(api(nodes=403, events=403, horizontalpodautoscalers=404, persistentvolumeclaims=None)) as sink:
        facts = collect(sink.url)

    assert facts.error is None
    assert len(facts.containers) == 2
    assert [spot.what for spot in facts.blind] == ["events", "horizontalpodautoscalers", "nodes"]
    assert "let its role `list` events" in [spot.mend for spot in facts.blind]


def test_an_api_that_refuses_is_a_fact() -> None:
    assert collect(f"http://127.0.0.1:{closed_port()}").error == "refused"
    with http_sink(lambda _: Reply(status=401, body=b'{"message":"Unauthorized"}')) as sink:
        assert collect(sink.url).error == "denied"
    assert collect("https://127.0.0.1:1", authorities="/nowhere/ca.pem").error == "missing"


def test_a_clusters_own_authority_is_believed_by_its_file_or_its_text() -> None:
    text = AUTHORITIES.read_text()
    text = text[text.index("-----BEGIN CERTIFICATE") :]
    with http_sink(api()) as sink, tls_before(sink.port) as url:
        unknown = collect(url)
        by_file, by_text = (collect(url, authorities=one) for one in (str(AUTHORITIES), text))

    assert (by_file.error, by_text.error) == (None, None)
    assert (unknown.error, "certificate" in unknown.error_text) == ("refused", True)


def test_more_objects_than_the_budget_are_said() -> None:
    def page(_: Received) -> Reply:
        return Reply(body=b'{"items": [], "metadata": {"continue": "more"}}')

    with http_sink(page) as sink:
        facts = collect(sink.url, nodes=False, max_objects=10)

    assert {spot.why for spot in facts.blind} == {
        "there are more than the 10 that were read",
        "left out by `nodes: false`",
    }
    assert len(sink.received) == 10


@pytest.mark.parametrize(
    ("options", "field"),
    [
        ({"url": "cluster", "namespace": "prod"}, "url"),
        ({"url": "https://cluster", "namespace": ""}, "namespace"),
        ({"url": "https://cluster", "namespace": "prod", "window_s": 1}, "window_s"),
        ({"url": "https://cluster"}, "namespace"),
    ],
)
def test_options_that_cannot_be_are_named(options: dict[str, object], field: str) -> None:
    with pytest.raises(InvalidError) as caught:
        validate_options(options)

    assert caught.value.field == field


def test_what_no_network_policy_allows_is_told_and_what_one_of_them_allows_is_not() -> None:
    shop = {
        "metadata": {"name": "shop"},
        "spec": {"selector": {"app": "shop"}, "ports": [{"port": 80, "targetPort": 8000}]},
    }
    shut = policy("deny-all")
    opened = policy("let-web", ingress=[{"from": [{"podSelector": {}}], "ports": [{"port": 8000, "protocol": "TCP"}]}])
    other = policy("let-other", ingress=[{"ports": [{"port": 9000, "endPort": 9100}]}])
    mute = policy("no-names", policyTypes=["Egress"], egress=[{"ports": [{"port": 5432}]}])
    foreign = policy("elsewhere", podSelector={"matchLabels": {"app": "bank"}}, policyTypes=["Ingress", "Egress"])

    def told(*policies: Thing) -> str:
        with http_sink(api(services=[shop], networkpolicies=list(policies))) as sink:
            return verdicts(collect(sink.url)).get("k8s.network_policy", "")

    assert "no policy lets anybody reach its pods" in told(shut)
    assert "let-other" in told(shut, other)
    assert "port 53 (no-names)" in told(mute)
    assert told(shut, opened) == told(foreign) == told() == ""


def test_a_budget_that_is_not_met_is_told() -> None:
    short = {
        "metadata": {"name": "shop"},
        "status": {"disruptionsAllowed": 0, "currentHealthy": 1, "desiredHealthy": 2, "expectedPods": 2},
    }
    with http_sink(api(poddisruptionbudgets=[short])) as sink:
        assert verdicts(collect(sink.url)) == {
            "k8s.disruption": "budget shop is not met: 1 healthy pods of the 2 it wants"
        }
