"""What a check concludes from facts, and how much that says about each hypothesis."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Verdict = Literal["ok", "warn", "critical", "unknown"]
WeightKind = Literal["decisive", "supporting", "correlation"]

HypothesisKey = Literal[
    "bad_deploy",
    "traffic_spike",
    "session_leak",
    "connection_exhaustion",
    "pooler_fault",
    "database_down",
    "database_limit",
    "slow_query",
    "missing_index",
    "replication_lag",
    "data_corruption",
    "redis_down",
    "redis_slow",
    "cache_thrash",
    "dependency_outage",
    "dependency_slow",
    "bad_configuration",
    "dns_failure",
    "tls_expiry",
    "application_down",
    "instance_fault",
    "disk_full",
    "redis_full",
    "memory_leak",
    "out_of_memory",
    "descriptor_exhaustion",
    "network_exhaustion",
    "host_saturation",
    "queue_backlog",
    "shared_infrastructure",
    "cascading_failure",
    "redis_blocked",
    "lock_chain",
    "deadlocks",
]

BAD: tuple[Verdict, ...] = ("warn", "critical")


@dataclass(frozen=True, slots=True, kw_only=True)
class Weight:
    """What a finding says about one hypothesis, in log-odds (natural logarithm, always positive).

    `decisive` alone can confirm or refute; `correlation` (closeness in time) alone never lifts a cause above one half.
    """

    hypothesis: HypothesisKey
    weight: float
    kind: WeightKind = "supporting"
    because: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One check's answer about one target.

    `check_id`, `target` and `source` are filled in by the runner; `source` says where the threshold comes from.
    """

    verdict: Verdict
    observed: str
    expected: str = ""
    threshold: str = ""
    why: str = ""
    reproduce: str = ""
    evidence: tuple[str, ...] = ()
    supports: tuple[Weight, ...] = ()
    refutes: tuple[Weight, ...] = ()
    check_id: str = ""
    target: str = ""
    source: str = ""

    @property
    def bad(self) -> bool:
        """Whether a person should look at it."""
        return self.verdict in BAD


def weigh(hypothesis: HypothesisKey, weight: float, kind: WeightKind = "supporting", because: str = "") -> Weight:
    """Give a weight in one short line."""
    return Weight(hypothesis=hypothesis, weight=weight, kind=kind, because=because)


def graded(value: float, warn: float, critical: float) -> Verdict:
    """Return the verdict of a value that is bad when high."""
    return "critical" if value >= critical else "warn" if value >= warn else "ok"
