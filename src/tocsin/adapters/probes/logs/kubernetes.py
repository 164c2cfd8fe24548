"""Lines of pods, through the Kubernetes API: GET only."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from urllib.parse import quote

import msgspec

from tocsin.adapters.probes.api import Api
from tocsin.adapters.probes.logs.options import LogsOptions
from tocsin.adapters.probes.logs.reading import Budget, Chunk, Reading, api_of
from tocsin.adapters.probes.refusals import ReadError
from tocsin.domain.diagnosis.logs.clock import Clock
from tocsin.net.http import Http

_MOST_PODS = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class _Container:
    pod: str
    name: str
    service: str
    restarted: bool


class _Meta(msgspec.Struct):
    name: str
    labels: dict[str, str] = {}


class _Named(msgspec.Struct):
    name: str
    restartCount: int = 0  # noqa: N815 (the API's name)


class _Spec(msgspec.Struct):
    containers: list[_Named] = []


class _Status(msgspec.Struct):
    containerStatuses: list[_Named] = []  # noqa: N815 (the API's name)


class _Pod(msgspec.Struct):
    metadata: _Meta
    spec: _Spec = msgspec.field(default_factory=_Spec)
    status: _Status = msgspec.field(default_factory=_Status)


class _Pods(msgspec.Struct):
    items: list[_Pod] = []


def read(options: LogsOptions, budget: Budget, http: Http) -> Reading:
    """Return the newest lines of the pods, and the last ones of containers that were started again.

    Raises:
        ReadError: the API cannot be reached, refuses, or has no such pod.
    """
    api = api_of(options, budget, http)
    selector = f" -l {options.selector}" if options.selector else ""
    reading = Reading(
        reproduce=f"kubectl logs -n {options.namespace}{selector} --prefix --timestamps --since {int(budget.window_s)}s"
    )
    containers = list(_containers(options, api))
    if not containers:
        raise ReadError("missing", f"no pod in {options.namespace} matches {options.selector or 'anything'}")
    if len(containers) > _MOST_PODS:
        reading.miss(
            "pods", f"{len(containers) - _MOST_PODS} of {len(containers)} containers were not read", "narrow `selector`"
        )
    share = min(len(containers), _MOST_PODS)
    for one in containers[:_MOST_PODS]:
        for previous in (True, False) if one.restarted else (False,):
            try:
                body = _lines(options, budget, api, (one, share), previous=previous)
            except ReadError as error:
                what = f"{'earlier ' if previous else ''}log of {one.pod}/{one.name}"
                reading.miss(what, str(error))
                continue
            reading.bytes += len(body)
            reading.chunks.append(_chunk(one, body, budget))
    if not reading.chunks:
        raise ReadError("other", reading.blind[-1].why)
    return reading


def _containers(options: LogsOptions, api: Api) -> Iterator[_Container]:
    chosen = {"labelSelector": options.selector} if options.selector else {}
    pods = api.get(f"/api/v1/namespaces/{quote(options.namespace, safe='')}/pods", _Pods, **chosen).items
    for pod in pods:
        labels = pod.metadata.labels
        service = labels.get("app.kubernetes.io/name") or labels.get("app") or ""
        restarts = {status.name: status.restartCount for status in pod.status.containerStatuses}
        for container in pod.spec.containers:
            if options.container in {"", container.name}:
                yield _Container(
                    pod=pod.metadata.name,
                    name=container.name,
                    service=service or container.name,
                    restarted=restarts.get(container.name, 0) > 0,
                )


def _lines(options: LogsOptions, budget: Budget, api: Api, of: tuple[_Container, int], *, previous: bool) -> bytes:
    """Return what one container wrote, of the budget the share of one of so many."""
    one, share = of
    query: dict[str, object] = {
        "container": one.name,
        "timestamps": "true",
        "sinceSeconds": max(1, int(budget.window_s)),
        "tailLines": max(1, budget.max_lines // share),
        "limitBytes": max(1, budget.max_bytes // share),
    }
    if previous:
        query["previous"] = "true"
    where = f"namespaces/{quote(options.namespace, safe='')}/pods/{quote(one.pod, safe='')}/log"
    return api.fetch(f"/api/v1/{where}", **query)


def _chunk(one: _Container, body: bytes, budget: Budget) -> Chunk:
    chunk = Chunk(service=one.service)
    clock = Clock(budget.now)
    for line in body.decode("utf-8", "replace").splitlines():
        stamp, _, text = line.partition(" ")
        at = clock.value(stamp)
        if at is not None:
            chunk.times.append(at)
            chunk.lines.append(text)
    return chunk
