"""How a namespace is, through the Kubernetes API: lists only, GET only, each within a budget.

A list that is refused (a role without it) is a blind spot and costs no other.
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from typing import Any, TypeVar
from urllib.parse import quote

from tocsin.adapters.probes.api import Api, ApiError, api_client, headers_of
from tocsin.adapters.probes.kubernetes import reading
from tocsin.adapters.probes.kubernetes.objects import (
    Event,
    HorizontalScaler,
    Listed,
    Machine,
    Pod,
    Service,
    Slice,
    VolumeClaim,
    Workload,
)
from tocsin.adapters.probes.kubernetes.options import KubernetesOptions, validate_options
from tocsin.adapters.probes.kubernetes.policies import Budget, Policy, disruptions_of, fences_of
from tocsin.domain.diagnosis.facts import BlindSpot, WorkloadFacts
from tocsin.domain.diagnosis.redaction import secrets_in
from tocsin.domain.diagnosis.targets import Target
from tocsin.flows.ports import Clock
from tocsin.net.http import Http

__all__ = ["Kubernetes", "validate_options"]

T = TypeVar("T")
_AT_ONCE = 11


@dataclass(frozen=True, slots=True, kw_only=True)
class _Kind:
    """A list: where it is, what it holds, and whether labels choose from it."""

    group: str
    shape: type
    selected: bool = False
    of_cluster: bool = False


KINDS: Mapping[str, _Kind] = {
    "pods": _Kind(group="/api/v1", shape=Pod, selected=True),
    "events": _Kind(group="/api/v1", shape=Event),
    "deployments": _Kind(group="/apis/apps/v1", shape=Workload, selected=True),
    "replicasets": _Kind(group="/apis/apps/v1", shape=Workload, selected=True),
    "services": _Kind(group="/api/v1", shape=Service),
    "endpointslices": _Kind(group="/apis/discovery.k8s.io/v1", shape=Slice),
    "horizontalpodautoscalers": _Kind(group="/apis/autoscaling/v2", shape=HorizontalScaler),
    "persistentvolumeclaims": _Kind(group="/api/v1", shape=VolumeClaim),
    "poddisruptionbudgets": _Kind(group="/apis/policy/v1", shape=Budget),
    "networkpolicies": _Kind(group="/apis/networking.k8s.io/v1", shape=Policy),
    "nodes": _Kind(group="/api/v1", shape=Machine, of_cluster=True),
}
Lists = Mapping[str, "Listed[Any] | ApiError"]  # Any: lists of eleven kinds of objects


class Kubernetes:
    """Asks for eleven lists at once."""

    kind = "kubernetes"

    def __init__(self, now: Clock, http: Http) -> None:
        self._now = now
        self._http = http

    def collect(self, target: Target, deadline_s: float) -> WorkloadFacts:
        """Return the namespace's state within `deadline_s` seconds. An API that refuses is a fact.

        Raises:
            InvalidError: the target's options do not hold.

        """
        options = validate_options(target.options)
        began = time.monotonic()
        chosen = f" -l {options.selector}" if options.selector else ""
        facts = WorkloadFacts(
            target=target.name,
            at=self._now(),
            service=target.service,
            reproduce=f"kubectl -n {options.namespace} get pods,deploy,hpa,pvc,events{chosen}",
        )
        try:
            api = Api(
                http=api_client(self._http, options.authorities),
                until=began + deadline_s,
                max_bytes=options.max_bytes,
                root=options.url,
                headers=headers_of(options.token, options.headers),
                secrets=secrets_in(target.options),
            )
        except ApiError as error:
            return replace(facts, error=error.kind, error_text=str(error), took_s=time.monotonic() - began)
        kinds = [name for name in KINDS if options.nodes or name != "nodes"]
        with ThreadPoolExecutor(_AT_ONCE) as pool:
            lists = dict(zip(kinds, pool.map(lambda name: _list(api, options, name), kinds), strict=True))
        return replace(_told(facts, options, lists, api), took_s=time.monotonic() - began)


def _list(api: Api, options: KubernetesOptions, name: str) -> Listed[Any] | ApiError:  # Any: as in `Lists`
    kind = KINDS[name]
    where = "" if kind.of_cluster else f"/namespaces/{quote(options.namespace, safe='')}"
    query: dict[str, object] = {"limit": options.max_objects}
    if kind.selected and options.selector:
        query["labelSelector"] = options.selector
    try:
        return api.get(f"{kind.group}{where}/{name}", Listed[kind.shape], **query)  # type: ignore[name-defined]  # a shape chosen at run time
    except ApiError as error:
        return error


def _told(facts: WorkloadFacts, options: KubernetesOptions, lists: Lists, api: Api) -> WorkloadFacts:
    failed = [one for one in lists.values() if isinstance(one, ApiError)]
    if len(failed) == len(lists):
        return replace(facts, error=failed[0].kind, error_text=str(failed[0]))
    pods, events, deployments = _items(lists, "pods"), _items(lists, "events"), _items(lists, "deployments")
    names = [one.metadata.name for one in (*pods, *deployments)] if options.selector else []
    services, slices = _items(lists, "services"), _items(lists, "endpointslices")
    seen = not any(isinstance(lists[name], ApiError) for name in ("services", "endpointslices", "pods"))
    found = replace(
        facts,
        containers=tuple(reading.containers_of(pods, api.clean)),
        events=tuple(reading.events_of(events, facts.at, options.window_s, names, api.clean)),
        rollouts=tuple(reading.rollouts_of(deployments, _items(lists, "replicasets"), api.clean)),
        scalers=tuple(reading.scalers_of(_items(lists, "horizontalpodautoscalers"), api.clean)),
        nodes=tuple(reading.nodes_of(_items(lists, "nodes"), api.clean)),
        claims=tuple(reading.claims_of(_items(lists, "persistentvolumeclaims"), events, api.clean)),
        disruptions=tuple(disruptions_of(_items(lists, "poddisruptionbudgets"))),
        fences=tuple(fences_of(_items(lists, "networkpolicies"), services, pods)),
        blind=tuple(_blind(facts.target, options, lists)),
    )
    if not seen:
        return found
    every = not options.selector and not _goes_on(lists["pods"])
    return replace(found, endpoints=tuple(reading.endpoints_of(services, slices, pods, every=every)))


def _items(lists: Lists, name: str) -> list[Any]:  # Any: as in `Lists`
    one = lists.get(name)
    return (one.items or []) if isinstance(one, Listed) else []


def _goes_on(one: Listed[Any] | ApiError) -> bool:  # Any: as in `Lists`
    return isinstance(one, Listed) and bool(one.metadata.continue_)


def _blind(target: str, options: KubernetesOptions, lists: Lists) -> list[BlindSpot]:
    found = []
    for name, one in lists.items():
        if isinstance(one, ApiError):
            mend = f"let its role `list` {name}" if one.kind == "denied" else ""
            found.append(BlindSpot(target=target, what=name, why=str(one), mend=mend))
        elif _goes_on(one):
            why = f"there are more than the {options.max_objects} that were read"
            found.append(BlindSpot(target=target, what=name, why=why, mend="narrow `selector`, or raise `max_objects`"))
    if not options.nodes:
        found.append(BlindSpot(target=target, what="nodes", why="left out by `nodes: false`"))
    return found
