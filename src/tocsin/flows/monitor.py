"""Built-in monitors: look at a service, keep the sample, and raise an alert when a rule holds (R-DET-8)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

import msgspec

from tocsin.domain.alerts.rules import RuleState, describe, evaluate, measure
from tocsin.domain.alerts.samples import HttpSample, MetricsSample, Rates, rates
from tocsin.domain.catalogue import Monitor
from tocsin.domain.policy.pack import DetectionRule
from tocsin.flows.engine import Engine, Options
from tocsin.flows.ingest import Sender, accept_in
from tocsin.flows.policies import catalogue, policy_for_team
from tocsin.flows.ports import InboundAlert, PermanentError, RejectedError, TransientError
from tocsin.flows.storage import Timer, Tx


class Look(Protocol):
    """Looks at a service from outside."""

    kind: str

    def look(self, options: Options) -> HttpSample | MetricsSample:
        """Return what it says of itself now; no answer is part of the answer, never an error."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class _Memory:
    """What a monitor remembers between looks."""

    rules: dict[str, RuleState]
    last: MetricsSample | None = None


def look(engine: Engine, timer: Timer, looks: dict[str, Look]) -> None:
    """Carry out one look and arm the next; a monitor that is no longer configured ends here."""
    with engine.store.reading() as tx:
        monitor = next((m for m in catalogue(tx).monitors if f"monitor/{m.key}" == timer.stream), None)
        now = tx.now()
    if monitor is None:
        with engine.store.transaction() as tx:
            tx.finish_timer(timer)
        return
    sample = _seen(engine, monitor, looks[monitor.kind], now)
    with engine.store.transaction() as tx:
        # Another worker has it when the lease was lost: its look counts, not this one.
        if tx.finish_timer(timer):
            _take(engine, tx, monitor, sample)
            tx.set_timer(timer.stream, timer.name, timer.generation, tx.now() + monitor.every)
    engine.store.wake()


def _seen(engine: Engine, monitor: Monitor, look_at: Look, now: datetime) -> HttpSample | MetricsSample:
    """Return what there is to see; a scrape that failed is a look that saw nothing."""
    try:
        return look_at.look(engine.resolve(_address(monitor)))
    except (TransientError, PermanentError, RejectedError):
        return MetricsSample(at=now)


def _address(monitor: Monitor) -> dict[str, object]:
    return {name: value for name, value in monitor.options.items() if name != "rules"}


def _take(engine: Engine, tx: Tx, monitor: Monitor, sample: HttpSample | MetricsSample) -> None:
    memory = _recall(tx, monitor)
    http = sample if isinstance(sample, HttpSample) else None
    metrics = sample if isinstance(sample, MetricsSample) else None
    window = rates(memory.last, metrics) if metrics and memory.last else None
    if metrics is not None and not metrics.requests and not metrics.gauges:
        # Nothing was served: the counters of before stay the ones to compare with.
        metrics = None
    states = dict(memory.rules)
    alerts: list[InboundAlert] = []
    for rule in rules_of(tx, monitor):
        value = measure(rule.metric, window, http)
        judged = evaluate(rule, states.get(rule.key, RuleState()), value, sample.at)
        states[rule.key] = judged.state
        if judged.change in {"firing", "clear"}:
            alerts.append(_alert(monitor, rule, judged.state, firing=judged.change == "firing", value=value))
    kept = _Memory(rules=states, last=metrics or memory.last)
    tx.put_value(f"monitor/{monitor.key}", msgspec.json.encode(kept).decode())
    tx.put_samples(f"service/{monitor.service}", [(sample.at, facts(http, window))])
    if alerts:
        accept_in(engine, tx, Sender(key=f"monitor:{monitor.key}", service=monitor.service), alerts)


def rules_of(tx: Tx, monitor: Monitor) -> tuple[DetectionRule, ...]:
    """Return the monitor's own rules, else readiness and health for http, else its team's pack defaults (R-DET-8)."""
    own = monitor.options.get("rules")
    if own:
        return msgspec.convert(own, tuple[DetectionRule, ...])
    if monitor.kind == "http":
        return tuple(
            DetectionRule(key=name, metric=name, op="==", value=0, for_=monitor.for_) for name in ("ready", "health")
        )
    service = catalogue(tx).service(monitor.service)
    return policy_for_team(tx, service.team if service else "").pack.detection_rules


def facts(http: HttpSample | None, window: Rates | None) -> dict[str, object]:
    """Return one sample as stored: percents 0 to 100, milliseconds, requests in the interval; None is unknown."""
    found: dict[str, object] = {}
    if http is not None:
        found |= {"ready": http.ready.ok if http.ready else None, "health": http.health.ok if http.health else None}
    if window is not None:
        found |= {
            "error_percent": window.error_percent,
            "p95_ms": window.p95_s * 1000 if window.p95_s is not None else None,
            "requests": round(window.requests),
            "requests_per_s": window.requests_per_s,
            "pool_percent": window.pool_percent,
        }
    return found


def _recall(tx: Tx, monitor: Monitor) -> _Memory:
    raw = tx.value(f"monitor/{monitor.key}")
    return msgspec.json.decode(raw, type=_Memory) if raw else _Memory(rules={})


def _alert(
    monitor: Monitor, rule: DetectionRule, state: RuleState, *, firing: bool, value: float | None
) -> InboundAlert:
    return InboundAlert(
        fingerprint=f"{monitor.key}/{rule.key}",
        name=f"{monitor.key} {rule.key}",
        status="firing" if firing else "resolved",
        labels={"service": monitor.service, "monitor": monitor.key, "rule": rule.key},
        summary=describe(rule, value),
        severity=monitor.severity,
        service=monitor.service,
        starts_at=state.since if firing else None,
    )
