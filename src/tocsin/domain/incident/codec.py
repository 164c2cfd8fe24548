"""Events and states to and from JSON; old versions of events are lifted by pure upcasters, never rewritten in place."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, get_args

import msgspec

from tocsin.domain.incident import events
from tocsin.domain.incident.events import EventBody
from tocsin.domain.incident.state import Incident

Raw = dict[str, Any]  # JSON is untyped by nature

TYPES: Mapping[str, type[EventBody]] = {body.__name__: body for body in get_args(events.EventBody)}
VERSIONS: Mapping[str, int] = {name: getattr(body, "V", 1) for name, body in TYPES.items()}

_CAUSE_STATES: Mapping[str, str] = {"supported": "likely", "proposed": "possible"}


def _renamed_states(body: Raw) -> Raw:
    """Return a diagnosis whose causes are called what they are called today."""
    causes = [{**cause, "state": _CAUSE_STATES.get(cause["state"], cause["state"])} for cause in body["causes"]]
    return {**body, "causes": causes}


# (type, version) -> the body one version later. An entry is added when a type's fields change meaning, and stays for ever.
UPCASTERS: Mapping[tuple[str, int], Callable[[Raw], Raw]] = {("Diagnosed", 1): _renamed_states}


def encode_body(body: EventBody) -> tuple[str, int, str]:
    """Return (type, version, JSON) of an event's body."""
    name = type(body).__name__
    return name, VERSIONS[name], msgspec.json.encode(body).decode()


def decode_body(kind: str, version: int, raw: str) -> EventBody:
    """Return the body that was stored as `kind` at `version`, lifted to today's shape.

    Raises:
        KeyError: the kind or the way from its version is unknown (newer code wrote it).
        msgspec.ValidationError: the JSON is not that kind.
    """
    body_type = TYPES[kind]
    if version == VERSIONS[kind]:
        return msgspec.json.decode(raw, type=body_type)
    if version > VERSIONS[kind]:
        raise KeyError((kind, version))
    value: Raw = msgspec.json.decode(raw)
    for step in range(version, VERSIONS[kind]):
        value = UPCASTERS[kind, step](value)
    return msgspec.convert(value, type=body_type)


def encode_state(state: Incident) -> str:
    """Return the snapshot as JSON."""
    return msgspec.json.encode(state).decode()


def decode_state(raw: str) -> Incident:
    """Return the snapshot; the caller checks its version first."""
    return msgspec.json.decode(raw, type=Incident)
