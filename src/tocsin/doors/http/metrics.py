"""`/metrics`: how Tocsin itself is, as Prometheus text; numbers and providers' names, nothing of any incident."""

from __future__ import annotations

from fastapi import APIRouter, Response
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, Gauge, generate_latest

from tocsin import __version__
from tocsin.doors.http.callers import Reader, Wired
from tocsin.flows import operate
from tocsin.flows.operate import Health

router = APIRouter(include_in_schema=False)
BACKLOG = {
    "jobs_due": ("tocsin_outbox_due", "Messages and work whose time has come"),
    "oldest_due_s": ("tocsin_outbox_oldest_due_seconds", "Since when the oldest of them is due"),
    "jobs_dead": ("tocsin_outbox_dead", "Messages and work that failed for good, as long as they are kept"),
    "timers_due": ("tocsin_timers_due", "Clocks whose time has come"),
    "oldest_timer_s": ("tocsin_timers_oldest_due_seconds", "Since when the oldest of them is due: the workers' lag"),
}


@router.get("/metrics")
def metrics(app: Wired, who: Reader) -> Response:
    """Say how Tocsin itself is, to a scraper with a token that may read."""
    del who
    return Response(written(operate.health(app.engine)), media_type=CONTENT_TYPE_LATEST)


def written(health: Health) -> bytes:
    """Return the figures as Prometheus text."""
    registry = CollectorRegistry()
    _gauge(registry, "tocsin_well", "1 while nothing is wrong with Tocsin itself", float(health.well))
    for name, (metric, meaning) in BACKLOG.items():
        _gauge(registry, metric, meaning, health.backlog.get(name, 0.0))
    failed = "Deliveries that failed for good in the last hour"
    _gauge(registry, "tocsin_deliveries_failed_last_hour", failed, float(health.failed_last_hour))
    if health.deadman_age_s is not None:
        meaning = "Since when the dead man's switch was not asked"
        _gauge(registry, "tocsin_deadman_age_seconds", meaning, health.deadman_age_s)
    processes = Gauge("tocsin_processes", "Processes that are alive", ["role"], registry=registry)
    for role in ("serve", "work"):
        processes.labels(role).set(sum(1 for one in health.processes if one.role == role))
    circuits = Gauge("tocsin_circuit_open", "1 for a provider that is left alone", ["provider"], registry=registry)
    for provider in health.circuits:
        circuits.labels(provider).set(1)
    Gauge("tocsin_info", "The version", ["version"], registry=registry).labels(__version__).set(1)
    return generate_latest(registry)


def _gauge(registry: CollectorRegistry, name: str, meaning: str, value: float) -> None:
    Gauge(name, meaning, registry=registry).set(value)
