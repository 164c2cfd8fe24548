"""An alert's identity is what the hash's definition gives, however its pieces were found."""

from __future__ import annotations

from hypothesis import example, given
from hypothesis import strategies as st

from tocsin.domain.alerts.fingerprint import _mixed, fingerprint

PAIRS = st.dictionaries(
    st.text(max_size=8), st.text(max_size=12) | st.text("ab", min_size=190, max_size=210), max_size=6
)


def by_definition(labels: dict[str, str]) -> str:
    """FNV-1a, byte by byte, over the pairs in the order of their bytes, each name and value followed by 0xff."""
    state = 0xCBF29CE484222325
    for name, value in sorted((name.encode(), value.encode()) for name, value in labels.items() if value):
        for byte in name + b"\xff" + value + b"\xff":
            state = ((state ^ byte) * 0x100000001B3) % 2**64
    return f"{state:016x}"


def test_what_is_long_is_not_remembered() -> None:
    before = _mixed.cache_info().currsize

    fingerprint({"n" * 201: "v"})
    fingerprint({"n": "v" * 200})

    assert _mixed.cache_info().currsize == before


@given(PAIRS)
@example({"\U0001f600": "x", "￿": "y", "a": "", "é": "z"})
def test_it_is_the_hash_of_the_sorted_pairs(labels: dict[str, str]) -> None:
    assert fingerprint(labels) == fingerprint(labels) == by_definition(labels)
