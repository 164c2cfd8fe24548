"""PagerDuty's Events API v2.

The alert events are what Alertmanager 0.25 sent; change events and the rest follow PagerDuty's documentation
(developer.pagerduty.com, "Send an alert event" and "Send a change event").
"""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from tests.support.posts import AT, a_post

from tocsin.adapters.sources.pagerduty import PagerDuty
from tocsin.domain.alerts.fold import take
from tocsin.flows.ports import InboundAcknowledgement, Parsed, RejectedError

TRIGGER: dict[str, Any] = {
    "routing_key": "R0KEY0123456789012345678901234ab",
    "event_action": "trigger",
    "dedup_key": "samplekeyhere",
    "payload": {
        "summary": "Disk at 97 % on prod-db-1",
        "source": "prod-db-1",
        "severity": "critical",
        "timestamp": "2026-03-04T14:20:00.123456+00:00Z",
        "component": "postgres",
        "group": "prod-datapipe",
        "class": "disk",
        "custom_details": {"free space": "3 %", "service": "orders", "load": 1.5, "nested": {"a": 1}},
    },
    "images": [{"src": "https://chart.example.com/1.png"}],
    "links": [{"href": "https://wiki.example.com/disk", "text": "Runbook"}, {"href": "javascript:alert(1)"}],
    "client": "Sample Monitoring",
    "client_url": "https://monitoring.example.com",
}
CHANGE = {
    "routing_key": "R0KEY0123456789012345678901234ab",
    "payload": {
        "summary": "Build success: orders 2.4.1",
        "timestamp": "2026-03-04T14:00:00.000Z",
        "source": "acme-build-pipeline",
        "custom_details": {"service": "orders", "version": "2.4.1", "commit": "8f3c1d2", "by": "ana"},
    },
    "links": [{"href": "https://ci.example.com/7", "text": "build"}],
}


def _read(post: object, path: str = "") -> Parsed:
    return PagerDuty().parse(a_post(post, path=path))


@pytest.mark.shared
def test_recorded_events_of_alertmanager_fire_and_end_one_alert(shared_dir: Path) -> None:
    recording = shared_dir / "vectors/alertmanager-0.25-outgoing-webhook-pagerduty-opsgenie-slack-victorops.jsonl"
    posts = [json.loads(line) for line in recording.read_text().splitlines()]
    told = [_read(p["b"].encode(), p["path"]) for p in posts if p["path"] == "/v2/enqueue"]

    fired, resolved = (parsed.alerts[0] for parsed in told)
    assert (fired.status, resolved.status) == ("firing", "resolved")
    assert fired.fingerprint == resolved.fingerprint
    assert fired.fingerprint.startswith("9f2a099adf99")
    assert (fired.summary, fired.severity) == ("[FIRING:2] HighCPU (critical)", "error")
    assert fired.annotations["num_firing"] == "2"
    assert told[0].reply == {"status": "success", "message": "Event processed", "dedup_key": fired.fingerprint}


def test_a_trigger_is_read_in_full() -> None:
    [alert] = _read(TRIGGER).alerts
    assert (alert.fingerprint, alert.name, alert.status) == ("samplekeyhere", "disk", "firing")
    assert (alert.summary, alert.severity, alert.service) == ("Disk at 97 % on prod-db-1", "critical", "orders")
    assert alert.starts_at == datetime(2026, 3, 4, 14, 20, 0, 123456, tzinfo=UTC)
    assert alert.labels == {
        "source": "prod-db-1",
        "component": "postgres",
        "group": "prod-datapipe",
        "class": "disk",
    }
    assert alert.links == {
        "Runbook": "https://wiki.example.com/disk",
        "image": "https://chart.example.com/1.png",
        "client": "https://monitoring.example.com",
    }
    assert alert.extra["client"] == "Sample Monitoring"
    assert alert.extra["images"] == TRIGGER["images"]
    assert alert.extra["custom_details"] == TRIGGER["payload"]["custom_details"]
    assert "R0KEY" not in str(alert)
    assert alert.occurrence


def test_a_trigger_without_a_key_is_given_one_that_the_sender_can_read() -> None:
    one, other = (_read({**TRIGGER, "dedup_key": key}) for key in ("", None))
    assert one.reply is not None
    assert one.alerts[0].fingerprint == one.reply["dedup_key"] != "samplekeyhere"
    assert len(one.alerts[0].fingerprint) == 32
    assert other.alerts[0].fingerprint != one.alerts[0].fingerprint


def _trigger(**payload: Any) -> dict[str, Any]:
    return {**TRIGGER, "payload": {"summary": "disk full", **payload}}


@pytest.mark.parametrize(
    "post",
    [
        _trigger(),
        _trigger(source=None, severity=None, component=None, timestamp=None, custom_details=None, **{"class": None}),
        _trigger(severity="nonsense", source="", custom_details="free text"),
        {**_trigger(), "links": None, "images": None, "client": None, "client_url": None, "dedup_key": None},
        {**_trigger(), "links": [{"href": "https://a.example", "text": None}, {"href": None}]},
        {**_trigger(), "links": ["https://a.example"], "images": {"src": 7}},
        {"event_action": "trigger", "payload": {"summary": " ", "class": "disk full"}},
    ],
)
def test_a_trigger_that_says_what_is_wrong_is_taken_whatever_it_lacks(post: object) -> None:
    [alert] = _read(post).alerts
    assert (alert.name, alert.status) == ("disk full", "firing")


