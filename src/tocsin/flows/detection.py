"""A monitor's rules: its own, as `tocsin.yaml` wrote them, or those that go without saying (R-DET-8)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import fields

import msgspec

from tocsin.domain.alerts.rules import HTTP_METRICS, RATE_METRICS
from tocsin.domain.catalogue import Monitor
from tocsin.domain.errors import InvalidError
from tocsin.domain.policy.pack import DetectionRule, Pack

METRICS: Mapping[str, frozenset[str]] = {"http": HTTP_METRICS, "metrics": RATE_METRICS}
EXAMPLE = '{key: slow, metric: p95_s, op: ">", value: 1, for_: PT2M}'
# What a rule that goes without saying asks of an address: the pack has the figure.
CERTIFICATE = "certificate_days"


def own_rules(monitor: Monitor) -> tuple[DetectionRule, ...]:
    """Return the rules that the monitor's options hold.

    Raises:
        InvalidError: they are no rules; `field` says which.
    """
    raw = monitor.options.get("rules") or ()
    try:
        return msgspec.convert(raw, tuple[DetectionRule, ...])
    except msgspec.ValidationError as error:
        told, _, where = str(error).partition(" - at `$")
        field = f"rules{where.rstrip('`')}"
        raise InvalidError(f"{monitor.kind} monitor: {told}", field=field, mend=f"Write it as {EXAMPLE}.") from error


def default_rules(monitor: Monitor, pack: Pack) -> tuple[DetectionRule, ...]:
    """Return the rules of a monitor that has none: readiness, health and the certificate for http, else the pack's."""
    if monitor.kind != "http":
        return pack.detection_rules
    asked = tuple(
        DetectionRule(key=name, metric=name, op="==", value=0, for_=monitor.for_) for name in ("ready", "health")
    )
    return asked + tuple(rule for rule in pack.detection_rules if rule.metric == CERTIFICATE)


def judge_rules(monitor: Monitor) -> Iterator[InvalidError]:
    """Say what is wrong with a monitor's own rules: each that cannot be read, or could never fire."""
    try:
        rules = own_rules(monitor)
    except InvalidError as error:
        yield error
        return
    known, metrics = {field.name for field in fields(DetectionRule)}, METRICS.get(monitor.kind, frozenset())
    raw = monitor.options.get("rules") or ()
    for number, written in enumerate(raw if isinstance(raw, list | tuple) else ()):
        for name in sorted(set(written) - known):
            mend = "Write `for_: PT2M`, in ISO 8601." if name == "for" else f"Fields: {', '.join(sorted(known))}."
            yield InvalidError(f"a rule has no {name!r}", field=f"rules[{number}].{name}", mend=mend)
    for number, rule in enumerate(rules):
        if rule.metric not in metrics:
            mend = f"Known to {monitor.kind} monitors: {', '.join(sorted(metrics))}."
            yield InvalidError(f"there is no metric {rule.metric!r}", field=f"rules[{number}].metric", mend=mend)
        if rule.key in {other.key for other in rules[:number]}:
            mend = "Give each rule a key of its own: its alerts are told apart by it."
            yield InvalidError(f"two rules are called {rule.key!r}", field=f"rules[{number}].key", mend=mend)
