"""The causes that are tried, as data, in the order the sources try them (R-DIA-8, R-DIA-9)."""

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
FactKind = Literal["http", "postgres", "redis", "host", "deploys", "metrics", "logs"]
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

    `part_of` names causes that explain this one away: once such a cause is confirmed, this one ranks below it.
    """

    key: HypothesisKey
    family: Family
    title: str
    needs: tuple[Kind, ...]
    decided_by: str
    prior: float = -3.0
    part_of: tuple[HypothesisKey, ...] = ()


HYPOTHESES: tuple[Hypothesis, ...] = (
    Hypothesis(
        key="bad_deploy",
        family="recent_deploy",
        title="A recent deploy broke it",
        needs=("deploys", "metrics"),
        decided_by="errors or leaks only on instances of the new release, or gone after a rollback",
        prior=-2.0,
        part_of=("session_leak",),
    ),
    Hypothesis(
        key="traffic_spike",
        family="traffic_spike",
        title="Traffic grew beyond what the service carries",
        needs=("metrics",),
        decided_by="answered requests against the period before",
    ),
    Hypothesis(
        key="session_leak",
        family="database",
        title="An application leaks database sessions",
        needs=("postgres",),
        decided_by="sessions of one application that stay idle in a transaction while connections run out",
    ),
    Hypothesis(
        key="connection_exhaustion",
        family="database",
        title="The database's connections are used up by work",
        needs=("postgres", "metrics"),
        decided_by="what the sessions that hold the connections are doing",
        part_of=("session_leak", "lock_chain", "slow_query", "traffic_spike"),
    ),
    Hypothesis(
        key="database_down",
        family="database",
        title="The database does not accept connections",
        needs=("postgres",),
        decided_by="a connection from the application's own network",
    ),
    Hypothesis(
        key="slow_query",
        family="database",
        title="Slow statements hold up the database",
        needs=("postgres",),
        decided_by="the plan of the statement, and its mean time before",
        part_of=("lock_chain",),
    ),
    Hypothesis(
        key="redis_down",
        family="database",
        title="Redis does not answer",
        needs=("redis",),
        decided_by="a PING from the application's own network",
    ),
    Hypothesis(
        key="redis_slow",
        family="database",
        title="Slow commands hold up Redis",
        needs=("redis",),
        decided_by="the slowlog, and which client sends those commands",
        part_of=("redis_down",),
    ),
    Hypothesis(
        key="dependency_outage",
        family="third_party",
        title="A service we depend on fails",
        needs=("third_party",),
        decided_by="our own calls to it, and its status page",
        part_of=("database_down", "redis_down", "session_leak"),
    ),
    Hypothesis(
        key="bad_configuration",
        family="configuration",
        title="Credentials or addresses are wrong",
        needs=("postgres", "redis", "http"),
        decided_by="the same credentials used by hand, and when they were last changed",
    ),
    Hypothesis(
        key="tls_expiry",
        family="configuration",
        title="A certificate has expired",
        needs=("http",),
        decided_by="the dates of the certificate that is served",
    ),
    Hypothesis(
        key="application_down",
        family="resource_exhaustion",
        title="The application's process does not run or does not listen",
        needs=("http",),
        decided_by="the process list, its last log lines, and whether it was killed for memory",
        part_of=("tls_expiry", "disk_full"),
    ),
    Hypothesis(
        key="disk_full",
        family="resource_exhaustion",
        title="A disk is full",
        needs=("host",),
        decided_by="df on the machine that fails (only the machine Tocsin runs on is seen)",
    ),
    Hypothesis(
        key="redis_full",
        family="resource_exhaustion",
        title="Redis has no room: memory, clients or disk",
        needs=("redis",),
        decided_by="refused writes or clients in its own counters",
    ),
    Hypothesis(
        key="host_saturation",
        family="resource_exhaustion",
        title="The machine is saturated",
        needs=("host",),
        decided_by="pressure stall figures of the machine that fails, and what runs on it",
    ),
    Hypothesis(
        key="lock_chain",
        family="concurrency",
        title="Sessions wait for a lock",
        needs=("postgres",),
        decided_by="whether the waits end when the session at the root ends",
        part_of=("session_leak",),
    ),
    Hypothesis(
        key="deadlocks",
        family="concurrency",
        title="Transactions deadlock",
        needs=("postgres",),
        decided_by="the server log's deadlock report",
    ),
)
