"""When a monitor raises the alarm, and when it believes that all is well again.

A rule fires when its condition held for `for_` and in enough looks in a row; it clears when the value was well inside
the limit (hysteresis) in enough looks in a row. A look that saw nothing changes nothing: silence is not health.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Literal

from tocsin.domain.alerts.samples import HttpSample, Rates
from tocsin.domain.policy.pack import DetectionRule

Value = float | None
"""What a look saw: a number, or True and False, which Python counts as numbers; None when it saw nothing."""
Change = Literal["pending", "firing", "clear", "unchanged"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Damping:
    """How hard it is to change the mind: looks in a row to fire and to clear, and how far inside the limit is well."""

    breaches: int = 1
    passes: int = 2
    margin: float = 0.1


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleState:
    """One rule's memory. `since` is when the present run of breaches began; `value` is the last that was known."""

    status: Literal["ok", "pending", "firing"] = "ok"
    since: datetime | None = None
    breaches: int = 0
    passes: int = 0
    value: float | bool | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """The rule after a look. `change` names a transition once: later looks of the same status are 'unchanged'."""

    state: RuleState
    change: Change


def evaluate(
    rule: DetectionRule, state: RuleState, value: Value, at: datetime, *, damping: Damping = Damping()
) -> Judged:
    """Return what a look `at` that saw `value` (see `measure`) makes of the rule."""
    if value is None:
        return Judged(state=state, change="unchanged")
    if _OPERATORS[rule.op](value, rule.value):
        return _breached(rule, state, value, at=at, damping=damping)
    if state.status != "firing":
        change: Change = "clear" if state.status == "pending" else "unchanged"
        return Judged(state=RuleState(value=value), change=change)
    passes = state.passes + 1 if _well_inside(rule, value, damping.margin) else 0
    if passes >= damping.passes:
        return Judged(state=RuleState(value=value), change="clear")
    return Judged(state=replace(state, passes=passes, breaches=0, value=value), change="unchanged")


def measure(metric: str, rates: Rates | None, http: HttpSample | None = None) -> Value:
    """Return the value that a rule's `metric` names; None when it is unknown now.

    Percents are 0 to 100, `…_s` seconds, `…_ms` milliseconds, `…_days` days; `health` and `ready` are booleans.
    """
    if metric == "certificate_days":
        return http.certificate_days if http else None
    if metric in {"health", "ready"}:
        check = (http.health if metric == "health" else http.ready) if http else None
        return check.ok if check else None
    read = _METRICS.get(metric)
    return read(rates) if read and rates else None


def describe(rule: DetectionRule, value: Value) -> str:
    """Return the alarm in words: '12.4 % of requests fail (limit 5 % for 5 min)'."""
    if rule.metric in _YES_OR_NO and value is not None:
        return f"{_YES_OR_NO[rule.metric]} {'passes' if value else 'fails'}"
    words, unit = _WORDS.get(rule.metric, (f"{rule.metric} is {{}}", ""))
    shown = "unknown" if value is None else f"{value:.3g}{unit}"
    held = f" for {_minutes(rule.for_)}" if rule.for_ else ""
    return f"{words.format(shown)} (limit {rule.value:g}{unit}{held})"


def _breached(rule: DetectionRule, state: RuleState, value: float, *, at: datetime, damping: Damping) -> Judged:
    running = state.status != "ok"
    now = replace(
        state,
        since=state.since if running else at,
        breaches=state.breaches + 1 if running else 1,
        passes=0,
        value=value,
    )
    if state.status == "firing":
        return Judged(state=now, change="unchanged")
    held = at - (now.since or at)
    if held >= rule.for_ and now.breaches >= damping.breaches:
        return Judged(state=replace(now, status="firing"), change="firing")
    return Judged(state=replace(now, status="pending"), change="unchanged" if running else "pending")


def _well_inside(rule: DetectionRule, value: float, margin: float) -> bool:
    slack = abs(rule.value) * margin
    if rule.op in {">", ">="}:
        return value <= rule.value - slack
    if rule.op in {"<", "<="}:
        return value >= rule.value + slack
    return True


def _minutes(span: timedelta) -> str:
    seconds = span.total_seconds()
    return f"{seconds:g} s" if seconds < 60 else f"{seconds / 60:g} min"  # noqa: PLR2004 (seconds in a minute)


_YES_OR_NO: Mapping[str, str] = {"ready": "readiness check", "health": "health check"}
_WORDS: Mapping[str, tuple[str, str]] = {
    "error_percent": ("{} of requests fail", " %"),
    "p95_s": ("p95 latency is {}", " s"),
    "p99_s": ("p99 latency is {}", " s"),
    "p95_ms": ("p95 latency is {}", " ms"),
    "p99_ms": ("p99 latency is {}", " ms"),
    "requests_per_s": ("traffic is {}", " requests/s"),
    "pool_percent": ("connection pool is {} used", " %"),
    "db_connections_percent": ("database connections are {} used", " %"),
    "idle_in_transaction": ("{} sessions are idle in transaction", ""),
    "memory_percent": ("memory is {} used", " %"),
    "certificate_days": ("the certificate is good for {}", " days"),
}

_OPERATORS: Mapping[str, Callable[[float, float], bool]] = {
    ">": operator.gt,
    ">=": operator.ge,
    "<": operator.lt,
    "<=": operator.le,
    "==": operator.eq,
    "is": operator.eq,
}

_METRICS: Mapping[str, Callable[[Rates], float | None]] = {
    "error_percent": lambda r: r.error_percent,
    "p95_s": lambda r: r.p95_s,
    "p99_s": lambda r: r.p99_s,
    "p95_ms": lambda r: None if r.p95_s is None else r.p95_s * 1000,
    "p99_ms": lambda r: None if r.p99_s is None else r.p99_s * 1000,
    "requests_per_s": lambda r: r.requests_per_s,
    "pool_percent": lambda r: r.pool_percent,
    "db_connections_percent": lambda r: r.db_connections_percent,
    "idle_in_transaction": lambda r: r.idle_in_transaction,
    "memory_percent": lambda r: r.memory_percent,
}

RATE_METRICS = frozenset(_METRICS)
HTTP_METRICS = frozenset({"ready", "health", "certificate_days"})
