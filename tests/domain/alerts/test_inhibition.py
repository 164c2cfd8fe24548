"""Inhibition, with several sources, two-sided alerts and missing labels."""

from __future__ import annotations

from tocsin.domain.alerts.inhibition import ActiveAlerts, Inhibition, InhibitionRule
from tocsin.domain.alerts.matchers import parse_matchers


def inhibiting(source: str, target: str, *equal: str, key: str = "rule") -> InhibitionRule:
    return InhibitionRule(
        key=key, source_matchers=parse_matchers(source), target_matchers=parse_matchers(target), equal=equal
    )


CRITICAL = inhibiting("severity=critical", "severity=warning", "cluster", key="critical-over-warning")
WARNING = {"severity": "warning", "cluster": "eu"}


def _by(active: ActiveAlerts, **labels: str) -> list[str]:
    return [one.source for one in active.inhibited_by(labels)]


def test_a_firing_source_inhibits_targets_that_share_its_equal_labels() -> None:
    active = ActiveAlerts((CRITICAL,))
    assert active.inhibited_by(WARNING) == ()
    active.add("a", {"severity": "critical", "cluster": "eu"})
    assert active.inhibited_by(WARNING) == (Inhibition(rule="critical-over-warning", source="a"),)
    assert _by(active, severity="warning", cluster="us") == []
    assert _by(active, severity="info", cluster="eu") == []


def test_of_two_sources_that_share_their_labels_one_may_end_and_the_other_still_inhibits() -> None:
    active = ActiveAlerts((CRITICAL,))
    active.add("a", {"severity": "critical", "cluster": "eu", "host": "1"})
    active.add("b", {"severity": "critical", "cluster": "eu", "host": "2"})
    active.remove("a")
    assert _by(active, **WARNING) == ["b"]
    active.add("a", {"severity": "critical", "cluster": "eu", "host": "1"})
    active.remove("b")
    assert _by(active, **WARNING) == ["a"]
    active.remove("a")
    assert _by(active, **WARNING) == []
    assert len(active) == 0


def test_the_same_source_twice_is_one_and_an_unknown_end_changes_nothing() -> None:
    active = ActiveAlerts((CRITICAL,))
    for _ in range(2):
        active.add("a", {"severity": "critical", "cluster": "eu"})
    active.remove("unknown")
    active.remove("a")
    active.remove("a")
    assert _by(active, **WARNING) == []


def test_a_source_whose_labels_changed_inhibits_by_the_new_ones() -> None:
    active = ActiveAlerts((CRITICAL,))
    active.add("a", {"severity": "critical", "cluster": "eu"})
    active.add("a", {"severity": "critical", "cluster": "us"})
    assert _by(active, **WARNING) == []
    assert _by(active, severity="warning", cluster="us") == ["a"]


def test_two_missing_labels_are_equal_and_so_are_a_missing_and_an_empty_one() -> None:
    active = ActiveAlerts((CRITICAL,))
    active.add("a", {"severity": "critical"})
    assert _by(active, severity="warning") == ["a"]
    assert _by(active, severity="warning", cluster="") == ["a"]
    assert _by(active, severity="warning", cluster="eu") == []


def test_without_equal_labels_any_source_inhibits_any_target() -> None:
    active = ActiveAlerts((inhibiting("alertname=Down", "severity=warning"),))
    active.add("a", {"alertname": "Down", "cluster": "us"})
    assert _by(active, **WARNING) == ["a"]


def test_an_alert_on_both_sides_is_not_inhibited_by_itself_nor_by_others_on_both_sides() -> None:
    rule = inhibiting('alertname=~"Down|Gone"', 'severity="critical"', "cluster")
    active = ActiveAlerts((rule,))
    down = {"alertname": "Down", "severity": "critical", "cluster": "eu"}
    gone = {"alertname": "Gone", "severity": "critical", "cluster": "eu"}
    active.add("down", down)
    active.add("gone", gone)
    assert _by(active, **down) == []
    assert _by(active, **gone) == []
    assert _by(active, alertname="Slow", severity="critical", cluster="eu") == ["down"]
    active.add("source-only", {"alertname": "Down", "severity": "info", "cluster": "eu"})
    assert _by(active, **down) == ["source-only"]
    active.remove("source-only")
    assert _by(active, **down) == []
    assert _by(active, alertname="Slow", severity="critical", cluster="eu") == ["down"]


def test_every_rule_that_inhibits_is_named() -> None:
    active = ActiveAlerts((CRITICAL, inhibiting("alertname=Down", "", "cluster", key="down")))
    active.add("a", {"severity": "critical", "cluster": "eu", "alertname": "Down"})
    assert [one.rule for one in active.inhibited_by(WARNING)] == ["critical-over-warning", "down"]
    active.remove("a")
    active.add("b", {"severity": "info", "cluster": "eu", "alertname": "Down"})
    assert [one.rule for one in active.inhibited_by(WARNING)] == ["down"]
