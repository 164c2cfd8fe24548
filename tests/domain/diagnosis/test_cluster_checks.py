"""Which cause a cluster's own words speak for."""

from __future__ import annotations

from dataclasses import replace

import pytest
from tests.domain.diagnosis.cases import ONSET, ago, judged
from tests.domain.diagnosis.cluster_samples import BEHIND, NODE, ROLLED, SCALER, WELL, cluster, container, event
from tests.domain.diagnosis.workload_samples import RUNNING

from tocsin.domain.diagnosis.checks.catalogue import run_checks
from tocsin.domain.diagnosis.facts import Bundle, Claim
from tocsin.domain.diagnosis.look import Look


def causes(check_id: str, bundle: Bundle) -> set[str]:
    return {one.hypothesis for one in judged(check_id, bundle).supports}


def test_a_cluster_that_is_well_speaks_for_nothing() -> None:
    found = [
        one for one in run_checks(Look(bundle=WELL, onset=ONSET)) if one.check_id.startswith(("k8s.", "workload."))
    ]

    assert len(found) == 23
    assert [one.check_id for one in found if one.bad or one.supports] == []


@pytest.mark.parametrize(
    ("message", "says", "cause"),
    [
        ("unauthorized: authentication required", "refuses the credentials", "bad_configuration"),
        ("toomanyrequests: You have reached your pull rate limit", "limit is reached", "dependency_outage"),
        ("lookup registry.test: no such host", "does not resolve", "dns_failure"),
        ("x509: certificate has expired", "certificate does not hold", "tls_expiry"),
        ("no matching manifest for linux/arm64", "no such platform", "bad_deploy"),
        ("write layer: no space left on device", "disk is full", "disk_full"),
        ("dial tcp: i/o timeout", "in time", "dependency_outage"),
        ("unexpected status 503 Service Unavailable", "the registry fails", "dependency_outage"),
        ("shop:2.4.2: not found", "is not there", "bad_deploy"),
    ],
)
def test_an_image_that_cannot_be_fetched_is_told_with_its_reason(message: str, says: str, cause: str) -> None:
    bundle = event("Failed", f'Failed to pull image "shop:2.4.2": {message}')

    assert says in judged("k8s.image_pull", bundle).observed
    assert causes("k8s.image_pull", bundle) == {cause}


@pytest.mark.parametrize(
    ("message", "says"),
    [
        ("0/3 nodes are available: 3 Insufficient cpu.", "too little CPU"),
        ("0/3 nodes are available: 3 node(s) had untolerated taint {gpu: yes}.", "a taint"),
        ("0/3 nodes are available: 3 node(s) didn't match Pod's node affinity/selector.", "affinity or selector"),
        ("0/3 nodes are available: pod has unbound immediate PersistentVolumeClaims.", "volume claim"),
    ],
)
def test_a_pod_without_a_node_is_told_with_what_it_lacks(message: str, says: str) -> None:
    assert says in judged("k8s.pending", event("FailedScheduling", message)).observed


def test_a_selector_that_finds_no_pod_names_the_label_that_differs() -> None:
    lost = replace(BEHIND, ready=0, matched=0, differs="tier=frontend")

    found = judged("k8s.endpoints", cluster(endpoints=(lost,)))
    assert "no pod matches app=shop; the nearest pods have tier=frontend" in found.observed
    assert {one.hypothesis for one in found.supports} == {"application_down", "bad_configuration"}


def test_a_rollout_shortly_before_the_onset_is_no_more_than_a_correlation() -> None:
    found = judged("k8s.changed", cluster(rollouts=(replace(ROLLED, changed_at=ago(minutes=9)),)))

    assert "shop:1 became shop:2" in found.observed
    assert [one.kind for one in found.supports] == ["correlation"]
    assert judged("k8s.changed", cluster(rollouts=(replace(ROLLED, changed_at=ago(minutes=1)),))).verdict == "ok"


def test_a_scaler_of_fixed_size_is_not_at_its_most_and_one_without_metrics_is_told() -> None:
    assert judged("k8s.scaler", cluster(scalers=(replace(SCALER, least=3, most=3),))).verdict == "ok"
    broken = cluster(scalers=(replace(SCALER, stopped="FailedGetResourceMetric: no metrics"),))
    assert "cannot scale" in judged("k8s.scaler", broken).observed


def test_pressure_on_a_nodes_disk_is_named() -> None:
    pressed = replace(NODE, troubles=("DiskPressure",), message="KubeletHasDiskPressure")

    assert causes("k8s.node", cluster(nodes=(pressed,))) == {"disk_full"}


def test_a_claim_that_waits_for_its_first_pod_is_no_trouble() -> None:
    waiting = Claim(name="data", phase="Pending", message="WaitForFirstConsumer: waiting for first consumer")

    assert judged("k8s.claim", cluster(claims=(waiting,))).verdict == "ok"


def test_restarts_and_memory_kills_of_long_ago_are_no_trouble_of_today() -> None:
    old = replace(RUNNING, restarts=12, killed_for_memory=True, restarted_at=ago(days=3))
    now = replace(old, restarted_at=ago(minutes=4))

    for check_id in ("workload.crash_loop", "workload.killed_for_memory"):
        assert judged(check_id, cluster(containers=(old,))).verdict == "ok"
        assert judged(check_id, cluster(containers=(now,))).verdict == "critical"


def test_a_command_that_is_not_there_is_a_matter_of_configuration() -> None:
    assert causes("k8s.terminated", container(status="terminated", exit_code=127)) == {"bad_configuration"}
    assert causes("k8s.terminated", container(status="terminated", exit_code=139)) == set()
