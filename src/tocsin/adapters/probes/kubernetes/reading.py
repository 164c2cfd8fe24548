"""From the API's objects to facts: what is said of containers, rollouts, endpoints, scalers, nodes and claims."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from datetime import datetime, timedelta

from tocsin.adapters.probes.kubernetes.objects import (
    Condition,
    ContainerStatus,
    Event,
    HorizontalScaler,
    Machine,
    Pod,
    Service,
    Slice,
    VolumeClaim,
    Workload,
)
from tocsin.domain.diagnosis.facts import (
    Claim,
    ContainerState,
    Endpoints,
    Node,
    Rollout,
    Scaler,
    WorkloadEvent,
)

Clean = Callable[[str], str]
_SERVICE_OF = "kubernetes.io/service-name"
_REVISION = "deployment.kubernetes.io/revision"
_MOST_EVENTS = 100
_OOM = "OOMKilled"


def containers_of(pods: Sequence[Pod], clean: Clean) -> Iterator[ContainerState]:
    """Yield the state of every container; a pod without any is told as itself. What is being deleted is left out."""
    for pod in pods:
        if pod.metadata.deletion_timestamp:
            continue
        waiting = [one for one in pod.status.init_container_statuses if not _done(one)]
        statuses = [*waiting, *pod.status.container_statuses]
        if (pod.status.phase == "Failed" and pod.status.reason) or not statuses:
            yield _pod(pod, clean)
        else:
            for one in statuses:
                yield _container(pod.metadata.name, one, clean)


def _done(one: ContainerStatus) -> bool:
    return one.state.terminated is not None and one.state.terminated.exit_code == 0


def _pod(pod: Pod, clean: Clean) -> ContainerState:
    said = next((one for one in pod.status.conditions if one.status == "False" and one.reason), Condition())
    message = clean(pod.status.message or said.message)
    return ContainerState(
        name=pod.metadata.name,
        status=pod.status.phase.lower(),
        reason=pod.status.reason or said.reason,
        message=message,
    )


def _container(pod: str, one: ContainerStatus, clean: Clean) -> ContainerState:
    waiting, ended, before = one.state.waiting, one.state.terminated, one.last_state.terminated
    over = ended or (before if waiting else None)
    status = "waiting" if waiting else "completed" if _done(one) else "terminated" if ended else "running"
    memory = any(state.reason == _OOM for state in (ended, before) if state)
    shown = waiting or ended
    told = shown.message if shown else ""
    return ContainerState(
        name=f"{pod}/{one.name}",
        status=status,
        reason=shown.reason if shown else "",
        exit_code=over.exit_code if over else None,
        restarts=one.restart_count,
        ready=None if status == "completed" else one.ready,
        message=clean(told or (f"ended before as {before.reason}" if before else "")),
        image=one.image,
        killed_for_memory=memory if ended or before else None,
        restarted_at=before.finished_at if before else None,
    )


def events_of(
    events: Sequence[Event], at: datetime, window_s: float, names: Sequence[str], clean: Clean
) -> Iterator[WorkloadEvent]:
    """Yield the newest warnings of the window, each once; where `names` are given, of objects called so or made by them."""
    since = at - timedelta(seconds=window_s)
    newest = sorted(
        (one for one in events if one.at and one.at >= since), key=lambda one: one.at or since, reverse=True
    )
    seen: set[tuple[str, str]] = set()
    for one in newest:
        about = f"{one.involved_object.kind.lower()}/{one.involved_object.name}"
        known = not names or any(one.involved_object.name.startswith(name) for name in names)
        key = (one.reason, one.message)
        if one.type == "Normal" or not known or key in seen:
            continue
        seen.add(key)
        yield WorkloadEvent(reason=one.reason, message=clean(one.message), about=about)
        if len(seen) >= _MOST_EVENTS:
            return


def rollouts_of(deployments: Sequence[Workload], sets: Sequence[Workload], clean: Clean) -> Iterator[Rollout]:
    """Yield every deployment with the images it asks for and those of the revision before."""
    for one in deployments:
        name, status = one.metadata.name, one.status
        own = [made for made in sets if ("Deployment", name) in _owners(made)]
        own.sort(key=_revision, reverse=True)
        conditions = {said.type: said for said in status.conditions}
        progressing, failing = conditions.get("Progressing"), conditions.get("ReplicaFailure")
        yield Rollout(
            name=name,
            wanted=one.spec.replicas,
            ready=status.ready_replicas,
            updated=status.updated_replicas,
            behind=status.observed_generation < one.metadata.generation,
            stopped=clean(progressing.told) if progressing and progressing.status == "False" else "",
            refused=clean(failing.told) if failing and failing.status == "True" else "",
            images=_images(one),
            before=_images(own[1]) if len(own) > 1 else (),
            changed_at=own[0].metadata.creation_timestamp if len(own) > 1 else None,
        )


def _owners(one: Workload) -> list[tuple[str, str]]:
    return [(by.kind, by.name) for by in one.metadata.owner_references]


def _revision(one: Workload) -> int:
    text = one.metadata.annotations.get(_REVISION, "")
    return int(text) if text.isdecimal() else 0


def _images(one: Workload) -> tuple[str, ...]:
    return tuple(container.image for container in one.spec.template.spec.containers)


def endpoints_of(
    services: Sequence[Service], slices: Sequence[Slice], pods: Sequence[Pod], *, every: bool
) -> Iterator[Endpoints]:
    """Yield the services that choose pods; unless `every` pod is known, only those that choose one of the known."""
    for one in services:
        selector = one.spec.selector
        matched = [pod for pod in pods if selector.items() <= pod.metadata.labels.items()]
        if not selector or (not every and not matched):
            continue
        behind = [
            end
            for part in slices
            if part.metadata.labels.get(_SERVICE_OF) == one.metadata.name
            for end in part.endpoints or ()
        ]
        ready = [end for end in behind if end.conditions.ready is not False]
        yield Endpoints(
            service=one.metadata.name,
            ready=sum(len(end.addresses) for end in ready),
            not_ready=sum(len(end.addresses) for end in behind if end not in ready),
            matched=len(matched),
            selector=_pairs(selector),
            differs="" if matched else _nearest(selector, pods),
        )


def _nearest(selector: dict[str, str], pods: Sequence[Pod]) -> str:
    """Name the labels in which the pods that come nearest to a selector differ from it."""
    best = max(pods, key=lambda pod: len(selector.items() & pod.metadata.labels.items()), default=None)
    if best is None or not selector.items() & best.metadata.labels.items():
        return ""
    labels = best.metadata.labels
    return _pairs({key: labels.get(key, "(none)") for key in selector if labels.get(key) != selector[key]})


def _pairs(labels: dict[str, str]) -> str:
    return ", ".join(f"{key}={value}" for key, value in sorted(labels.items()))


def scalers_of(scalers: Sequence[HorizontalScaler], clean: Clean) -> Iterator[Scaler]:
    """Yield every scaler."""
    for one in scalers:
        failing = [said for said in one.status.conditions if said.type in {"ScalingActive", "AbleToScale"}]
        # A scaler of something that is scaled to nothing is switched off, not broken.
        stopped = next((s for s in failing if s.status == "False" and s.reason != "ScalingDisabled"), None)
        limited = any(
            said.type == "ScalingLimited" and said.status == "True" and said.reason == "TooManyReplicas"
            for said in one.status.conditions
        )
        yield Scaler(
            name=one.metadata.name,
            least=one.spec.min_replicas,
            most=one.spec.max_replicas,
            current=one.status.current_replicas,
            wanted=one.status.desired_replicas,
            limited=limited,
            stopped=clean(stopped.told) if stopped else "",
        )


def nodes_of(machines: Sequence[Machine], clean: Clean) -> Iterator[Node]:
    """Yield every node."""
    for one in machines:
        ready = next((said for said in one.status.conditions if said.type == "Ready"), None)
        others = [said for said in one.status.conditions if said.type != "Ready" and said.status == "True"]
        told = [said.told for said in ([ready] if ready and ready.status != "True" else []) + others]
        yield Node(
            name=one.metadata.name,
            ready=ready.status == "True" if ready else None,
            troubles=tuple(said.type for said in others),
            message=clean("; ".join(told)),
            cordoned=one.spec.unschedulable,
        )


def claims_of(claims: Sequence[VolumeClaim], events: Sequence[Event], clean: Clean) -> Iterator[Claim]:
    """Yield every claim; of one that is not bound, with the newest event about it."""
    for one in claims:
        about = [
            said
            for said in events
            if (said.involved_object.kind, said.involved_object.name) == ("PersistentVolumeClaim", one.metadata.name)
        ]
        yield Claim(
            name=one.metadata.name,
            phase=one.status.phase,
            storage_class=one.spec.storage_class_name,
            message=clean(f"{about[-1].reason}: {about[-1].message}") if about and one.status.phase != "Bound" else "",
        )
