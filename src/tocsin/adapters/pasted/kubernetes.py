"""What `kubectl get`, `describe` and `events` printed, as tables, text, YAML or JSON."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError

from tocsin.adapters.pasted.paste import Paste, columns, inside, items, number_at, text_at
from tocsin.domain.diagnosis.facts import ContainerState, Facts, WorkloadEvent, WorkloadFacts

_MOST_YAML = 2 << 20
_STEADY = frozenset({"Normal"})


def read(paste: Paste) -> Facts | None:
    """Return containers and events, None where this is not about Kubernetes."""
    for take in (_objects, _tables, _described):
        containers, events = take(paste)
        if containers or events:
            return WorkloadFacts(target=paste.name, at=paste.at, containers=tuple(containers), events=tuple(events))
    return None


Found = tuple[list[ContainerState], list[WorkloadEvent]]


def _objects(paste: Paste) -> Found:
    objects = list(_flat(paste.document if paste.document is not None else _yaml(paste)))
    containers = [state for one in objects if text_at(one, "kind") == "Pod" for state in _pod(one, paste)]
    events = [
        WorkloadEvent(
            reason=text_at(one, "reason"),
            message=paste.clean(text_at(one, "message") or text_at(one, "note"))[:300],
            about=text_at(one, "involvedObject", "name") or text_at(one, "regarding", "name"),
            warning=text_at(one, "type") not in _STEADY,
        )
        for one in objects
        if text_at(one, "kind") == "Event"
    ]
    return containers, events


def _yaml(paste: Paste) -> object:
    if "apiVersion:" not in paste.text or len(paste.text) > _MOST_YAML:
        return None
    try:
        return list(YAML(typ="safe", pure=True).load_all(paste.text))
    except (YAMLError, ValueError, RecursionError):
        return None


def _flat(value: object) -> Iterator[Mapping[str, object]]:
    for one in items(value):
        inner = inside(one, "items")
        if isinstance(inner, list):
            yield from items(inner)
        elif "kind" in one:
            yield one


def _pod(pod: Mapping[str, object], paste: Paste) -> Iterator[ContainerState]:
    name = text_at(pod, "metadata", "name")
    statuses = inside(pod, "status", "containerStatuses")
    if not isinstance(statuses, list) or not statuses:
        conditions = inside(pod, "status", "conditions")
        unmet = (
            [one for one in items(conditions) if text_at(one, "status") == "False"]
            if isinstance(conditions, list)
            else []
        )
        reason = text_at(pod, "status", "reason") or (text_at(unmet[0], "reason") if unmet else "")
        message = text_at(pod, "status", "message") or (text_at(unmet[0], "message") if unmet else "")
        yield ContainerState(
            name=name, status=text_at(pod, "status", "phase"), reason=reason, message=paste.clean(message)[:200]
        )
        return
    for one in items(statuses):
        status = next(
            (key for key in ("waiting", "terminated", "running") if inside(one, "state", key) is not None), ""
        )
        state, last = inside(one, "state", status), inside(one, "lastState", "terminated")
        reasons = dict.fromkeys(text for text in (text_at(state, "reason"), text_at(last, "reason")) if text)
        code = number_at(state, "exitCode")
        yield ContainerState(
            name=f"{name}/{text_at(one, 'name')}",
            status=status,
            reason=", before ".join(reasons),
            exit_code=code if code is not None else number_at(last, "exitCode"),
            restarts=number_at(one, "restartCount") or 0,
            ready=inside(one, "ready") is True or (status == "terminated" and code == 0),
            message=paste.clean(text_at(state, "message"))[:200],
        )


def _tables(paste: Paste) -> Found:
    lines = paste.lines
    pods = [_listed(row) for row in columns(lines, "NAME", "READY", "STATUS", "RESTARTS") if row["STATUS"]]
    rows = columns(lines, "LAST SEEN", "TYPE", "REASON", "MESSAGE")
    events = [
        WorkloadEvent(
            reason=row["REASON"],
            message=paste.clean(row["MESSAGE"])[:300],
            about=row.get("OBJECT", ""),
            warning=row["TYPE"] not in _STEADY,
        )
        for row in rows
    ]
    return pods, events


def _listed(row: Mapping[str, str]) -> ContainerState:
    have, _, want = row["READY"].partition("/")
    restarts = row["RESTARTS"].partition(" ")[0]
    status = row["STATUS"]
    return ContainerState(
        name=row["NAME"],
        status=status,
        reason=status,
        restarts=int(restarts) if restarts.isdigit() else 0,
        ready=have == want or status == "Completed",
    )


def _described(paste: Paste) -> Found:
    """Read `kubectl describe pod`: indented names and values, then a table of events without dashes of its own."""
    if not paste.text.lstrip().startswith("Name:") or "Containers:" not in paste.text:
        return [], []
    pod = paste.lines[0].partition(":")[2].strip()
    containers: list[ContainerState] = []
    inside_containers, fields = False, dict[str, str]()
    name = ""
    for line in (*paste.lines, "End:"):
        indent = len(line) - len(line.lstrip())
        key, _, value = line.strip().partition(":")
        if indent == 0 or (inside_containers and indent == 2 and not value.strip()):  # noqa: PLR2004 (a container's name)
            if name:
                containers.append(_told(f"{pod}/{name}", fields))
            inside_containers = key in {"Containers", "Init Containers"} or (inside_containers and indent > 0)
            name, fields = (key if indent else ""), {}
        elif name:
            fields[key if key not in fields else f"{key} before"] = value.strip()
    return containers, list(_described_events(paste))


def _told(name: str, fields: Mapping[str, str]) -> ContainerState:
    reasons = dict.fromkeys(one for one in (fields.get("Reason"), fields.get("Reason before")) if one)
    code, restarts = fields.get("Exit Code", ""), fields.get("Restart Count", "")
    return ContainerState(
        name=name,
        status=fields.get("State", "").lower(),
        reason=", before ".join(reasons),
        exit_code=int(code) if code.isdigit() else None,
        restarts=int(restarts) if restarts.isdigit() else 0,
        ready=fields.get("Ready") == "True" if "Ready" in fields else None,
    )


def _described_events(paste: Paste) -> Iterator[WorkloadEvent]:
    _, found, table = paste.text.partition("\nEvents:")
    for line in table.splitlines() if found else ():
        cells = line.split(None, 2)
        if len(cells) == 3 and cells[0] in {"Warning", "Normal"}:  # noqa: PLR2004 (type, reason, the rest)
            message = line.rpartition("  ")[2].strip()
            yield WorkloadEvent(reason=cells[1], message=paste.clean(message)[:300], warning=cells[0] not in _STEADY)
