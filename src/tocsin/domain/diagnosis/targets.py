"""What a probe is pointed at."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """One thing to look at: `kind` picks the probe, `options` are the probe's own, still raw (they may hold secrets).

    `name` is shown and stored, so it never holds a credential. `service` ties facts of one service together. `onset` is
    when the trouble began, None where nobody knows: a probe that reads history compares around it.
    """

    name: str
    kind: str
    service: str = ""
    options: Mapping[str, object] = field(default_factory=dict, repr=False)
    onset: datetime | None = None
