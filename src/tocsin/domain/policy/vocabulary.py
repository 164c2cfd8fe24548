"""The words a pack may use where its types only say `str`: one list, so that the code and the packs cannot drift."""

from __future__ import annotations

from dataclasses import fields
from typing import Final

from tocsin.domain.impact import Impact

AUDIENCES: Final = ("responders", "stakeholders", "leadership", "customers", "public")
RISKS: Final = ("low", "medium", "high")

IMPACT_FACTS: Final = frozenset(f.name for f in fields(Impact))

# The numeric facts of which more is worse; `classify` answers monotonically in them.
NUMERIC_FACTS: Final = frozenset(
    {
        "users_affected",
        "users_percent",
        "error_percent",
        "latency_multiple",
        "failed_requests",
        "revenue_lost",
        "tickets",
    }
)

TICK_FACTS: Final = frozenset(
    {
        "acknowledged",
        "severity",
        "commander",
        "channel",
        "paged",
        "diagnosed",
        "cause",
        "plan",
        "mitigated",
        "verified",
        "resolved",
        "all_clear",
        "update",
        "impact",
        "postmortem",
        "followups",
        "task",
        "ticket",
    }
)

GATE_METRICS: Final = frozenset(
    {
        "error_percent",
        "p95_ms",
        "ready",
        "smoke",
        "new_errors",
        "resources",
        "complaints",
        "pods_ready",
        "manual",
    }
)

DETECTION_METRICS: Final = frozenset(
    {
        "error_percent",
        "p95_s",
        "memory_percent",
        "pool_percent",
        "db_connections_percent",
        "idle_in_transaction",
        "certificate_days",
    }
)

OBJECTIVE_METRICS: Final = frozenset({"uptime_percent", "p95_ms", "error_percent"})

CAUSE_KINDS: Final = frozenset(
    {
        "recent_deploy",
        "traffic_spike",
        "database",
        "third_party",
        "configuration",
        "resource_exhaustion",
        "concurrency",
        "network",
        "certificate",
    }
)

CONTAINMENT_KINDS: Final = frozenset(
    {
        "rollback",
        "feature_flag",
        "scale",
        "circuit_breaker",
        "traffic_shift",
        "terminate_query",
        "terminate_sessions",
        "configuration",
        "hotfix",
        "fallback",
        "clear_state",
        "restart",
        "rate_limit",
    }
)

SECTION_SOURCES: Final = frozenset(
    {
        "metadata",
        "summary",
        "impact",
        "user_timeline",
        "timeline",
        "detection",
        "response",
        "five_whys",
        "causes",
        "factors",
        "missed_in_testing",
        "went_well",
        "went_poorly",
        "actions",
        "lessons",
        "prevention",
        "related",
        "questions",
        "appendix",
    }
)

# (moment, audience) pairs without which a pack cannot speak.
REQUIRED_TEMPLATES: Final = (
    ("page", "responders"),
    ("reminder", "responders"),
    ("declared", "responders"),
    ("initial", "stakeholders"),
    ("initial", "public"),
    ("update", "responders"),
    ("update", "stakeholders"),
    ("update", "public"),
    ("findings", "responders"),
    ("resolved", "responders"),
    ("resolved", "stakeholders"),
    ("resolved", "public"),
    ("invite", "responders"),
)

ID_PLACEHOLDERS: Final = frozenset({"yyyy", "mm", "dd", "nnn", "n"})
CHANNEL_PLACEHOLDERS: Final = ID_PLACEHOLDERS | {"slug"}
