"""How services did before the trouble and since, row by row, as the monitors measured them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class ServiceRow:
    """One stretch of time; None was not measured. `error_ratio` is 0 to 1."""

    requests: float | None = None
    latency_s: float | None = None
    error_ratio: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ServiceFacts:
    """One service (`target` is its key) in rows of `step_s` seconds, the same instants for every service of a run.

    The first `quiet` rows were well before the onset. In the rest the trouble may show: people learn of it late.
    """

    target: str
    at: datetime
    step_s: float
    rows: tuple[ServiceRow, ...]
    quiet: int
    affected: bool = False
    depends_on: tuple[str, ...] = ()
