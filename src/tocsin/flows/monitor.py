"""Built-in monitors: look at a service, keep the sample, and raise an alert when a rule holds (R-DET-8)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

import msgspec

from tocsin.domain.alerts.rules import RuleState, describe, evaluate, measure
from tocsin.domain.alerts.samples import HttpSample, MetricsSample, Rates, rates
from tocsin.domain.catalogue import Monitor
from tocsin.domain.errors import InvalidError
from tocsin.domain.policy.pack import DetectionRule
from tocsin.flows.aside import STORE_ERRORS
from tocsin.flows.detection import CERTIFICATE, default_rules, own_rules
from tocsin.flows.engine import Engine, Options
from tocsin.flows.ingest import Sender, accept_in
from tocsin.flows.policies import catalogue, policy_for_team
from tocsin.flows.ports import InboundAlert, PermanentError, RejectedError, TransientError
from tocsin.flows.storage import Timer, Tx
from tocsin.flows.transact import transact

DEFAULT_LIMIT_S = 5.0
SPARE = timedelta(seconds=5)
WEEKS_AWAY = "warning"


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


@dataclass(frozen=True, slots=True, kw_only=True)
class _Seen:
    """What one look saw, and why it could not see where the monitor itself is at fault."""

    sample: HttpSample | MetricsSample
    trouble: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Begun:
    """A look under way: the timer is held until the look must be over, however long a lease lasts."""

    monitor: Monitor
    held: Timer
    now: datetime


def look(engine: Engine, timer: Timer, looks: Mapping[str, Look]) -> None:
    """Carry out one look and arm the next; a monitor that is no longer configured ends here.

    What is wrong with the monitor itself (its options, a missing secret) is kept as its trouble, which health shows.
    """
    begun = transact(engine, lambda tx: _begin(tx, timer))
    if begun is None:
        return
    try:
        seen = _seen(engine, begun, looks)
        transact(engine, lambda tx: _end(engine, tx, begun, seen))
    except STORE_ERRORS:
        raise
    except Exception as error:  # noqa: BLE001 (a monitor that breaks must say so and look again, or its service goes unwatched)
        said = str(error) if isinstance(error, InvalidError) else f"{type(error).__name__}: {error}"
        blind = _Seen(sample=MetricsSample(at=begun.now), trouble=said)
        transact(engine, lambda tx: _end(engine, tx, begun, blind, take=False))


def trouble_of(tx: Tx, monitor: str) -> str:
    """Return why a monitor cannot do its work, '' when it can."""
    return tx.value(f"monitor/{monitor}/trouble")


def _begin(tx: Tx, timer: Timer) -> _Begun | None:
    """Take the timer for as long as the look may last; a worker that dies meanwhile is followed by another then."""
    monitor = next((m for m in catalogue(tx).monitors if f"monitor/{m.key}" == timer.stream), None)
    if not tx.finish_timer(timer) or monitor is None:
        return None
    now = tx.now()
    limit_s = monitor.options.get("limit_s", DEFAULT_LIMIT_S)
    limit = timedelta(seconds=float(limit_s) if isinstance(limit_s, int | float) else DEFAULT_LIMIT_S)
    until = now + 2 * limit + SPARE
    tx.set_timer(timer.stream, timer.name, timer.generation, until)
    held = Timer(stream=timer.stream, name=timer.name, generation=timer.generation, due=until, attempt=0)
    return _Begun(monitor=monitor, held=held, now=now)


def _seen(engine: Engine, begun: _Begun, looks: Mapping[str, Look]) -> _Seen:
    """Return what there is to see; a scrape that failed is a look that saw nothing.

    Raises:
        InvalidError: the monitor's options do not hold, or nothing here can look in that way.
    """
    monitor = begun.monitor
    if monitor.kind not in looks:
        raise InvalidError(f"no monitor is of kind {monitor.kind!r}", field="kind", mend=f"Kinds: {', '.join(looks)}.")
    nothing = MetricsSample(at=begun.now)
    try:
        return _Seen(sample=looks[monitor.kind].look(engine.resolve(_address(monitor))))
    except TransientError:
        return _Seen(sample=nothing)
    except (PermanentError, RejectedError) as error:
        return _Seen(sample=nothing, trouble=str(error))


def _end(engine: Engine, tx: Tx, begun: _Begun, seen: _Seen, *, take: bool = True) -> None:
    """Keep the sample and arm the next look; nothing when the configuration changed or another worker looked instead."""
    if not tx.finish_timer(begun.held):
        return
    if take:
        _take(engine, tx, begun.monitor, seen.sample)
    key = f"monitor/{begun.monitor.key}/trouble"
    if tx.value(key) != seen.trouble:
        tx.put_value(key, seen.trouble)
    tx.set_timer(begun.held.stream, begun.held.name, begun.held.generation, tx.now() + begun.monitor.every)


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
    """Return the monitor's own rules, else the ones its kind and its team's pack give it (R-DET-8).

    Raises:
        InvalidError: what it has is no rules.
    """
    own = own_rules(monitor)
    if own:
        return own
    service = catalogue(tx).service(monitor.service)
    return default_rules(monitor, policy_for_team(tx, service.team if service else "").pack)


def facts(http: HttpSample | None, window: Rates | None) -> dict[str, object]:
    """Return one sample as stored: percents 0 to 100, milliseconds, requests in the interval; None is unknown."""
    found: dict[str, object] = {}
    if http is not None:
        found |= {"ready": http.ready.ok if http.ready else None, "health": http.health.ok if http.health else None}
        found |= {} if http.certificate_days is None else {"certificate_days": http.certificate_days}
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
        # Days are left: what a failing service is worth is too much for it.
        severity=WEEKS_AWAY if rule.metric == CERTIFICATE else monitor.severity,
        service=monitor.service,
        starts_at=state.since if firing else None,
    )
