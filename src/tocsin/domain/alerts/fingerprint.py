"""An alert's identity, computed as Prometheus and Alertmanager compute it, so that both agree on what is one alert."""

from __future__ import annotations

from collections.abc import Mapping

_OFFSET = 0xCBF29CE484222325
_PRIME = 0x100000001B3
_MASK = 0xFFFFFFFFFFFFFFFF
_SEPARATOR = b"\xff"


def fingerprint(labels: Mapping[str, str]) -> str:
    """Return FNV-1a (64 bit) over the sorted label pairs, as 16 hex digits; a label with an empty value does not count."""
    pairs = sorted([(name.encode(), value.encode()) for name, value in labels.items() if value])
    state, prime, mask = _OFFSET, _PRIME, _MASK  # the innermost loop of a storm
    for byte in _SEPARATOR.join([part for pair in pairs for part in pair] + [b""] if pairs else []):
        state = ((state ^ byte) * prime) & mask
    return f"{state:016x}"
