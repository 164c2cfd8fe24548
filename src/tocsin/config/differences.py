"""Two configurations side by side, one line a figure, for a person about to apply one."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from datetime import date, datetime, time, timedelta

from tocsin.domain.durations import say_duration


def difference(old: object, new: object) -> list[str]:
    """Return what changed from `old` to `new`: `+ field = value`, `- field = value`, `~ field: old -> new`."""
    before, after = flatten(old), flatten(new)
    lines = []
    for name in [*before, *(n for n in after if n not in before)]:
        if name not in after:
            lines.append(f"- {name} = {_brief(before[name])}")
        elif name not in before:
            lines.append(f"+ {name} = {_brief(after[name])}")
        elif before[name] != after[name]:
            lines.append(f"~ {name}: {_brief(before[name])} -> {_brief(after[name])}")
    return lines


def flatten(value: object, name: str = "") -> dict[str, str]:
    """Return every leaf of a dataclass by its dotted name; items with a `key` are named by it, others by their place.

    What has a way to be said in one line, such as a matcher, is a leaf.
    """
    if is_dataclass(value) and not isinstance(value, type) and type(value).__str__ is object.__str__:
        pairs = [(f.name.removesuffix("_"), getattr(value, f.name)) for f in fields(value)]
        return _flat(name, [(k, v) for k, v in pairs if not (k == "key" and name)])
    if isinstance(value, Mapping):
        return _flat(name, [(str(k), v) for k, v in value.items()])
    if isinstance(value, tuple | list):
        return _flat(name, [(str(getattr(v, "key", "") or i), v) for i, v in enumerate(value)])
    return {name: _leaf(value)}


def _flat(name: str, pairs: list[tuple[str, object]]) -> dict[str, str]:
    found: dict[str, str] = {}
    for key, child in pairs:
        found |= flatten(child, f"{name}.{key}" if name else key)
    return found


def _leaf(value: object) -> str:
    match value:
        case None:
            return "none"
        case bool():
            return "true" if value else "false"
        case timedelta():
            return say_duration(value)
        case datetime() | date():
            return value.isoformat()
        case time():
            return value.isoformat("minutes")
        case float():
            return f"{value:g}"
        case _:
            return str(value)


def _brief(text: str) -> str:
    """Long texts (templates) by their size: the diff says that they changed, `pack show` says how they read."""
    lines = text.splitlines()
    return f"({len(lines)} lines)" if len(lines) > 1 else text or "''"
