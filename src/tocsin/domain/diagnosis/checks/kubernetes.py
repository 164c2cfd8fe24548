"""What a cluster says around its containers: why pods wait, what is missing, and which rollouts, scalers and nodes are stuck."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import timedelta

from tocsin.domain import words
from tocsin.domain.diagnosis.check import check
from tocsin.domain.diagnosis.facts import Bundle
from tocsin.domain.diagnosis.facts.workloads import WorkloadFacts
from tocsin.domain.diagnosis.findings import Finding, HypothesisKey, Verdict, Weight, weigh
from tocsin.domain.diagnosis.look import Look

_SHOWN = 5
_SOURCE = "Kubernetes' own reasons and conditions"
_STARTING = frozenset({"", "containercreating", "podinitializing"})
_HOOKS = ("hookerror", "errimageneverpull", "imageinspecterror")
_ENDS = {
    126: "its command cannot be run",
    127: "its command is not found",
    134: "it aborted",
    139: "it crashed (SIGSEGV)",
}
_NO_COMMAND = frozenset({126, 127})
Classes = tuple[tuple[str, tuple[str, ...], HypothesisKey | None, float], ...]
_PULLS: Classes = (
    ("the registry refuses the credentials", ("unauthorized", "authentication required", "access denied", "denied:"), "bad_configuration", 1.5),
    ("the registry's limit is reached", ("toomanyrequests", "429", "rate limit"), "dependency_outage", 1.5),
    ("the registry's name does not resolve", ("no such host", "server misbehaving"), "bad_configuration", 1.0),
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


def _cluster(bundle: Bundle) -> Iterable[WorkloadFacts]:
    return bundle.workloads


@check("k8s.waiting_reason", _cluster, _SOURCE)
def waiting_reason(facts: WorkloadFacts, _look: Look) -> Finding | None:
    """Name why containers wait that should run."""
    if not facts.containers:
        return None
    found = [one for one in facts.containers if one.status.lower() == "waiting" and one.reason.lower() not in _STARTING]
    told = [one.told for one in found]
    hooks = any(word in one.reason.lower() for one in found for word in _HOOKS)
    speaks: tuple[tuple[HypothesisKey, float], ...] = (("bad_configuration", 1.5),) if hooks else ()
    return _judged(told, "no container waits for anything but its start", speaks)


@check("k8s.terminated", _cluster, "exit codes as shells and kernels give them")
def terminated(facts: WorkloadFacts, _look: Look) -> Finding | None:
    """Say how containers ended, where their exit code tells."""
    if not facts.containers:
        return None
    found = [one for one in facts.containers if one.exit_code in _ENDS]
    told = [f"{one.name}: {_ENDS[one.exit_code or 0]} (exit code {one.exit_code})" for one in found]
    command = any(one.exit_code in _NO_COMMAND for one in found)
    speaks: tuple[tuple[HypothesisKey, float], ...] = (("bad_configuration", 2.0),) if command else ()
    return _judged(told, "no exit code that tells of a crash or a missing command", speaks, verdict="warn")


@check("k8s.image_pull", _cluster, "the registries' own messages")
def image_pull(facts: WorkloadFacts, _look: Look) -> Finding | None:
    """Say why an image cannot be fetched."""
    if not facts.containers and not facts.events:
        return None
    pulls = [one.told for one in facts.events if one.warning and "pull" in one.told.lower()]
    pulls += [one.told for one in facts.containers if one.message and "pull" in f"{one.reason}{one.message}".lower()]
    return _classified(pulls, _PULLS, "every image can be fetched")


@check("k8s.pending", _cluster, "the scheduler's own messages")
def pending(facts: WorkloadFacts, _look: Look) -> Finding | None:
    """Say what a pod without a node lacks."""
    if not facts.containers and not facts.events:
        return None
    told = [one.told for one in facts.events if one.reason == "FailedScheduling"]
    told += [one.told for one in facts.containers if one.reason == "Unschedulable" and one.message]
    return _classified(told, _PENDING, "every pod has a node")


@check("k8s.rollout_stuck", _cluster, f"{_SOURCE}: Progressing, ReplicaFailure, observedGeneration")
def rollout_stuck(facts: WorkloadFacts, _look: Look) -> Finding | None:
    """Look for deployments that go no further."""
    if not facts.rollouts:
        return None
    stuck = [one for one in facts.rollouts if one.stopped or one.refused]
    short = [one for one in facts.rollouts if one not in stuck and (one.ready < one.wanted or one.behind)]
    told = [f"{one.name}: {one.ready} of {one.wanted} ready, {one.stopped or one.refused}" for one in stuck]
    slow = [f"{one.name}: {one.ready} of {one.wanted} ready" + (", its newest form not yet seen" if one.behind else "") for one in short]  # fmt: skip
    speaks: tuple[tuple[HypothesisKey, float], ...] = (("bad_deploy", 1.5),) if stuck else ()
    verdict: Verdict = "critical" if stuck else "warn"
    return _judged([*told, *slow], "every deployment has the pods it wants", speaks, verdict=verdict)


@check("k8s.changed", _cluster, "R-DIA-6: 2 h before the onset; closeness in time is no proof")
def changed(facts: WorkloadFacts, look: Look) -> Finding | None:
    """Name the deployments whose pods were replaced shortly before the onset, and what changed of their images."""
    known = [one for one in facts.rollouts if one.changed_at]
    if not facts.rollouts:
        return None
    since = look.began - timedelta(seconds=look.limits.deploy_window_s)
    found = [one for one in known if one.changed_at and since <= one.changed_at <= look.began]
    told = [
        f"{one.name} was rolled out at {words.clock(one.changed_at)}: "
        + (f"{', '.join(one.before)} became {', '.join(one.images)}" if one.before != one.images else "the same images")
        for one in found
    ]
    finding = _judged(told, "no rollout shortly before the onset", (), verdict="warn")
    weights = tuple(weigh("bad_deploy", 1.0, "correlation", text) for text in told[:1])
    return Finding(
        verdict=finding.verdict,
        observed=finding.observed,
        expected=finding.expected,
        evidence=finding.evidence,
        supports=weights,
    )


@check("k8s.endpoints", _cluster, f"{_SOURCE}: EndpointSlices")
def endpoints(facts: WorkloadFacts, _look: Look) -> Finding | None:
    """Look for services with nothing behind them."""
    if not facts.endpoints:
        return None
    empty = [one for one in facts.endpoints if not one.ready]
    lost = [one for one in empty if not one.matched]
    told = [
        f"service {one.service}: "
        + (
            f"none of {one.not_ready or one.matched} addresses is ready"
            if one.matched
            else f"no pod matches {one.selector}"
        )
        + (f"; the nearest pods have {one.differs}" if one.differs else "")
        for one in (*lost, *(one for one in empty if one.matched))
    ]
    speaks: list[tuple[HypothesisKey, float]] = [("application_down", 1.5)] if empty else []
    if any(one.differs for one in lost):
        speaks.append(("bad_configuration", 2.0))
    return _judged(told, "every service has a ready address", tuple(speaks))


@check("k8s.scaler", _cluster, f"{_SOURCE}: ScalingActive, AbleToScale, ScalingLimited")
def scaler(facts: WorkloadFacts, _look: Look) -> Finding | None:
    """Look for scalers at their most, or that cannot scale."""
    if not facts.scalers:
        return None
    broken = [f"{one.name} cannot scale: {one.stopped}" for one in facts.scalers if one.stopped]
    full = [
        f"{one.name} is at its most, {one.current} of {one.most}" + (", and would go further" if one.limited else "")
        for one in facts.scalers
        if one.most > max(1, one.least) and one.current >= one.most
    ]
    speaks: tuple[tuple[HypothesisKey, float], ...] = (("traffic_spike", 0.5),) if full else ()
    return _judged([*broken, *full], "every scaler can scale and has room", speaks, verdict="warn")


@check("k8s.missing_ref", _cluster, _SOURCE)
def missing_ref(facts: WorkloadFacts, _look: Look) -> Finding | None:
    """Name the objects that others refer to and that are not there."""
    if not facts.containers and not facts.events:
        return None
    lines = [one.told for one in facts.events if one.warning] + [one.told for one in facts.containers if one.message]
    told = [one for one in lines if "not found" in one.lower() and any(kind in one.lower() for kind in _KINDS)]
    others = [one for one in told if not any(kind in one.lower() for kind in _TOLD_ELSEWHERE)]
    speaks: tuple[tuple[HypothesisKey, float], ...] = (("bad_configuration", 2.0),) if others else ()
    return _judged(told, "every object that is referred to is there", speaks)


@check("k8s.refused", _cluster, _SOURCE)
def refused(facts: WorkloadFacts, _look: Look) -> Finding | None:
    """Say what keeps pods from being made: a quota, a webhook, a policy, a permission."""
    if not facts.events and not facts.rollouts:
        return None
    told = [one.told for one in facts.events if one.reason == "FailedCreate"]
    told += [f"{one.name}: {one.refused}" for one in facts.rollouts if one.refused]
    return _classified(told, _REFUSALS, "pods can be made")


@check("k8s.node", _cluster, f"{_SOURCE}: Ready and the pressures")
def node(facts: WorkloadFacts, _look: Look) -> Finding | None:
    """Look for nodes that are not ready or under pressure."""
    if not facts.nodes:
        return None
    down = [one for one in facts.nodes if one.ready is False]
    pressed = [one for one in facts.nodes if one.troubles and one not in down]
    told = [f"node {one.name} is not ready: {one.message}" for one in down]
    told += [f"node {one.name}: {', '.join(one.troubles)} ({one.message})" for one in pressed]
    every = [name for one in facts.nodes for name in one.troubles]
    speaks: list[tuple[HypothesisKey, float]] = [("host_saturation", 1.5)] if down or "MemoryPressure" in every else []
    if "DiskPressure" in every:
        speaks.append(("disk_full", 2.0))
    return _judged(told, "every node is ready and without pressure", tuple(speaks))


@check("k8s.claim", _cluster, f"{_SOURCE}: phases of claims")
def claim(facts: WorkloadFacts, _look: Look) -> Finding | None:
    """Look for volume claims that are not bound."""
    if not facts.claims:
        return None
    told = [
        f"claim {one.name} is {one.phase}: {one.message or 'of storage class ' + (one.storage_class or '(none)')}"
        for one in facts.claims
        # A claim whose class waits for its first consumer is meant to be pending until a pod wants it.
        if one.phase != "Bound" and "WaitForFirstConsumer" not in one.message
    ]
    return _judged(told, "every volume claim is bound", (("bad_configuration", 1.0),))


def _classified(told: Sequence[str], classes: Classes, expected: str) -> Finding:
    """Return a finding that names the class of each message, the first that fits."""
    lines: list[str] = []
    weights: dict[HypothesisKey, Weight] = {}
    for text in told:
        said = text.lower()
        fit = next((one for one in classes if any(word in said for word in one[1])), None)
        if fit is None:
            continue
        line = f"{fit[0]}: {text}"
        lines.append(line)
        if fit[2] is not None:
            weights.setdefault(fit[2], weigh(fit[2], fit[3], because=line))
    if not lines:
        return Finding(verdict="ok", observed="no such message", expected=expected)
    return Finding(
        verdict="critical",
        observed=lines[0],
        expected=expected,
        evidence=tuple(dict.fromkeys(lines))[:_SHOWN],
        supports=tuple(weights.values()),
    )


def _judged(
    told: Sequence[str],
    expected: str,
    speaks: tuple[tuple[HypothesisKey, float], ...],
    *,
    verdict: Verdict = "critical",
) -> Finding:
    if not told:
        return Finding(verdict="ok", observed=expected, expected=expected)
    return Finding(
        verdict=verdict,
        observed=told[0],
        expected=expected,
        evidence=tuple(told[:_SHOWN]),
        supports=tuple(weigh(key, weight, because=told[0]) for key, weight in speaks),
    )
