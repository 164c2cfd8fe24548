"""What senders might post: anything at all, and what they do send with parts made other, left out or added.

How many posts each test tries is its own choice in the suite; TOCSIN_FUZZ=N makes N of each kind and way (see
docs/testing.md). `python -m bench.fuzz` counts them.
"""

from __future__ import annotations

import json
import os
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Any, Final

from hypothesis import strategies as st

from tests.adapters.sources import samples

ANY_TEXT = st.text(max_size=20) | st.sampled_from(
    [
        "",
        "0001-01-01T00:00:00Z",
        "2026-03-04T14:20:00+00:00Z",
        "9999-12-31T23:59:59-23:59",
        "\0",
        "$ALERT_ID",
        "a" * 600,
    ]
)
NUMBER = st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.sampled_from([0, -1, 10**400, 1e300])
JSON = st.recursive(
    st.none() | st.booleans() | NUMBER | ANY_TEXT,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(ANY_TEXT, inner, max_size=3),
    max_leaves=6,
)
WAYS: Final = ("any bytes", "any json", "parts of real posts")
FUZZING: Final = "TOCSIN_FUZZ" in os.environ
TRIED: Final[Counter[str]] = Counter()


def examples(usual: int, *, most: int = 0) -> int:
    """Return how many examples a test tries: its `usual` ones, or what TOCSIN_FUZZ asks for, up to `most`."""
    asked = int(os.environ.get("TOCSIN_FUZZ", "0"))
    return min(asked, most or asked) or usual


@dataclass(frozen=True)
class Sample:
    """A post that a sender does send, from which others are made."""

    body: Any
    path: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)


@cache
def samples_of(kind: str) -> list[Sample]:
    """Return the posts that a kind of sender does send."""
    return [Sample(*one) for one in samples.POSTS[kind]]


def drawn(kind: str, way: str, data: st.DataObject) -> tuple[Sample, bytes]:
    """Return a body made one `way`, and the post whose path and headers go with it."""
    sample = data.draw(st.sampled_from(samples_of(kind)))
    match way:
        case "any bytes":
            return sample, data.draw(st.binary(max_size=300))
        case "any json":
            return sample, json.dumps(data.draw(JSON)).encode()
        case _:
            return sample, _like(kind, sample.body, data)


def _like(kind: str, body: Any, data: st.DataObject) -> bytes:
    if isinstance(body, bytes):
        return _with_other_bytes(body, data)
    for _ in range(data.draw(st.integers(1, 3))):
        body = _with_another_part(body, data)
    told = samples.signed(kind, json.dumps(body).encode())
    return _with_other_bytes(told, data) if data.draw(st.integers(0, 9)) == 0 else told


def _with_another_part(value: Any, data: st.DataObject) -> Any:
    """Return `value` with one of its parts, however deep, made another, left out, or joined by one more."""
    inside = isinstance(value, dict | list) and bool(value) and data.draw(st.integers(0, 3)) > 0
    if not inside:
        return data.draw(JSON)
    keys = list(value) if isinstance(value, dict) else list(range(len(value)))
    at = data.draw(st.sampled_from(keys))
    what = data.draw(st.sampled_from(["inside", "inside", "inside", "without", "with"]))
    copy = dict(value) if isinstance(value, dict) else list(value)
    if what == "without":
        del copy[at]
    elif what == "with" and isinstance(copy, dict):
        copy[data.draw(ANY_TEXT)] = data.draw(JSON)
    elif what == "with":
        copy.append(data.draw(JSON))  # type: ignore[union-attr]  # a list here
    else:
        copy[at] = _with_another_part(value[at], data)
    return copy


def _with_other_bytes(body: bytes, data: st.DataObject) -> bytes:
    start = data.draw(st.integers(0, len(body)))
    end = min(len(body), start + data.draw(st.integers(0, 20)))
    return body[:start] + data.draw(st.binary(max_size=20)) + body[end:]
