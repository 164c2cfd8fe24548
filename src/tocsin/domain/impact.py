"""What an incident does to people and money (R-DET-4, R-DET-12)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Trend = Literal["worse", "steady", "better", "unknown"]
Scope = Literal["all", "subset", "isolated", "none", "unknown"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Impact:
    """Facts about impact; None is unknown, never zero. Percentages are 0 to 100.

    `classify` reads the same facts (R-SEV-3, R-SEV-6). A later statement of a fact replaces an earlier one.
    """

    users_affected: int | None = None
    users_percent: float | None = None
    error_percent: float | None = None
    error_percent_normal: float | None = None
    latency_multiple: float | None = None
    failed_requests: int | None = None
    total_requests: int | None = None
    revenue_lost: float | None = None
    revenue_note: str = ""
    tickets: int | None = None
    still_works: str = ""
    trend: Trend = "unknown"
    scope: Scope = "unknown"
    data_loss: bool | None = None
    breach: bool | None = None
    workaround: bool | None = None
    core_feature_down: bool | None = None
    feature_critical: bool | None = None
    third_party: bool | None = None
    internal_only: bool | None = None
    false_positive: bool | None = None
    cosmetic: bool | None = None
    reputation: str = ""
    sla_note: str = ""
