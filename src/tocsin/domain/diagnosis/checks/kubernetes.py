"""What a cluster says around its pods: which rollouts, services, scalers, nodes and claims are stuck."""

from __future__ import annotations

from datetime import timedelta

from tocsin.domain import words
from tocsin.domain.diagnosis.check import check
from tocsin.domain.diagnosis.checks.kubernetes_words import SOURCE, cluster, judged
from tocsin.domain.diagnosis.facts.workloads import WorkloadFacts
from tocsin.domain.diagnosis.findings import Finding, HypothesisKey, Verdict, weigh
from tocsin.domain.diagnosis.look import Look


@check("k8s.rollout_stuck", cluster, f"{SOURCE}: Progressing, ReplicaFailure, observedGeneration")
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
    return judged([*told, *slow], "every deployment has the pods it wants", speaks, verdict=verdict)


@check("k8s.changed", cluster, "R-DIA-6: 2 h before the onset; closeness in time is no proof")
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
    finding = judged(told, "no rollout shortly before the onset", (), verdict="warn")
    weights = tuple(weigh("bad_deploy", 1.0, "correlation", text) for text in told[:1])
    return Finding(
        verdict=finding.verdict,
        observed=finding.observed,
        expected=finding.expected,
        evidence=finding.evidence,
        supports=weights,
    )


@check("k8s.endpoints", cluster, f"{SOURCE}: EndpointSlices")
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
    return judged(told, "every service has a ready address", tuple(speaks))


@check("k8s.scaler", cluster, f"{SOURCE}: ScalingActive, AbleToScale, ScalingLimited")
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
    return judged([*broken, *full], "every scaler can scale and has room", speaks, verdict="warn")


@check("k8s.node", cluster, f"{SOURCE}: Ready and the pressures")
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
    return judged(told, "every node is ready and without pressure", tuple(speaks))


@check("k8s.claim", cluster, f"{SOURCE}: phases of claims")
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
    return judged(told, "every volume claim is bound", (("bad_configuration", 1.0),))
