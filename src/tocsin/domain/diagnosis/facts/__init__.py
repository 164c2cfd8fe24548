"""What probes saw, as plain values: no judgement, no secrets, lossless through JSON."""

from __future__ import annotations

from tocsin.domain.diagnosis.facts.blind_spots import BlindSpot
from tocsin.domain.diagnosis.facts.bundle import Bundle, ProbeError, bundle_of
from tocsin.domain.diagnosis.facts.deploys import Deploy, DeployFacts
from tocsin.domain.diagnosis.facts.host import Disk, HostFacts, Pressure
from tocsin.domain.diagnosis.facts.http import HttpFacts, HttpPage
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

Facts = HttpFacts | PostgresFacts | RedisFacts | HostFacts | DeployFacts | MetricsFacts

__all__ = [
    "BlindSpot",
    "Bundle",
    "ConnectionLimits",
    "Counters",
    "Deploy",
    "DeployFacts",
    "Disk",
    "Facts",
    "HostFacts",
    "HttpFacts",
    "HttpPage",
    "LockWait",
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
    "bundle_of",
]
