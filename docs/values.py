"""Types and values as people write them in `tocsin.yaml`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import MISSING, Field, fields, is_dataclass
from datetime import timedelta
from types import UnionType
from typing import Any, Literal, Union, get_args, get_origin

from tocsin.config.routing_rules import ROUTING_LINES
from tocsin.domain.alerts.routing import Route
from tocsin.domain.durations import say_duration
from tocsin.domain.mitigation.runbook import Runbook
from tocsin.domain.policy.pack import Pack


def said(hint: object) -> str:
    """Return a type as people read it."""
    origin, args = get_origin(hint), get_args(hint)
    if origin is Literal:
        return " or ".join(f"`{a}`" for a in args)
    if origin in {Union, UnionType}:
        return " or ".join(said(a) for a in args if a is not type(None))
    if hint == tuple[Pack, ...]:
        return "list of paths"
    if hint == tuple[Runbook, ...]:
        return "list of paths and runbooks"
    if origin is tuple and args[0] in ROUTING_LINES:
        return "list of text"
    if origin is tuple:
        keyed = is_dataclass(args[0]) and any(f.name == "key" and f.default is MISSING for f in fields(args[0]))
        return f"{said(args[0])}, by key" if keyed or args[0] is Route else f"list of {said(args[0])}"
    if isinstance(origin, type) and issubclass(origin, Mapping):
        return "mapping"
    named = {
        "str": "text",
        "int": "whole number",
        "float": "number",
        "bool": "true or false",
        "timedelta": "duration",
        "datetime": "time",
        "time": "time of day",
    }
    name = getattr(hint, "__name__", str(hint))
    return named.get(name, name)


def default(field: Field[Any]) -> str:
    """Return a field's default as it would be written in the file."""
    if field.default is MISSING and field.default_factory is MISSING:
        return "**required**"
    return written(field.default if field.default is not MISSING else None)


def written(value: object) -> str:
    """Return a value as it would be written in YAML; nothing for what is empty."""
    match value:
        case timedelta():
            return f"`{say_duration(value)}`"
        case bool():
            return f"`{str(value).lower()}`"
        case None | "" | () | {} | Route():
            return "none"
        case tuple() | list():
            return "`[" + ", ".join(str(v) for v in value) + "]`"
        case _:
            return f"`{value}`"
