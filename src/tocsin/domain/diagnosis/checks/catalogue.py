"""Every check there is."""

from __future__ import annotations

from tocsin.domain.diagnosis.check import checks_in
from tocsin.domain.diagnosis.checks import (
    attribution,
    changes,
    deploys,
    dns,
    host,
    host_kernel,
    host_limits,
    host_state,
    http,
    http_fleet,
    kubernetes,
    kubernetes_pods,
    kubernetes_traffic,
    log_requests,
    log_signatures,
    logs,
    metrics,
    pgbouncer,
    postgres_activity,
    postgres_changes,
    postgres_connections,
    postgres_load,
    postgres_room,
    postgres_upkeep,
    redis,
    redis_keys,
    redis_state,
    redis_work,
    series,
    service_runtime,
    sources,
    status,
    tls,
    workloads,
)
from tocsin.domain.diagnosis.findings import Finding
from tocsin.domain.diagnosis.look import Look

CHECKS = checks_in(
    deploys,
    changes,
    metrics,
    service_runtime,
    attribution,
    http,
    http_fleet,
    tls,
    dns,
    postgres_connections,
    postgres_activity,
    postgres_load,
    postgres_upkeep,
    postgres_room,
    postgres_changes,
    pgbouncer,
    redis,
    redis_work,
    redis_state,
    redis_keys,
    host,
    host_limits,
    host_kernel,
    host_state,
    logs,
    log_requests,
    log_signatures,
    workloads,
    kubernetes_pods,
    kubernetes,
    kubernetes_traffic,
    series,
    status,
    sources,
)


def run_checks(look: Look) -> tuple[Finding, ...]:
    """Run every check that has facts to judge."""
    return tuple(finding for one in CHECKS for finding in one.run(look))
