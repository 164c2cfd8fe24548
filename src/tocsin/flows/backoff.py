"""How long to wait before trying again."""

from __future__ import annotations

import random
from collections.abc import Callable
from datetime import timedelta

LONGEST_S = 300.0
Jitter = Callable[[], float]


def backoff(attempt: int, *, first_s: float = 1.0, jitter: Jitter = random.random) -> timedelta:
    """Return how long to wait after the `attempt`-th try: doubling, at most 5 min, spread by half either way."""
    doubled = first_s * 2.0 ** min(attempt - 1, 20)
    return timedelta(seconds=min(LONGEST_S, doubled) * (0.5 + jitter()))
