"""Many small choices from one draw: Hypothesis is asked for a tape of bytes, and each byte picks one option.

A value of ten fields costs one draw instead of ten or twenty, and every combination is as likely as before.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, TypeVar

from hypothesis import strategies as st

Value = TypeVar("Value")
MAYBE = (None, True, False)
EITHER = (True, False)


class Tape:
    """Bytes that are read one after the other; past its end a tape goes on with noughts."""

    def __init__(self, drawn: bytes) -> None:
        self._drawn = drawn
        self._at = 0

    def __repr__(self) -> str:
        return f"Tape({self._drawn!r})"

    def pick(self, options: Sequence[Value]) -> Value:
        """Read one byte and return the option it stands for."""
        number = self._drawn[self._at] if self._at < len(self._drawn) else 0
        self._at += 1
        return options[number % len(options)]

    def some(self, options: Sequence[Value], most: int) -> tuple[Value, ...]:
        """Return up to `most` options, any of them more than once."""
        return tuple(self.pick(options) for _ in range(self.pick(range(most + 1))))


def tapes(length: int) -> st.SearchStrategy[Tape]:
    """Tapes of `length` bytes."""
    return st.binary(min_size=length, max_size=length).map(Tape)


def choosing(kind: Callable[..., Value], /, **fields: Sequence[Any]) -> st.SearchStrategy[Value]:
    """Values of `kind`, each field one of its options."""
    names = tuple(fields)
    return tapes(len(names)).map(lambda tape: kind(**{name: tape.pick(fields[name]) for name in names}))
