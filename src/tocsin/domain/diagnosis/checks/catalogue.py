"""Every check there is."""

from __future__ import annotations

from tocsin.domain.diagnosis.check import checks_in
from tocsin.domain.diagnosis.checks import (
    attribution,
    changes,
    deploys,
    host,
    http,
    log_signatures,
    logs,
    metrics,
    postgres_activity,
    postgres_connections,
    redis,
    workloads,
)
from tocsin.domain.diagnosis.findings import Finding
from tocsin.domain.diagnosis.look import Look

CHECKS = checks_in(
    deploys,
    changes,
    metrics,
    attribution,
    http,
    postgres_connections,
    postgres_activity,
    redis,
    host,
    logs,
    log_signatures,
    workloads,
)


def run_checks(look: Look) -> tuple[Finding, ...]:
    """Run every check that has facts to judge."""
    return tuple(finding for one in CHECKS for finding in one.run(look))
