"""What a cluster forbids: evictions that a disruption budget holds up, and traffic that network policies let nobody send."""

from __future__ import annotations

from datetime import timedelta

from tocsin.domain import words
from tocsin.domain.diagnosis.check import check
from tocsin.domain.diagnosis.checks.kubernetes_words import cluster, judged
from tocsin.domain.diagnosis.facts.cluster import Fence
from tocsin.domain.diagnosis.facts.workloads import WorkloadFacts
from tocsin.domain.diagnosis.findings import Finding, HypothesisKey
from tocsin.domain.diagnosis.look import Look

_VIOLATES = "violate the pod's disruption budget"


@check("k8s.disruption", cluster, "the budgets' own counts; one that allows nothing matters while nodes are emptied")
def disruption(facts: WorkloadFacts, _look: Look) -> Finding | None:
    """Look for disruption budgets that are not met, or that hold up the emptying of a node."""
    if not facts.disruptions:
        return None
    emptied = any(one.cordoned for one in facts.nodes) or any(_VIOLATES in one.message for one in facts.events)
    short = [one for one in facts.disruptions if one.pods and one.healthy < one.wanted]
    stuck = [one for one in facts.disruptions if one.pods and not one.allowed and one not in short and emptied]
    told = [f"budget {one.name} is not met: {one.healthy} healthy pods of the {one.wanted} it wants" for one in short]
    told += [f"budget {one.name} lets no pod be evicted, and a node is being emptied" for one in stuck]
    speaks: tuple[tuple[HypothesisKey, float], ...] = (("application_down", 0.5),) if short else ()
    return judged(told, "every budget is met, and none holds up a node", speaks, verdict="warn")


@check("k8s.network_policy", cluster, "policies add up: what none of those that choose a pod allows is dropped")
def network_policy(facts: WorkloadFacts, look: Look) -> Finding | None:
    """Look for services whose pods nobody may reach, or may ask for no name, by network policies."""
    if not facts.fences:
        return None
    found = [(one, text) for one in facts.fences for text in _shut(one)]
    since = look.began - timedelta(seconds=look.limits.deploy_window_s)
    late = [one for one, _ in found if one.made_at and since <= one.made_at <= look.began]
    told = [text + (f"; the newest came at {words.clock(one.made_at)}" if one.made_at else "") for one, text in found]
    speaks: tuple[tuple[HypothesisKey, float], ...] = (("bad_configuration", 2.0 if late else 0.7),) if found else ()
    return judged(
        told, "policies let every service be reached and ask for names", speaks, verdict="critical" if late else "warn"
    )


def _shut(fence: Fence) -> list[str]:
    named = ", ".join(fence.policies)
    told = []
    if not fence.reachable:
        told.append(f"service {fence.service}: no policy lets anybody reach its pods on the service's port ({named})")
    if not fence.names:
        told.append(f"service {fence.service}: no policy lets its pods ask for a name, port 53 ({named})")
    return told
