"""Opsgenie's API: alerts as Alertmanager 0.25 sent them, the rest after docs.opsgenie.com (Alert API, Heartbeat API)."""

from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from tests.support.posts import a_post

from tocsin.adapters.sources.opsgenie import Opsgenie, validate_options
from tocsin.domain.alerts.heartbeat import Beat
from tocsin.domain.errors import InvalidError
from tocsin.flows.ports import InboundAcknowledgement, Parsed, RejectedError

CREATE = {
    "message": "An example alert message",
    "alias": "Life is too short for no alias",
    "description": "Every alert needs a description",
    "responders": [{"id": "4513b7ea", "type": "team"}],
    "visibleTo": [{"id": "4513b7ea", "type": "team"}],
    "actions": ["Restart"],
    "tags": ["OverwriteQuietHours", "Critical"],
    "details": {"service": "orders", "retries": 3},
    "entity": "An example entity",
    "priority": "P1",
}


def _ask(path: str, body: object = b"", *, method: str = "POST", **options: Any) -> Parsed:
    return Opsgenie().parse(a_post(body, path=path, method=method, options=options))


@pytest.mark.shared
def test_recorded_requests_of_alertmanager_fire_and_end_one_alert(shared_dir: Path) -> None:
    recording = shared_dir / "vectors/alertmanager-0.25-outgoing-webhook-pagerduty-opsgenie-slack-victorops.jsonl"
    posts = [json.loads(line) for line in recording.read_text().splitlines()]
    told = [
        _ask(p["path"].partition("?")[0], p["b"].encode()).alerts[0]
        for p in posts
        if p["path"].startswith("/v2/alerts")
    ]
    assert [alert.status for alert in told] == ["firing", "resolved"]
    assert told[0].fingerprint == told[1].fingerprint
    assert (told[0].summary, told[0].severity) == ("[FIRING:2] HighCPU (critical)", "p3")
    assert told[0].labels == {"alertname": "HighCPU", "severity": "critical"}


def test_an_alert_is_read_in_full() -> None:
    parsed = _ask("v2/alerts", CREATE)
    [alert] = parsed.alerts
    assert (alert.fingerprint, alert.severity, alert.service) == ("Life is too short for no alias", "p1", "orders")
    assert alert.labels == {"service": "orders", "retries": "3", "entity": "An example entity"}
    assert alert.annotations == {"description": "Every alert needs a description"}
    assert alert.extra["tags"] == ["OverwriteQuietHours", "Critical"]
    assert alert.extra["actions"] == ["Restart"]
    assert parsed.reply is not None
    assert parsed.reply["requestId"] == alert.fingerprint


def test_a_null_is_nothing_told_and_who_sent_an_alert_is_kept() -> None:
    nulls = dict.fromkeys(("alias", "description", "entity", "source", "priority", "tags", "details", "user", "note"))
    [alert] = _ask("v2/alerts", {"message": "disk full", **nulls}).alerts
    assert (alert.name, alert.severity, alert.labels, alert.extra) == ("disk full", "p3", {}, {})
    told = {"source": "nagios", "user": "ana", "note": "again", "details": {"a": "b", "c": None}, "alias": 7}
    [alert] = _ask("v2/alerts", {"message": "disk full", **told}).alerts
    assert (alert.fingerprint, alert.labels) == ("7", {"a": "b"})
    assert alert.extra == {"source": "nagios", "user": "ana", "note": "again"}
    acting = {"user": None, "note": None, "source": None}
    assert _ask("v2/alerts/a1/acknowledge", acting).acknowledgements == (InboundAcknowledgement(fingerprint="a1"),)


def test_an_end_leaves_the_alert_what_it_was() -> None:
    [over] = _ask("v2/alerts/a1/close", {"user": None, "note": None}).alerts
    assert (over.fingerprint, over.status, over.name, over.labels) == ("a1", "resolved", "", {})


def test_without_an_alias_every_alert_is_its_own() -> None:
    one = _ask("v2/alerts", {"message": "a"}).alerts[0].fingerprint
    assert one != _ask("v2/alerts", {"message": "b"}).alerts[0].fingerprint


@pytest.mark.parametrize(("path", "method"), [("v2/alerts/a/b/close", "POST"), ("v2/alerts/a/b", "DELETE")])
def test_an_alert_is_closed_by_its_alias_even_one_with_a_slash(path: str, method: str) -> None:
    [alert] = _ask(path, b"{}", method=method).alerts
    assert (alert.fingerprint, alert.status) == ("a/b", "resolved")


def test_an_acknowledgement_names_who_has_it() -> None:
    parsed = _ask("v2/alerts/a1/acknowledge", {"user": "ana@example.com", "note": "on it"})
    assert parsed.acknowledgements == (InboundAcknowledgement(fingerprint="a1", by="ana@example.com"),)


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_a_ping_is_a_beat_of_a_heartbeat_that_the_options_name(method: str) -> None:
    heartbeats = {"backup": {"every": "1d", "grace": "30m", "severity": "p2"}}
    parsed = _ask("v2/heartbeats/backup/ping", method=method, heartbeats=heartbeats)
    assert parsed.beats == (Beat(name="backup", every=timedelta(days=1), grace=timedelta(minutes=30), severity="p2"),)


@pytest.mark.parametrize(
    ("path", "body", "told"),
    [
        ("v2/heartbeats/other/ping", b"", "no heartbeat is called 'other'"),
        ("v2/alerts/a/notes", {"note": "x"}, "is nothing that is read here"),
        ("v2/schedules", {}, "is nothing that is read here"),
        ("v2/alerts", {}, "`message`"),
        ("v2/alerts/a/close", [], "Expected `object`"),
    ],
)
def test_what_is_not_understood_is_rejected_with_what_is(path: str, body: object, told: str) -> None:
    with pytest.raises(RejectedError) as rejected:
        _ask(path, body)
    assert told in str(rejected.value)


def test_a_heartbeat_without_a_duration_is_told_when_it_is_configured() -> None:
    with pytest.raises(InvalidError) as told:
        validate_options({"heartbeats": {"backup": {"every": "often"}}})
    assert told.value.field == "heartbeats"
