"""Replacing fields of a value: the same as the standard library's, for the values that have the most."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass

import pytest

from tocsin.domain.comms.fields import MessageFields
from tocsin.domain.replacing import replace


@dataclass(frozen=True, slots=True, kw_only=True)
class _One:
    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class _Strict:
    name: str

    def __post_init__(self) -> None:
        object.__setattr__(self, "name", self.name.strip())


def test_what_is_replaced_is_another_and_the_rest_as_it_was() -> None:
    known = MessageFields(ref="INC-1", title="It breaks")

    changed = replace(known, title="It burns", status="active")

    assert changed == dataclasses.replace(known, title="It burns", status="active")
    assert (known.title, changed.ref) == ("It breaks", "INC-1")
    assert hash(replace(known)) == hash(known)


def test_a_value_of_one_field_is_replaced_too() -> None:
    assert replace(_One(name="a"), name="b") == _One(name="b")
    assert replace(_One(name="a")) == _One(name="a")


def test_a_field_that_is_not_there_is_refused() -> None:
    with pytest.raises(TypeError, match="no field 'nickname'"):
        replace(_One(name="a"), nickname="b")


def test_a_class_that_looks_at_its_fields_is_refused() -> None:
    with pytest.raises(TypeError, match="looks at its fields"):
        replace(_Strict(name="a"), name="b")
