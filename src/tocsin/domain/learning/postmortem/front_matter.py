"""YAML front matter, written and kept: what Tocsin knows is renewed, what people put there stays."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Final

Scalar = str | bool | int | float | datetime | None
Item = Scalar | Mapping[str, Scalar]
Value = Scalar | Sequence[Item]

# Keys that are people's as soon as they wrote something there.
PEOPLES: Final = frozenset({"authors", "reviewers", "tags"})
_KEY: Final = re.compile(r"""^(["']?)([A-Za-z_][\w-]*)\1\s*:""")
_UNPRINTABLE: Final = re.compile("[\x7f-\x9f\u2028\u2029\ud800-\udfff\ufeff\ufffe\uffff]")
_EMPTY: Final = frozenset({"", "[]", "null", "~", '""', "''", "{}"})


def emit(values: Mapping[str, Value]) -> str:
    """Return the front matter with its `---` lines."""
    return "\n".join(["---", *(line for key, value in values.items() for line in _lines(key, value)), "---"]) + "\n"


def split(text: str) -> tuple[list[str] | None, str]:
    """Return the lines of the front matter (None when there is none) and the rest of the document."""
    lines = text.split("\n")
    if lines[0].rstrip() != "---":
        return None, text
    for number, line in enumerate(lines[1:], start=1):
        if line.rstrip() in {"---", "..."}:
            return lines[1:number], "\n".join(lines[number + 1 :])
    return None, text


def renew(old: Sequence[str], values: Mapping[str, Value]) -> str:
    """Return `old` with the keys of `values` renewed in place; other keys and comment lines stay as they are.

    An empty new value replaces nothing, and neither does one for a key that is people's (`PEOPLES`).
    """
    lines: list[str] = []
    seen: set[str] = set()
    for key, found in _blocks(old):
        if key not in values or key in seen or _keeps(key, found, values[key]):
            lines += found
        else:
            lines += _lines(key, values[key])
        seen.add(key)
    lines += [line for key, value in values.items() if key not in seen for line in _lines(key, value)]
    return "\n".join(["---", *lines, "---"]) + "\n"


def _blocks(lines: Sequence[str]) -> Iterator[tuple[str, list[str]]]:
    """Yield (key, its lines); comments and blank lines between keys have the key ''."""
    key, found = "", list[str]()
    for line in lines:
        match = _KEY.match(line)
        apart = not line.strip() or line.startswith("#")
        if match or (apart and key) or (not apart and not key and found):
            if found:
                yield key, found
            key, found = (match[2] if match else ""), []
        found.append(line)
    if found:
        yield key, found


def _keeps(key: str, found: Sequence[str], value: Value) -> bool:
    old = "\n".join(found).partition(":")[2].strip()
    new_is_empty = value is None or value == "" or (isinstance(value, Sequence) and not value)
    return old not in _EMPTY and (new_is_empty or key in PEOPLES)


def _lines(key: str, value: Value) -> list[str]:
    if isinstance(value, Sequence) and not isinstance(value, str):
        if any(isinstance(item, Mapping) for item in value):
            return [f"{key}:", *(f"  - {_item(item)}" for item in value)]
        return [f"{key}: [{', '.join(_item(item) for item in value)}]"]
    return [f"{key}: {_scalar(value)}"]


def _item(item: Item) -> str:
    if isinstance(item, Mapping):
        return "{" + ", ".join(f"{k}: {_scalar(v)}" for k, v in item.items()) + "}"
    return _scalar(item)


def _scalar(value: Scalar) -> str:
    match value:
        case None:
            return "null"
        case bool():
            return "true" if value else "false"
        case datetime():
            return f"{value.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"
        case str():
            # A JSON string is a YAML string, but for a few characters that YAML does not print.
            quoted = json.dumps(value, ensure_ascii=False)
            return _UNPRINTABLE.sub(lambda c: "\\ufffd" if c[0] >= "\ud800" else f"\\u{ord(c[0]):04x}", quoted)
        case _:
            return str(value)
