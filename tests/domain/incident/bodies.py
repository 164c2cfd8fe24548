"""Values of every event type, drawn from their annotations."""

from __future__ import annotations

import types
from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from datetime import UTC, datetime, timedelta
from enum import EnumMeta
from functools import cache
from typing import Literal, Union, get_args, get_origin, get_type_hints

from hypothesis import strategies as st

from tocsin.domain.incident.events import EventBody

TEXT = st.text(max_size=8)
MOMENTS = st.datetimes(min_value=datetime(2020, 1, 1), max_value=datetime(2040, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001 (bounds are naive)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.floats(allow_nan=False, allow_infinity=False) | TEXT,
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(TEXT, inner, max_size=2),
    max_leaves=4,
)
PLAIN: dict[object, st.SearchStrategy[object]] = {
    str: TEXT,
    bool: st.booleans(),
    int: st.integers(-(2**53), 2**53),
    float: st.floats(allow_nan=False, allow_infinity=False),
    datetime: MOMENTS,
    timedelta: st.timedeltas(min_value=timedelta(0), max_value=timedelta(days=9)),
    object: JSON,
    type(None): st.none(),
}


@cache
def bodies(kind: type[EventBody]) -> st.SearchStrategy[EventBody]:
    """Every value an event of this type may have."""
    return _dataclass(kind)


@cache
def _dataclass(kind: type) -> st.SearchStrategy[object]:
    hints = get_type_hints(kind)
    return st.builds(kind, **{f.name: _of(hints[f.name]) for f in fields(kind)})


def _of(hint: object) -> st.SearchStrategy[object]:
    if hint in PLAIN:
        return PLAIN[hint]
    origin, args = get_origin(hint), get_args(hint)
    if origin is Literal:
        return st.sampled_from(args)
    if origin in {Union, types.UnionType}:
        return st.one_of(*(_of(a) for a in args))
    if origin is tuple:
        return st.lists(_of(args[0]), max_size=2).map(tuple)
    if origin is Mapping:
        return st.dictionaries(_of(args[0]), _of(args[1]), max_size=2)
    if isinstance(hint, EnumMeta):
        return st.sampled_from(list(hint))
    assert isinstance(hint, type)
    assert is_dataclass(hint)
    return st.deferred(lambda: _dataclass(hint))  # a class may hold others of itself
