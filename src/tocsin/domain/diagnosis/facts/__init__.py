"""What probes saw, as plain values: no judgement, no secrets, lossless through JSON."""

from __future__ import annotations

from tocsin.domain.diagnosis.facts.blind_spots import BlindSpot
from tocsin.domain.diagnosis.facts.bundle import Bundle, ProbeError, bundle_of
from tocsin.domain.diagnosis.facts.deploys import Deploy, DeployFacts
from tocsin.domain.diagnosis.facts.host import Disk, HostFacts, Pressure
from tocsin.domain.diagnosis.facts.http import HttpFacts, HttpPage
from tocsin.domain.diagnosis.facts.logs import FieldDrift, LogFacts, LogTemplate
from tocsin.domain.diagnosis.facts.metrics import MetricsBaseline, MetricsFacts, MetricsWindow, Pool, RouteMetrics
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
from tocsin.domain.diagnosis.facts.redis import RedisFacts, RedisRates, SlowCommand
from tocsin.domain.diagnosis.facts.services import ServiceFacts, ServiceRow
from tocsin.domain.diagnosis.facts.workloads import ContainerState, WorkloadEvent, WorkloadFacts

Facts = HttpFacts | PostgresFacts | RedisFacts | HostFacts | DeployFacts | MetricsFacts | LogFacts | WorkloadFacts

__all__ = [
    "BlindSpot",
    "Bundle",
    "ConnectionLimits",
    "ContainerState",
    "Counters",
    "Deploy",
    "DeployFacts",
    "Disk",
    "Facts",
    "FieldDrift",
    "HostFacts",
    "HttpFacts",
    "HttpPage",
    "LockWait",
    "LogFacts",
    "LogTemplate",
    "MetricsBaseline",
    "MetricsFacts",
    "MetricsWindow",
    "Pool",
    "PostgresFacts",
    "Pressure",
    "ProbeError",
    "RedisFacts",
    "RedisRates",
    "RouteMetrics",
    "ServiceFacts",
    "ServiceRow",
    "Session",
    "SessionGroup",
    "SlowCommand",
    "Standby",
    "Statement",
    "WorkloadEvent",
    "WorkloadFacts",
    "bundle_of",
]
