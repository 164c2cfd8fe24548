"""An alert's identity: its sender's own key, or computed as Prometheus and Alertmanager do, so that both agree on what is one alert."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from functools import lru_cache

LONGEST_IDENTITY = 255
_OFFSET = 0xCBF29CE484222325
_PRIME = 0x100000001B3
_MASK = 0xFFFFFFFFFFFFFFFF
_LOWEST = 0xFF
_SEPARATOR = b"\xff"
# What is longer is seldom said twice, and would only fill the memory.
_REMEMBERED = 200


def identity(given: str) -> str:
    """Return a sender's own key of an alert, or its SHA-256 where it is too long or cannot be shown."""
    fits = len(given) <= LONGEST_IDENTITY and given.isprintable()
    return given if fits else hashlib.sha256(given.encode("utf-8", "surrogatepass")).hexdigest()


def fingerprint(labels: Mapping[str, str]) -> str:
    """Return FNV-1a (64 bit) over the sorted label pairs, as 16 hex digits; a label with an empty value does not count."""
    state = _OFFSET
    for name, value in sorted(labels.items()):
        if value:
            mixed = _mixed if len(name) + len(value) <= _REMEMBERED else _mixed.__wrapped__
            factor, more = mixed(state & _LOWEST, name, value)
            state = (state * factor + more) & _MASK
    return f"{state:016x}"


@lru_cache(maxsize=16_384)
def _mixed(low: int, name: str, value: str) -> tuple[int, int]:
    """Return what a pair does to a state that ends in the byte `low`: what it is multiplied by, and what is added.

    FNV-1a mixes a byte into the lowest one of the state and multiplies. So what a pair adds depends on that byte alone, and
    need not be found again for the pairs that all alerts of a storm have.
    """
    state = low
    text = name.encode() + _SEPARATOR + value.encode() + _SEPARATOR
    for byte in text:
        state = ((state ^ byte) * _PRIME) & _MASK
    factor = pow(_PRIME, len(text), _MASK + 1)
    return factor, (state - low * factor) & _MASK
