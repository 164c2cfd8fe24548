"""How containers are: killed, restarting, without image or settings, without a place, not ready."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import timedelta

from tocsin.domain.diagnosis.check import check
from tocsin.domain.diagnosis.facts import Bundle
from tocsin.domain.diagnosis.facts.workloads import KILLED, ContainerState, WorkloadFacts
from tocsin.domain.diagnosis.findings import Finding, HypothesisKey, Verdict, weigh
from tocsin.domain.diagnosis.history import changed_words
from tocsin.domain.diagnosis.look import Look

_SHOWN = 5
_RESTARTS = 3
_LATELY = timedelta(hours=1)
_SOURCE = "Kubernetes' and Docker's own reasons"
_OUTSIDE = (
    "no such host",
    "i/o timeout",
    "deadline exceeded",
    "toomanyrequests",
    "500 internal",
    "502 bad",
    "503 service",
)
_PLACING = ("taint", "affinity", "node selector", "persistentvolumeclaim", "unbound immediate")
_SHORT = ("insufficient", "too many pods", "pressure", "evicted", "nodenotready")
Speaks = tuple[HypothesisKey, float]


def _workloads(bundle: Bundle) -> Iterable[WorkloadFacts]:
    return bundle.workloads


@check("workload.killed_for_memory", _workloads, f"{_SOURCE}; exit code 137 is SIGKILL")
def killed_for_memory(facts: WorkloadFacts, _look: Look) -> Finding | None:
    """Look for containers that were killed for memory."""
    found = [
        one for one in facts.containers if (one.killed_for_memory and _lately(one, facts)) or _says(one, "oomkilled")
    ]
    maybe = [one for one in facts.containers if one.exit_code == KILLED and one.killed_for_memory is None]
    maybe = [one for one in maybe if one not in found]
    told = [*(one.told for one in found), *(one.told for one in maybe), *_events(facts, "oom", "out of memory")]
    speaks: list[Speaks] = [("out_of_memory", 5.5 if found else 1.2), ("application_down", 2.5 if found else 1.2)]
    if any(one.restarts >= _RESTARTS for one in found):
        speaks.append(("memory_leak", 0.7))
    decisive: HypothesisKey | None = "out_of_memory" if found else None
    return _judged(facts, told, "a container that was killed for memory", speaks, decisive=decisive)


@check("workload.crash_loop", _workloads, f"{_SOURCE}; 3 restarts, the last within the hour: ours")
def crash_loop(facts: WorkloadFacts, _look: Look) -> Finding | None:
    """Look for containers that end again and again."""
    looping = [one for one in facts.containers if _says(one, "crashloopbackoff", "restarting")]
    often = [one for one in facts.containers if one.restarts >= _RESTARTS and _lately(one, facts)]
    often = [one for one in often if one not in looping]
    told = [*(one.told for one in (*looping, *often)), *_events(facts, "backoff", "back-off restarting")]
    speaks: tuple[Speaks, ...] = (("application_down", 5.0 if looping else 1.5),)
    decisive: HypothesisKey | None = "application_down" if looping else None
    return _judged(facts, told, "a container that is started again and again", speaks, decisive=decisive)


@check("workload.image", _workloads, _SOURCE)
def image(facts: WorkloadFacts, _look: Look) -> Finding | None:
    """Look for images that cannot be fetched."""
    words = ("imagepullbackoff", "errimagepull", "invalidimagename", "failed to pull image", "manifest unknown")
    told = [*(one.told for one in facts.containers if _says(one, *words)), *_events(facts, *words)]
    outside = any(word in text.lower() for text in told for word in _OUTSIDE)
    speaks: tuple[Speaks, ...] = (("bad_deploy", 2.0), ("bad_configuration", 1.0))
    # A registry that is away stops what starts anew; it says nothing of the release.
    return _judged(facts, told, "an image that cannot be fetched", () if outside else speaks)


@check("workload.settings", _workloads, _SOURCE)
def settings(facts: WorkloadFacts, _look: Look) -> Finding | None:
    """Look for containers that lack a secret, a config map or a runnable command."""
    words = ("createcontainerconfigerror", "createcontainererror", "runcontainererror", "starterror", "failedmount")
    lacking = [
        text
        for text in _events(facts, "not found", "failedmount")
        if "secret" in text.lower() or "configmap" in text.lower()
    ]
    told = [*(one.told for one in facts.containers if _says(one, *words)), *lacking]
    return _judged(facts, told, "a container without its settings", (("bad_configuration", 3.0),))


@check("workload.changed", _workloads, "another image than at the last look: a change like any other, ours")
def changed(facts: WorkloadFacts, look: Look) -> Finding | None:
    """Compare the images that containers run with those of the last look."""
    if not facts.containers:
        return None
    told = [
        f"{name}: {was} became {now}"
        for name, was, now, _ in changed_words(look, facts.target, "image:")
        if was and now
    ]
    return Finding(
        verdict="warn" if told else "ok",
        observed=told[0] if told else "no container runs another image than at the last look",
        expected="as at the last look",
        reproduce=facts.reproduce,
        evidence=tuple(told[:_SHOWN]),
        supports=tuple(weigh("bad_deploy", 1.0, "correlation", one) for one in told[:1]),
    )


@check("workload.unscheduled", _workloads, _SOURCE)
def unscheduled(facts: WorkloadFacts, _look: Look) -> Finding | None:
    """Look for pods that no node has room for, or that a node put out."""
    words = ("pending", "unschedulable", "evicted")
    told = [*(one.told for one in facts.containers if _says(one, *words))]
    told += _events(
        facts, "failedscheduling", "insufficient", "evicted", "diskpressure", "memorypressure", "nodenotready"
    )
    said = " ".join(told).lower()
    placed = any(word in said for word in _PLACING) and not any(word in said for word in _SHORT)
    speaks: list[Speaks] = [("bad_configuration", 1.0)] if placed else [("host_saturation", 2.0)]
    speaks += [("disk_full", 2.0)] if "disk" in said or "ephemeral-storage" in said else []
    speaks += [("out_of_memory", 0.7)] if "memorypressure" in said or "low on resource: memory" in said else []
    return _judged(facts, told, "a pod without a node", speaks)


@check("workload.not_ready", _workloads, _SOURCE)
def not_ready(facts: WorkloadFacts, _look: Look) -> Finding | None:
    """Look for containers that run and are not ready, or fail their probes."""
    running = [one for one in facts.containers if one.ready is False and one.status.lower() in {"running", "unhealthy"}]
    told = [*(one.told for one in running), *_events(facts, "unhealthy", "probe failed")]
    well = {one.image for one in facts.containers if one.ready and one.image}
    some = bool(running) and all(one.image in well for one in running)
    speaks: tuple[Speaks, ...] = (("instance_fault", 1.0),) if some else (("application_down", 1.0),)
    return _judged(facts, told, "a container that is not ready", speaks, verdict="warn")


@check("workload.ended", _workloads, _SOURCE)
def ended(facts: WorkloadFacts, _look: Look) -> Finding | None:
    """Look for containers that ended with an error."""
    told = [one.told for one in facts.containers if one.exit_code not in {None, 0}]
    return _judged(facts, told, "a container that ended with an error", (("application_down", 1.5),))


@check("workload.running", _workloads, _SOURCE)
def running(facts: WorkloadFacts, _look: Look) -> Finding | None:
    """See whether everything runs: then nothing is down."""
    if not facts.containers:
        return None
    down = [
        one
        for one in facts.containers
        if one.ready is False or one.status.lower() not in {"running", "completed", "up", ""}
    ]
    observed = f"{len(facts.containers) - len(down)} of {len(facts.containers)} run and are ready"
    if down:
        return Finding(
            verdict="warn", observed=observed, expected="all", evidence=tuple(one.told for one in down[:_SHOWN])
        )
    return Finding(verdict="ok", observed=observed, refutes=(weigh("application_down", 1.0, because=observed),))


def _judged(
    facts: WorkloadFacts,
    told: list[str],
    called: str,
    speaks: Sequence[Speaks],
    *,
    verdict: Verdict = "critical",
    decisive: HypothesisKey | None = None,
) -> Finding | None:
    if not facts.containers and not facts.events:
        return None
    if not told:
        return Finding(verdict="ok", observed=f"no sign of {called}", expected=f"no sign of {called}")
    because = f"{called}: {told[0]}"
    return Finding(
        verdict=verdict,
        observed=told[0],
        expected=f"no sign of {called}",
        evidence=tuple(told[:_SHOWN]),
        supports=tuple(
            weigh(key, weight, "decisive" if key == decisive else "supporting", because) for key, weight in speaks
        ),
    )


def _lately(one: ContainerState, facts: WorkloadFacts) -> bool:
    """Whether it may have ended within the last hour: restarts of weeks ago are no trouble of today."""
    running = one.status.lower() == "running"
    return not running or one.restarted_at is None or facts.at - one.restarted_at <= _LATELY


def _says(one: ContainerState, *words: str) -> bool:
    text = f"{one.status} {one.reason}".lower()
    return any(word in text for word in words)


def _events(facts: WorkloadFacts, *words: str) -> Iterator[str]:
    warned = (one for one in facts.events if one.warning)
    return (one.told for one in warned if any(word in one.told.lower() for word in words))
