"""What a hypothesis is, and the questions the sources ask in their order (R-DIA-8)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from tocsin.domain.diagnosis.findings import HypothesisKey

Family = Literal[
    "recent_deploy",
    "traffic_spike",
    "database",
    "third_party",
    "configuration",
    "resource_exhaustion",
    "concurrency",
]
FactKind = Literal["http", "postgres", "redis", "host", "deploys", "metrics", "tls", "dns", "logs"]
Kind = FactKind | Literal["third_party"]

FAMILIES: tuple[tuple[Family, str], ...] = (
    ("recent_deploy", "Recent deploy?"),
    ("traffic_spike", "Traffic spike?"),
    ("database", "Database or cache?"),
    ("third_party", "Third party?"),
    ("configuration", "Configuration?"),
    ("resource_exhaustion", "Resources exhausted?"),
    ("concurrency", "Concurrency?"),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Hypothesis:
    """One cause that could be. `prior` is its log-odds before anything was seen; `needs` are the facts that can tell.

    `part_of` names causes that explain this one away: once such a cause is confirmed, this one ranks below it. `runbook`
    is the shipped one for it.
    """

    key: HypothesisKey
    family: Family
    title: str
    needs: tuple[Kind, ...]
    decided_by: str
    prior: float = -3.0
    part_of: tuple[HypothesisKey, ...] = ()
    runbook: str = ""
