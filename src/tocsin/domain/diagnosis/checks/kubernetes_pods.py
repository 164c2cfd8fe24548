"""Why pods wait, how their containers ended, and what keeps them from being made."""

from __future__ import annotations

from tocsin.domain.diagnosis.check import check
from tocsin.domain.diagnosis.checks.kubernetes_words import SOURCE, Classes, classified, cluster, judged
from tocsin.domain.diagnosis.facts.workloads import WorkloadFacts
from tocsin.domain.diagnosis.findings import Finding, HypothesisKey
from tocsin.domain.diagnosis.look import Look

_STARTING = frozenset({"", "containercreating", "podinitializing"})
_HOOKS = ("hookerror", "errimageneverpull", "imageinspecterror")
_ENDS = {
    126: "its command cannot be run",
    127: "its command is not found",
    134: "it aborted",
    139: "it crashed (SIGSEGV)",
}
_NO_COMMAND = frozenset({126, 127})
_PULLS: Classes = (
    ("the registry refuses the credentials", ("unauthorized", "authentication required", "access denied", "denied:"), "bad_configuration", 1.5),
    ("the registry's limit is reached", ("toomanyrequests", "429", "rate limit"), "dependency_outage", 1.5),
    ("the registry's name does not resolve", ("no such host", "server misbehaving"), "dns_failure", 1.5),
    ("the registry's certificate does not hold", ("x509", "certificate"), "tls_expiry", 1.5),
    ("the image has no such platform", ("no matching manifest", "exec format"), "bad_deploy", 1.5),
    ("the node's disk is full", ("no space left",), "disk_full", 2.0),
    ("the registry does not answer in time", ("i/o timeout", "deadline exceeded", "timed out"), "dependency_outage", 1.0),
    ("the registry fails", ("500 internal", "502 bad", "503 service", "504 gateway"), "dependency_outage", 1.5),
    ("the image is not there", ("not found", "manifest unknown", "does not exist"), "bad_deploy", 1.0),
)  # fmt: skip
_PENDING: Classes = (
    ("too little CPU", ("insufficient cpu",), "host_saturation", 1.0),
    ("too little memory", ("insufficient memory",), "host_saturation", 1.0),
    ("too many pods", ("too many pods",), "host_saturation", 1.0),
    ("too little of a device", ("insufficient",), None, 0.0),
    ("a taint that it does not tolerate", ("untolerated taint", "had taint"), "bad_configuration", 0.5),
    ("no node matches its affinity or selector", ("node affinity", "node selector", "didn't match"), "bad_configuration", 1.0),
    ("its volume claim", ("persistentvolumeclaim", "volume node affinity", "unbound immediate"), "bad_configuration", 1.0),
    ("nodes that take none", ("unschedulable",), None, 0.0),
)  # fmt: skip
_KINDS = (
    "serviceaccount",
    "storageclass",
    "ingressclass",
    "priorityclass",
    "persistentvolumeclaim",
    "configmap",
    "secret",
)
_TOLD_ELSEWHERE = ("secret", "configmap")
_REFUSALS: Classes = (
    ("a quota", ("exceeded quota", "exceed quota"), "bad_configuration", 1.0),
    ("an admission webhook", ("failed calling webhook", "admission webhook"), "bad_configuration", 1.5),
    ("pod security", ("violates podsecurity",), "bad_configuration", 1.5),
    ("a missing permission", ("forbidden",), "bad_configuration", 1.5),
)


@check("k8s.waiting_reason", cluster, SOURCE)
def waiting_reason(facts: WorkloadFacts, _look: Look) -> Finding | None:
    """Name why containers wait that should run."""
    if not facts.containers:
        return None
    found = [one for one in facts.containers if one.status.lower() == "waiting" and one.reason.lower() not in _STARTING]
    told = [one.told for one in found]
    hooks = any(word in one.reason.lower() for one in found for word in _HOOKS)
    speaks: tuple[tuple[HypothesisKey, float], ...] = (("bad_configuration", 1.5),) if hooks else ()
    return judged(told, "no container waits for anything but its start", speaks)


@check("k8s.terminated", cluster, "exit codes as shells and kernels give them")
def terminated(facts: WorkloadFacts, _look: Look) -> Finding | None:
    """Say how containers ended, where their exit code tells."""
    if not facts.containers:
        return None
    found = [one for one in facts.containers if one.exit_code in _ENDS]
    told = [f"{one.name}: {_ENDS[one.exit_code or 0]} (exit code {one.exit_code})" for one in found]
    command = any(one.exit_code in _NO_COMMAND for one in found)
    speaks: tuple[tuple[HypothesisKey, float], ...] = (("bad_configuration", 2.0),) if command else ()
    return judged(told, "no exit code that tells of a crash or a missing command", speaks, verdict="warn")


@check("k8s.image_pull", cluster, "the registries' own messages")
def image_pull(facts: WorkloadFacts, _look: Look) -> Finding | None:
    """Say why an image cannot be fetched."""
    if not facts.containers and not facts.events:
        return None
    pulls = [one.told for one in facts.events if one.warning and "pull" in one.told.lower()]
    pulls += [one.told for one in facts.containers if one.message and "pull" in f"{one.reason}{one.message}".lower()]
    return classified(pulls, _PULLS, "every image can be fetched")


@check("k8s.pending", cluster, "the scheduler's own messages")
def pending(facts: WorkloadFacts, _look: Look) -> Finding | None:
    """Say what a pod without a node lacks."""
    if not facts.containers and not facts.events:
        return None
    told = [one.told for one in facts.events if one.reason == "FailedScheduling"]
    told += [one.told for one in facts.containers if one.reason == "Unschedulable" and one.message]
    return classified(told, _PENDING, "every pod has a node")


@check("k8s.missing_ref", cluster, SOURCE)
def missing_ref(facts: WorkloadFacts, _look: Look) -> Finding | None:
    """Name the objects that others refer to and that are not there."""
    if not facts.containers and not facts.events:
        return None
    lines = [one.told for one in facts.events if one.warning] + [one.told for one in facts.containers if one.message]
    told = [one for one in lines if "not found" in one.lower() and any(kind in one.lower() for kind in _KINDS)]
    others = [one for one in told if not any(kind in one.lower() for kind in _TOLD_ELSEWHERE)]
    speaks: tuple[tuple[HypothesisKey, float], ...] = (("bad_configuration", 2.0),) if others else ()
    return judged(told, "every object that is referred to is there", speaks)


@check("k8s.refused", cluster, SOURCE)
def refused(facts: WorkloadFacts, _look: Look) -> Finding | None:
    """Say what keeps pods from being made: a quota, a webhook, a policy, a permission."""
    if not facts.events and not facts.rollouts:
        return None
    told = [one.told for one in facts.events if one.reason == "FailedCreate"]
    told += [f"{one.name}: {one.refused}" for one in facts.rollouts if one.refused]
    return classified(told, _REFUSALS, "pods can be made")
