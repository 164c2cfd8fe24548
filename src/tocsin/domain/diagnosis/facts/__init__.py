"""What probes saw, as plain values: no judgement, no secrets, lossless through JSON."""

from __future__ import annotations

from tocsin.domain.diagnosis.facts.blind_spots import BlindSpot
from tocsin.domain.diagnosis.facts.bundle import Bundle, Facts, ProbeError, bundle_of
from tocsin.domain.diagnosis.facts.cluster import Claim, Disruption, Endpoints, Fence, Node, Rollout, Scaler
from tocsin.domain.diagnosis.facts.deploys import Deploy, DeployFacts
from tocsin.domain.diagnosis.facts.dns import DnsAnswer, DnsFacts
from tocsin.domain.diagnosis.facts.history import Reading
from tocsin.domain.diagnosis.facts.host import Device, Disk, HostFacts, Network, Pressure, ProcessUse
from tocsin.domain.diagnosis.facts.http import HttpFacts, HttpPage
from tocsin.domain.diagnosis.facts.logs import FieldDrift, LogFacts, LogTemplate, SlowRequest
from tocsin.domain.diagnosis.facts.metrics import (
    MetricsBaseline,
    MetricsFacts,
    MetricsWindow,
    Pool,
    RouteMetrics,
    Runtime,
)
from tocsin.domain.diagnosis.facts.pgbouncer import DatabaseWork, PgbouncerFacts, PooledDatabase, ServerPool
from tocsin.domain.diagnosis.facts.postgres import (
    ConnectionLimits,
    Counters,
    LockWait,
    PostgresFacts,
    Session,
    SessionGroup,
    Standby,
    Statement,
)
from tocsin.domain.diagnosis.facts.postgres_room import Room, Stored, VacuumDebt, Wal
from tocsin.domain.diagnosis.facts.postgres_upkeep import (
    Age,
    Archiver,
    Checkpoints,
    Horizon,
    Prepared,
    Slot,
    TableUse,
    Upkeep,
)
from tocsin.domain.diagnosis.facts.redis import (
    BigKey,
    BlockedBy,
    Queue,
    RedisFacts,
    RedisRates,
    Replication,
    SlowCommand,
)
from tocsin.domain.diagnosis.facts.series import SeriesFacts
from tocsin.domain.diagnosis.facts.services import ServiceFacts, ServiceRow
from tocsin.domain.diagnosis.facts.status import StatusFacts
from tocsin.domain.diagnosis.facts.tls import TlsFacts
from tocsin.domain.diagnosis.facts.workloads import ContainerState, WorkloadEvent, WorkloadFacts

__all__ = [
    "Age",
    "Archiver",
    "BigKey",
    "BlindSpot",
    "BlockedBy",
    "Bundle",
    "Checkpoints",
    "Claim",
    "ConnectionLimits",
    "ContainerState",
    "Counters",
    "DatabaseWork",
    "Deploy",
    "DeployFacts",
    "Device",
    "Disk",
    "Disruption",
    "DnsAnswer",
    "DnsFacts",
    "Endpoints",
    "Facts",
    "Fence",
    "FieldDrift",
    "Horizon",
    "HostFacts",
    "HttpFacts",
    "HttpPage",
    "LockWait",
    "LogFacts",
    "LogTemplate",
    "MetricsBaseline",
    "MetricsFacts",
    "MetricsWindow",
    "Network",
    "Node",
    "PgbouncerFacts",
    "Pool",
    "PooledDatabase",
    "PostgresFacts",
    "Prepared",
    "Pressure",
    "ProbeError",
    "ProcessUse",
    "Queue",
    "Reading",
    "RedisFacts",
    "RedisRates",
    "Replication",
    "Rollout",
    "Room",
    "RouteMetrics",
    "Runtime",
    "Scaler",
    "SeriesFacts",
    "ServerPool",
    "ServiceFacts",
    "ServiceRow",
    "Session",
    "SessionGroup",
    "Slot",
    "SlowCommand",
    "SlowRequest",
    "Standby",
    "Statement",
    "StatusFacts",
    "Stored",
    "TableUse",
    "TlsFacts",
    "Upkeep",
    "VacuumDebt",
    "Wal",
    "WorkloadEvent",
    "WorkloadFacts",
    "bundle_of",
]
