"""Freeze today's stored form of every event type that is not frozen yet at its version: a deliberate act, by hand.

Run from the checkout: `PYTHONPATH=src:. python tests/data/events/freeze.py`. What is there is never overwritten: a
stored event must be read for ever, so a changed meaning needs a new version and an upcaster, not a new file.
"""

from __future__ import annotations

import json
import sys
from dataclasses import MISSING, fields, is_dataclass
from datetime import UTC, datetime, timedelta
from enum import EnumMeta
from pathlib import Path
from types import UnionType
from typing import Any, Literal, Union, get_args, get_origin, get_type_hints

from tocsin.domain.incident.codec import TYPES, VERSIONS, encode_body

HERE = Path(__file__).parent
SAMPLES: dict[object, object] = {
    str: "words",
    bool: True,
    int: 3,
    float: 2.5,
    datetime: datetime(2026, 1, 20, 12, 0, 0, 123456, tzinfo=UTC),
    timedelta: timedelta(minutes=5),
    object: {"deep": [1, "two", None]},
}


def sample(hint: Any, within: tuple[object, ...] = ()) -> object:
    """Return a value of an annotation; a list of what it is `within` itself is empty."""
    if hint in SAMPLES:
        return SAMPLES[hint]
    origin, args = get_origin(hint), get_args(hint)
    if origin is Literal:
        return args[-1]
    if origin in {Union, UnionType}:
        return sample(args[0], within)
    if origin is tuple:
        return () if args[0] in within else (sample(args[0], within),)
    if isinstance(hint, EnumMeta):
        return list(hint)[2]
    if is_dataclass(hint) and isinstance(hint, type):
        hints = get_type_hints(hint)
        return hint(**{f.name: sample(hints[f.name], (*within, hint)) for f in fields(hint)})
    return {"key": sample(args[1])}


def lines(name: str) -> list[str]:
    """Return the stored form with every field set, and with only the fields that must be."""
    kind = TYPES[name]
    hints = get_type_hints(kind)
    needed = [f.name for f in fields(kind) if f.default is MISSING and f.default_factory is MISSING]
    full = {f.name: sample(hints[f.name]) for f in fields(kind)}
    found = []
    for chosen in (full, {n: full[n] for n in needed}):
        stored, version, raw = encode_body(kind(**chosen))  # type: ignore[arg-type]  # values were made from the hints
        found.append(json.dumps({"type": stored, "v": version, "body": json.loads(raw)}, ensure_ascii=False))
    return list(dict.fromkeys(found))


def main() -> None:
    """Write what is missing."""
    for name in sorted(TYPES):
        path = HERE / f"v{VERSIONS[name]}" / f"{name}.json"
        if not path.exists():
            path.parent.mkdir(exist_ok=True)
            path.write_text("\n".join(lines(name)) + "\n")
            sys.stdout.write(f"froze {path.relative_to(HERE)}\n")


if __name__ == "__main__":
    main()
