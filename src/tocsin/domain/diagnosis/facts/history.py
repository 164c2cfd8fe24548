"""What earlier runs read of the same targets, small enough to travel with every bundle."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """What one run read at `target`: counters and levels in `numbers`, settings and names in `words`."""

    target: str
    at: datetime
    numbers: Mapping[str, float] = field(default_factory=dict)
    words: Mapping[str, str] = field(default_factory=dict)