def test_a_key_that_is_a_number_is_a_key() -> None:
    fired, over = _read({**TRIGGER, "dedup_key": 42}), _read({"event_action": "resolve", "dedup_key": 42})
    assert fired.alerts[0].fingerprint == over.alerts[0].fingerprint == "42"
    assert fired.reply is not None
    assert fired.reply["dedup_key"] == "42"


@pytest.mark.parametrize("payload", [{}, None, {"summary": None}, {"summary": "[RESOLVED] disk", "class": "x"}, "gone"])
def test_an_end_says_which_alert_and_leaves_what_it_was(payload: object) -> None:
    [over] = _read({"event_action": "resolve", "dedup_key": "k", "payload": payload}).alerts
    assert (over.fingerprint, over.status) == ("k", "resolved")
    assert (over.name, over.summary, over.labels) == ("", "", {})
    [fired] = _read({**TRIGGER, "dedup_key": "k"}).alerts
    state = take(take(None, fired, AT).state, over, AT + timedelta(minutes=1)).state
    assert (state.name, state.status, state.labels) == ("disk", "resolved", fired.labels)
    assert _read({"event_action": "acknowledge", "dedup_key": "k", "payload": payload}).acknowledgements


def test_nothing_that_a_trigger_says_is_lost() -> None:
    links = [{"href": "https://a.example", "text": "graph"}, {"href": "https://b.example", "text": "graph"}]
    images = [{"src": "https://c.example/1.png", "href": "https://c.example", "alt": "load"}]
    [alert] = _read({**_trigger(runbook="r7"), "links": links, "images": images, "severity_note": "x"}).alerts
    assert alert.links == {
        "graph": "https://a.example",
        "graph 2": "https://b.example",
        "load": "https://c.example/1.png",
        "load, source": "https://c.example",
        "client": "https://monitoring.example.com",
    }
    assert alert.extra["payload"] == {"runbook": "r7"}
    assert alert.extra["severity_note"] == "x"
    [unread] = _read({**_trigger(), "links": ["https://a.example"]}).alerts
    assert unread.links == {"client": "https://monitoring.example.com"}
    assert unread.extra["links"] == ["https://a.example"]


def test_a_key_that_is_too_long_is_kept_short_and_answered_as_it_came() -> None:
    parsed = _read({**TRIGGER, "dedup_key": "k" * 300})
    assert parsed.reply is not None
    assert parsed.reply["dedup_key"] == "k" * 300
    assert (
        parsed.alerts[0].fingerprint == _read({"event_action": "resolve", "dedup_key": "k" * 300}).alerts[0].fingerprint
    )
    assert len(parsed.alerts[0].fingerprint) == 64


def test_an_acknowledgement_names_the_alert_and_who_says_so() -> None:
    parsed = _read({"event_action": "acknowledge", "dedup_key": "k", "client": "noc"})
    assert parsed.acknowledgements == (InboundAcknowledgement(fingerprint="k", by="noc"),)
    assert parsed.alerts == ()


@pytest.mark.parametrize("path", ["v2/change/enqueue", ""])
def test_a_change_event_is_a_change(path: str) -> None:
    parsed = _read(CHANGE, path)
    [change] = parsed.changes
    assert (change.service, change.version, change.commit, change.by) == ("orders", "2.4.1", "8f3c1d2", "ana")
    assert change.at == datetime(2026, 3, 4, 14, tzinfo=UTC)
    assert change.summary == "Build success: orders 2.4.1"
    assert change.links == {"build": "https://ci.example.com/7"}
    assert parsed.reply == {"status": "success", "message": "Change event processed"}
    assert _read(CHANGE, path).changes[0].key == change.key


def test_a_change_without_a_time_happened_when_it_came() -> None:
    [change] = _read({"payload": {"summary": "x", "source": "ci"}}).changes
    assert (change.at, change.service) == (AT, "ci")


@pytest.mark.parametrize(
    ("post", "told"),
    [
        ({"event_action": "resolve"}, "$.dedup_key"),
        ({"event_action": "acknowledge", "dedup_key": ""}, "$.dedup_key"),
        ({"event_action": "trigger", "dedup_key": "k"}, "$.payload"),
        ({"event_action": "explode", "payload": {"summary": "x"}}, "$.event_action"),
        ({**TRIGGER, "payload": {"source": "a"}}, "`summary`"),
        ({**TRIGGER, "payload": {"summary": " ", "source": "a"}}, "`$.payload.summary`"),
        ({"payload": {"summary": None, "source": "ci"}}, "`$.payload.summary`"),
        ({**TRIGGER, "payload": {"summary": "a", "timestamp": "noon"}}, "$.payload.timestamp"),
        ([], "Expected `object`"),
    ],
)
def test_a_malformed_event_is_rejected_with_the_place(post: object, told: str) -> None:
    with pytest.raises(RejectedError) as rejected:
        _read(post)
    assert told in str(rejected.value)
