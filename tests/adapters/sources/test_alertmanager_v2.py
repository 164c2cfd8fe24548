"""Alertmanager's API v2, from posts that a real Prometheus sent, and by Alertmanager's own rules."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from tests.support.posts import AT, a_post

from tocsin.adapters.sources.alertmanager_v2 import AlertmanagerV2, validate_options
from tocsin.domain.alerts.fold import take
from tocsin.domain.errors import InvalidError
from tocsin.flows.ports import InboundAlert, IncompleteError, Parsed, RejectedError

HIGH = {"labels": {"alertname": "HighCPU", "instance": "a:9100", "severity": "critical"}}


def _read(*alerts: object) -> tuple[InboundAlert, ...]:
    return AlertmanagerV2().parse(a_post(list(alerts))).alerts


def _recorded(shared_dir: Path) -> list[tuple[Parsed, datetime]]:
    lines = (shared_dir / "vectors/prometheus-2.42-to-am-v2-post.jsonl").read_text().splitlines()
    posts = [(a_post(p["b"].encode()), datetime.fromtimestamp(p["t"], UTC)) for p in map(json.loads, lines)]
    return [(AlertmanagerV2().parse(replace(post, received_at=at)), at) for post, at in posts]


@pytest.mark.shared
def test_every_recorded_post_of_prometheus_is_read_in_full(shared_dir: Path) -> None:
    told = _recorded(shared_dir)
    assert all(not parsed.rejected for parsed, _ in told)
    first = told[0][0].alerts[0]
    assert (first.name, first.severity, first.summary) == ("AlwaysFiring", "critical", "s 1")
    assert first.starts_at == datetime(2026, 11, 21, 1, 42, 29, 632000, tzinfo=UTC)
    assert set(first.links) == {"generator", "runbook"}
    assert first.annotations["description"] == "d"


@pytest.mark.shared
def test_recorded_alerts_fire_live_on_their_lease_and_end(shared_dir: Path) -> None:
    changes: dict[str, list[str]] = {}
    states = {}
    for parsed, at in _recorded(shared_dir):
        for alert in parsed.alerts:
            taken = take(states.get(alert.fingerprint), alert, at)
            states[alert.fingerprint] = taken.state
            changes.setdefault(alert.name, []).append(taken.change)
    assert changes["AlwaysFiring"][0] == "fired"
    assert set(changes["AlwaysFiring"][1:]) == {"refreshed"}
    assert "resolved" in changes["Flap"]
    assert "refired" in changes["Flap"]


def test_the_fingerprint_is_alertmanagers_and_empty_labels_do_not_count() -> None:
    [alert] = _read({"labels": {**HIGH["labels"], "empty": ""}})
    assert alert.fingerprint == "1747c26e7c776e2c"
    assert "empty" not in alert.labels


@pytest.mark.parametrize("end", [None, "", "0001-01-01T00:00:00Z"])
def test_an_alert_without_an_end_lives_for_the_resolve_timeout(end: str | None) -> None:
    [alert] = _read({**HIGH, "endsAt": end})
    assert (alert.status, alert.ends_at) == ("firing", AT + timedelta(minutes=5))
    post = a_post([HIGH], options={"resolve_timeout": "90s"})
    assert AlertmanagerV2().parse(post).alerts[0].ends_at == AT + timedelta(seconds=90)


def test_an_end_to_come_is_a_lease_and_one_that_passed_is_the_end() -> None:
    lease, over = _read({**HIGH, "endsAt": "2026-03-04T14:27:00Z"}, {**HIGH, "endsAt": "2026-03-04T14:23:05Z"})
    assert (lease.status, over.status) == ("firing", "resolved")


def test_one_bad_alert_costs_no_other_and_is_told() -> None:
    backwards = {**HIGH, "startsAt": "2026-03-04T14:00:00Z", "endsAt": "2026-03-04T13:00:00Z"}
    parsed = AlertmanagerV2().parse(a_post([{"labels": {"a": ""}}, HIGH, {"labels": 1}, backwards, 7]))

    assert [a.name for a in parsed.alerts] == ["HighCPU"]
    assert [r.where for r in parsed.rejected] == ["$[0]", "$[2]", "$[3]", "$[4]"]
    assert "at least one label" in parsed.rejected[0].reason
    assert "ends before it starts" in parsed.rejected[2].reason


@pytest.mark.parametrize("body", [{}, [{"labels": {}}], [1], b"x"])
def test_a_post_without_one_valid_alert_is_rejected(body: object) -> None:
    with pytest.raises(RejectedError):
        AlertmanagerV2().parse(a_post(body))


def test_a_post_of_no_alerts_changes_nothing() -> None:
    assert _read() == ()


def test_a_timeout_that_is_none_is_told_with_its_field() -> None:
    with pytest.raises(InvalidError) as told:
        validate_options({"resolve_timeout": "soon"})
    assert told.value.field == "resolve_timeout"


@pytest.mark.parametrize(
    "more",
    [
        {"generatorURL": None},
        {"annotations": None},
        {"startsAt": None, "endsAt": None},
        {"labels": {**HIGH["labels"], "team": None}},
        {"annotations": {"summary": None}},
        {"labels": {**HIGH["labels"], "": ""}},
        {"labels": {**HIGH["labels"], "größe-1": "x"}},
        *({"generatorURL": url} for url in ("", "/graph", "mailto:a", "http://prom/graph?a=b c", "https://p:1/é")),
        {"startsAt": "2026-03-04T14:23:05Z", "endsAt": "2026-03-04T14:30Z"},
    ],
)
def test_what_alertmanager_takes_is_taken(more: dict[str, object]) -> None:
    [alert] = _read({**HIGH, **more})
    assert (alert.name, alert.status) == ("HighCPU", "firing")
    assert "team" not in alert.labels


def test_a_null_for_a_post_is_a_post_of_no_alerts() -> None:
    assert AlertmanagerV2().parse(a_post(b" null\n")).alerts == ()


@pytest.mark.parametrize(
    ("more", "told", "incomplete"),
    [
        ({"labels": None}, "no labels", True),
        ({"labels": {"": "x"}}, "a label without a name", False),
        ({"generatorURL": "not a url"}, "`$[0].generatorURL`", True),
        ({"generatorURL": "http://a b/graph"}, "`$[0].generatorURL`", True),
        ({"startsAt": "2026-03-04T15:23:05Z"}, "resolve_timeout", False),
    ],
)
def test_what_alertmanager_refuses_is_refused(more: dict[str, object], told: str, *, incomplete: bool) -> None:
    with pytest.raises(RejectedError) as rejected:
        _read({**HIGH, **more})
    assert told in str(rejected.value)
    assert isinstance(rejected.value, IncompleteError) == incomplete


def test_an_empty_post_lacks_its_alerts() -> None:
    with pytest.raises(IncompleteError):
        AlertmanagerV2().parse(a_post(b""))
