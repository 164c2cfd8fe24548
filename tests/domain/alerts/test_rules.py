"""When a monitor raises the alarm, and when it lets go."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from tocsin.domain.alerts.rules import Damping, RuleState, Value, describe, evaluate, measure
from tocsin.domain.alerts.samples import Check, HttpSample, MetricsSample, rates
from tocsin.domain.policy.pack import DetectionRule

NOON = datetime(2026, 3, 4, 12, 0, tzinfo=UTC)
PLAIN = Damping()
ERRORS = DetectionRule(key="errors", metric="error_percent", op=">", value=5, for_=timedelta(minutes=5))
READY = DetectionRule(key="ready", metric="ready", op="is", value=False)


def scraped(rule: DetectionRule, *values: Value, damping: Damping = PLAIN) -> list[str]:
    state, changes = RuleState(), []
    for look, value in enumerate(values):
        judged = evaluate(rule, state, value, NOON + timedelta(minutes=look), damping=damping)
        state = judged.state
        changes.append(judged.change)
    return changes


def test_a_rule_fires_once_when_its_condition_held_long_enough() -> None:
    assert scraped(ERRORS, 1, 6, 7, 8, 9, 9, 9, 9) == [
        "unchanged", "pending", "unchanged", "unchanged", "unchanged", "unchanged", "firing", "unchanged",
    ]  # fmt: skip


def test_a_dip_below_the_limit_starts_the_wait_again() -> None:
    assert scraped(ERRORS, 6, 6, 6, 6, 5, 6, 6, 6, 6, 6, 6) == [
        "pending", "unchanged", "unchanged", "unchanged", "clear", "pending",
        "unchanged", "unchanged", "unchanged", "unchanged", "firing",
    ]  # fmt: skip


def test_a_rule_without_a_wait_fires_at_once() -> None:
    assert scraped(DetectionRule(key="slow", metric="p95_s", op=">", value=1), 1.2, 1.3) == ["firing", "unchanged"]


def test_a_firing_rule_clears_only_well_inside_the_limit_and_twice() -> None:
    at_once = DetectionRule(key="errors", metric="error_percent", op=">", value=5)
    assert scraped(at_once, 6, 4.9, 4.4, 4.9, 4.4, 4.4) == [
        "firing", "unchanged", "unchanged", "unchanged", "unchanged", "clear",
    ]  # fmt: skip


def test_a_breach_while_clearing_keeps_the_alarm_without_a_second_one() -> None:
    at_once = DetectionRule(key="errors", metric="error_percent", op=">", value=5)
    assert scraped(at_once, 6, 1, 6, 1, 1) == ["firing", "unchanged", "unchanged", "unchanged", "clear"]


def test_a_limit_from_below_has_its_margin_above() -> None:
    certificate = DetectionRule(key="certificate", metric="certificate_days", op="<", value=30)
    assert scraped(certificate, 29, 31, 31, 33, 33) == ["firing", "unchanged", "unchanged", "unchanged", "clear"]


def test_a_look_that_saw_nothing_changes_nothing() -> None:
    assert scraped(ERRORS, 6, None, None, None, None, 6) == [
        "pending", "unchanged", "unchanged", "unchanged", "unchanged", "firing",
    ]  # fmt: skip
    assert scraped(READY, False, None, None, None) == ["firing", "unchanged", "unchanged", "unchanged"]


def test_readiness_must_fail_several_times_in_a_row() -> None:
    thrice = Damping(breaches=3, passes=2)
    assert scraped(READY, False, False, True, False, False, False, True, True, damping=thrice) == [
        "pending", "unchanged", "clear", "pending", "unchanged", "firing", "unchanged", "clear",
    ]  # fmt: skip


def test_every_metric_a_rule_may_name_is_read_from_the_samples() -> None:
    gauges = {
        "memory": 9.0,
        "memory_max": 10.0,
        "idle_in_transaction": 3.0,
        "db_connections": 1.0,
        "db_connections_max": 4.0,
    }
    seen = rates(MetricsSample(at=NOON), MetricsSample(at=NOON + timedelta(seconds=1), gauges=gauges))
    http = HttpSample(at=NOON, health=Check(ok=True, status=200), ready=Check(ok=False, error="refused"))

    assert measure("memory_percent", seen) == pytest.approx(90)
    assert measure("db_connections_percent", seen) == pytest.approx(25)
    assert measure("idle_in_transaction", seen) == 3
    assert measure("p95_ms", seen) is None
    assert measure("error_percent", None) is None
    assert measure("no_such_metric", seen) is None
    assert (measure("health", seen, http), measure("ready", None, http), measure("ready", seen)) == (True, False, None)


def test_the_alarm_is_told_in_words() -> None:
    assert describe(ERRORS, 12.3456) == "12.3 % of requests fail (limit 5 % for 5 min)"
    assert describe(READY, value=False) == "readiness check fails"
