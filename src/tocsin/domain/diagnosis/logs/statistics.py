"""How surprising a count is, in plain arithmetic."""

from __future__ import annotations

import math
from collections.abc import Sequence

_MAD_TO_SIGMA = 1.4826


def surprise(before: float, after: float, scale: float) -> float:
    """Return the signed root of the G statistic: how far `after` is from `before` times `scale`, in standard deviations.

    Counts are Poisson; `scale` is the length of the later period over that of the earlier.
    """
    total = before + after
    if total <= 0 or scale <= 0:
        return 0.0
    expected_after = total * scale / (1 + scale)
    expected_before = total - expected_after
    g = 2 * (_term(after, expected_after) + _term(before, expected_before))
    return math.copysign(math.sqrt(max(0.0, g)), after - expected_after)


def dispersion(counts: Sequence[int]) -> float:
    """Return variance over mean of counts of equal periods, at least 1: bursts make a jump less surprising."""
    if len(counts) < 4 or not any(counts):  # noqa: PLR2004 (fewer say nothing of a variance)
        return 1.0
    mean = sum(counts) / len(counts)
    variance = sum((one - mean) ** 2 for one in counts) / (len(counts) - 1)
    return max(1.0, variance / mean)


def chance_of_silence(count: int, share: float) -> float:
    """Return how likely all of `count` events fall outside a period that is `share` of the whole."""
    return float((1.0 - share) ** count)


def discoveries(chances: Sequence[float], tried: int, rate: float) -> float:
    """Return the largest chance to call a discovery, so that at most `rate` of them are false (Benjamini and Hochberg)."""
    found = 0.0
    for rank, chance in enumerate(sorted(chances), start=1):
        if chance <= rate * rank / max(1, tried):
            found = chance
    return found


def median(values: Sequence[float]) -> float:
    """Return the middle of values, of which there must be one."""
    ordered = sorted(values)
    middle = len(ordered) // 2
    return ordered[middle] if len(ordered) % 2 else (ordered[middle - 1] + ordered[middle]) / 2


def spread(values: Sequence[float]) -> float:
    """Return the median absolute deviation, scaled to compare with a standard deviation."""
    centre = median(values)
    return _MAD_TO_SIGMA * median([abs(one - centre) for one in values])


def separation(first: Sequence[float], second: Sequence[float]) -> float:
    """Return how likely a value of `second` is above one of `first`: 0.5 for the same, 0 or 1 for apart."""
    if not first or not second:
        return 0.5
    above = sum((b > a) + 0.5 * (b == a) for a in first for b in second)
    return above / (len(first) * len(second))


def _term(seen: float, expected: float) -> float:
    return seen * math.log(seen / expected) if seen > 0 else 0.0
