"""Where a check draws its lines. One value, so that an installation can move them and a drill can shorten them."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Self


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """Thresholds. `_s` are seconds, `_ratio` 0 to 1, `_percent` 0 to 100; each check names its source."""

    slow_answer_s: float = 1.0
    very_slow_answer_s: float = 3.0
    certificate_warn_days: float = 30.0
    certificate_critical_days: float = 3.0
    connections_warn_ratio: float = 0.80
    connections_critical_ratio: float = 0.90
    idle_blocking_s: float = 60.0
    idle_warn_s: float = 300.0
    idle_critical_s: float = 900.0
    leak_age_s: float = 5.0
    leak_sessions: int = 3
    leak_share_ratio: float = 0.5
    lock_seen_s: float = 5.0
    lock_warn_s: float = 60.0
    lock_critical_s: float = 120.0
    lock_victims: int = 5
    long_query_s: float = 5.0
    very_long_query_s: float = 60.0
    replication_lag_s: float = 5.0
    pool_ratio: float = 0.9
    error_warn_ratio: float = 0.01
    error_critical_ratio: float = 0.05
    enough_requests: float = 20.0
    deploy_window_s: float = 7200.0
    deploy_half_life_s: float = 900.0

    def shortened(self, factor: float) -> Self:
        """Return limits whose waiting times are divided by `factor`, for a drill that plays an hour in a minute.

        What a request or a leak takes in real time stays as it is.
        """
        return replace(
            self,
            idle_blocking_s=self.idle_blocking_s / factor,
            idle_warn_s=self.idle_warn_s / factor,
            idle_critical_s=self.idle_critical_s / factor,
            lock_warn_s=self.lock_warn_s / factor,
            lock_critical_s=self.lock_critical_s / factor,
        )
