"""The quick look every source begins with: one line each, good or bad (R-DIA-1)."""

from __future__ import annotations

from collections.abc import Sequence

from tocsin.domain.diagnosis.diagnosis import QuickLine
from tocsin.domain.diagnosis.findings import Finding, Verdict
from tocsin.domain.diagnosis.look import Look

_WORST: dict[Verdict, int] = {"critical": 0, "warn": 1, "unknown": 2, "ok": 3}
_SHOWN = 3
_LOGGED = ("logs.new_errors", "logs.new_traces")
_LINES: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("last deploy", ("deploy.recent",)),
    ("error rate", ("metrics.error_rate",)),
    ("p99 latency", ("metrics.p99",)),
    ("health", ("http.ready_vs_live", "http.status")),
    ("database", ("pg.connect", "pg.idle_in_tx", "pg.conn_saturation", "pg.lock_tree", "pg.long_query")),
    ("redis", ("redis.reach", "redis.memory", "redis.clients", "redis.persistence")),
    ("CPU", ("host.cpu",)),
    ("memory", ("host.memory",)),
    ("disk", ("host.disk",)),
)


def quick_lines(findings: Sequence[Finding], look: Look) -> tuple[QuickLine, ...]:
    """Return the lines in their usual order; what was not seen says so."""
    return (*(_line(label, ids, findings) for label, ids in _LINES), _recent_errors(findings, look))


def _line(label: str, ids: tuple[str, ...], findings: Sequence[Finding]) -> QuickLine:
    found = [one for check_id in ids for one in findings if one.check_id == check_id]
    if not found:
        return QuickLine(label=label, verdict="unknown", text="not seen")
    worst = min(found, key=lambda one: _WORST[one.verdict])
    return QuickLine(label=label, verdict=worst.verdict, text=f"{worst.target}: {worst.observed}")


def _recent_errors(findings: Sequence[Finding], look: Look) -> QuickLine:
    windows = [facts.recent or facts.since_start for facts in look.bundle.metrics]
    routes = [route for window in windows if window for route in window.routes if route.errors]
    failing = [page for facts in look.bundle.http for page in facts.pages if not page.ok]
    worst = sorted(routes, key=lambda route: -route.errors)[:_SHOWN]
    texts = [f"{route.route} failed {route.errors:.0f} times" for route in worst]
    texts += [f"{page.path} {page.answer}" for page in failing[:_SHOWN]]
    texts += [one.observed for one in findings if one.check_id in _LOGGED and one.bad][:_SHOWN]
    if texts:
        return QuickLine(label="recent errors", verdict="warn", text="; ".join(texts))
    if not look.bundle.metrics and not look.bundle.http and not look.bundle.logs:
        return QuickLine(label="recent errors", verdict="unknown", text="not seen")
    logs = "and no new ones in logs" if look.bundle.logs else "no log was read"
    return QuickLine(label="recent errors", verdict="ok", text=f"none in counters and answers; {logs}")
