"""What the Docker engine reported of containers lately: deaths, kills for memory and failed health checks."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Collection, Iterator, Mapping

import msgspec

from tocsin.adapters.probes.api import Api, ApiError
from tocsin.domain.diagnosis.facts import WorkloadEvent

_WANTED = ("die", "oom", "health_status")
_MOST = 30
_ILL, _WELL = "health_status: unhealthy", "health_status: healthy"


class _Actor(msgspec.Struct, rename="pascal"):
    attributes: dict[str, str] = msgspec.field(name="Attributes", default={})


class _Event(msgspec.Struct):
    action: str = msgspec.field(name="Action", default="")
    actor: _Actor = msgspec.field(name="Actor", default_factory=_Actor)


def read_events(api: Api, since: float, until: float, names: Collection[str]) -> tuple[WorkloadEvent, ...]:
    """Return what was reported between two moments (seconds since 1970) of containers of these names, repetitions counted.

    Without an end the engine would go on telling for ever.

    Raises:
        ApiError: it refuses, or says what its API does not document.
    """
    filters = json.dumps({"type": ["container"], "event": list(_WANTED)})
    body = api.fetch("/events", since=int(since), until=int(until), filters=filters)
    try:
        told = [msgspec.json.decode(line, type=_Event) for line in body.splitlines() if line.strip()]
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        raise ApiError("other", api.clean(f"/events: not what the API documents: {error}")) from error
    return tuple(_counted(one for one in told if one.actor.attributes.get("name") in names))[:_MOST]


def _counted(told: Iterator[_Event]) -> Iterator[WorkloadEvent]:
    health: dict[str, str] = {}
    times: Counter[tuple[str, str, str]] = Counter()
    for one in told:
        name = one.actor.attributes.get("name", "")
        if one.action in {_ILL, _WELL}:
            health[name] = one.action
        elif one.action == "oom":
            times[name, "oom", "killed for memory"] += 1
        elif one.action == "die" and (code := _exit_code(one.actor.attributes)):
            times[name, "die", f"exit code {code}"] += 1
    for (name, reason, message), count in times.items():
        often = f", {count} times" if count > 1 else ""
        yield WorkloadEvent(about=name, reason=reason, message=message + often)
    for name in (name for name, last in health.items() if last == _ILL):
        yield WorkloadEvent(about=name, reason="unhealthy", message="its health check began to fail")


def _exit_code(attributes: Mapping[str, str]) -> str:
    """Return the code of a container that ended with an error, else an empty text."""
    code = attributes.get("exitCode", "")
    return "" if code == "0" else code
