"""Alertmanager's webhook, from posts that a real Alertmanager sent."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tocsin.adapters.sources.alertmanager import Alertmanager
from tocsin.domain.alerts.fingerprint import fingerprint
from tocsin.flows.ports import InboundAlert, InboundPost, RejectedError

AT = datetime(2026, 3, 4, 14, 23, 5, tzinfo=UTC)
ALERT = {"status": "firing", "labels": {"alertname": "HighCPU", "instance": "a:9100", "severity": "critical"}}


def _read(body: bytes) -> tuple[InboundAlert, ...]:
    return Alertmanager().parse(InboundPost(body=body, received_at=AT)).alerts


def _parse(*alerts: object, **group: object) -> tuple[InboundAlert, ...]:
    return _read(msgspec.json.encode({"version": "4", "alerts": alerts, **group}))


@pytest.mark.shared
def test_recorded_posts_of_alertmanager_025_are_read_in_full(shared_dir: Path) -> None:
    recording = shared_dir / "vectors/alertmanager-0.25-outgoing-webhook-pagerduty-opsgenie-slack-victorops.jsonl"
    posts = [json.loads(line) for line in recording.read_text().splitlines()]
    fired, resolved = [_read(p["b"].encode()) for p in posts if p["path"] == "/hook"]

    assert [a.fingerprint for a in fired] == ["1747c26e7c776e2c", "8a325313acba3dd9"]
    assert [a.fingerprint for a in fired] == [fingerprint(a.labels) for a in fired]
    first = fired[0]
    assert (first.name, first.status, first.summary, first.severity) == ("HighCPU", "firing", "cpu high", "critical")
    assert first.starts_at == datetime(2026, 11, 21, 1, 43, 57, 564768, tzinfo=UTC)
    assert first.ends_at is None
    assert first.links == {"alertmanager": "http://vm:19093"}
    assert first.extra["group"] == {
        "receiver": "w",
        "status": "firing",
        "groupLabels": {"alertname": "HighCPU"},
        "commonLabels": {"alertname": "HighCPU", "severity": "critical"},
        "commonAnnotations": {"summary": "cpu high"},
        "version": "4",
        "groupKey": '{}:{alertname="HighCPU"}',
        "truncatedAlerts": 0,
    }
    assert [(a.fingerprint, a.status) for a in resolved] == [(a.fingerprint, "resolved") for a in fired]
    assert resolved[0].ends_at == datetime(2026, 11, 21, 1, 44, 1, tzinfo=UTC)


@pytest.mark.shared
def test_what_alertmanager_sends_to_other_systems_is_rejected(shared_dir: Path) -> None:
    recording = shared_dir / "vectors/alertmanager-0.25-outgoing-webhook-pagerduty-opsgenie-slack-victorops.jsonl"
    for post in map(json.loads, recording.read_text().splitlines()):
        if post["path"] != "/hook":
            with pytest.raises(RejectedError):
                _read(post["b"].encode())


def test_a_missing_fingerprint_is_computed_as_alertmanager_would() -> None:
    [alert] = _parse({**ALERT, "labels": {**ALERT["labels"], "empty": ""}})  # type: ignore[dict-item]  # a dict
    assert alert.fingerprint == "1747c26e7c776e2c"
    assert "empty" not in alert.labels


@pytest.mark.parametrize(
    ("labels", "service"),
    [
        ({"service": "orders", "job": "node"}, "orders"),
        ({"job": "node", "app": "a"}, "node"),
        ({"app": "a"}, "a"),
        ({}, ""),
    ],
)
def test_the_service_is_the_most_telling_label(labels: dict[str, str], service: str) -> None:
    assert _parse({"status": "firing", "labels": labels})[0].service == service


def test_links_are_kept_when_people_may_click_them() -> None:
    notes = {"dashboard_url": "https://g.example/d/1", "runbook_url": "javascript:alert(1)"}
    [alert] = _parse({**ALERT, "annotations": notes, "generatorURL": "http://p.example/graph"}, externalURL="ftp://a")
    assert alert.links == {"generator": "http://p.example/graph", "dashboard": "https://g.example/d/1"}
    assert alert.annotations == notes


def test_fields_of_a_newer_alertmanager_are_kept() -> None:
    [alert] = _parse({**ALERT, "silenceURL": "http://a"}, truncatedAlerts=3, notification_reason="x")
    assert alert.extra["silenceURL"] == "http://a"
    assert alert.extra["group"] == {"version": "4", "truncatedAlerts": 3, "notification_reason": "x"}


@pytest.mark.parametrize(
    ("stamp", "expected"),
    [
        ("0001-01-01T00:00:00Z", None),
        ("0001-01-01T00:00:00+02:00", None),
        ("", None),
        (None, None),
        ("2026-03-04T15:23:05+01:00", AT),
        ("2026-03-04T14:23:05.000000499Z", AT),
        ("2026-03-04T14:23:05", AT),
    ],
)
def test_times_are_read_as_go_writes_them(stamp: str | None, expected: datetime | None) -> None:
    assert _parse({**ALERT, "startsAt": stamp})[0].starts_at == expected


@pytest.mark.parametrize(
    ("body", "told"),
    [
        (b"", "not JSON: Input data was truncated"),
        (b"{", "not JSON"),
        (b"\xff\xfe", "not JSON"),
        (b"[" * 100_000, "not JSON"),
        (b"[]", "Expected `object`, got `array`"),
        (b"{}", "missing required field `alerts`"),
        (b'{"alerts":{}}', "Expected `array`, got `object` - at `$.alerts`"),
        (b'{"alerts":[{"labels":{}}]}', "missing required field `status` - at `$.alerts[0]`"),
        (b'{"alerts":[{"status":"ok","labels":{}}]}', "Invalid enum value 'ok' - at `$.alerts[0].status`"),
        (
            b'{"alerts":[{"status":"firing","labels":{"a":1}}]}',
            "Expected `str`, got `int` - at `$.alerts[0].labels[...]`",
        ),
        (
            b'{"alerts":[{"status":"firing","labels":{},"endsAt":"noon"}]}',
            "'noon' is not a time - at `$.alerts[0].endsAt`",
        ),
    ],
)
def test_a_malformed_post_is_rejected_with_the_place(body: bytes, told: str) -> None:
    with pytest.raises(RejectedError) as rejected:
        _read(body)
    assert told in str(rejected.value)


def test_one_entry_that_cannot_be_read_costs_no_other() -> None:
    alerts = [{**ALERT, "annotations": None, "generatorURL": None}, {**ALERT, "startsAt": "noon"}, None]
    body = msgspec.json.encode({"version": "4", "alerts": alerts, "externalURL": None})
    parsed = Alertmanager().parse(InboundPost(body=body, received_at=AT))
    assert [alert.name for alert in parsed.alerts] == ["HighCPU"]
    assert [one.where for one in parsed.rejected] == ["$.alerts[1]", "$.alerts[2]"]
    assert "'noon' is not a time - at `$.alerts[1].startsAt`" in parsed.rejected[0].reason


@given(st.binary())
def test_any_bytes_are_alerts_or_a_rejection(body: bytes) -> None:
    _alerts_or_rejection(body)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=5,
)
STAMP = st.datetimes(timezones=st.sampled_from([UTC, None])).map(lambda t: t.isoformat()) | JSON
WEBHOOK = st.fixed_dictionaries(
    {
        "alerts": st.lists(
            st.fixed_dictionaries(
                {"status": st.sampled_from(["firing", "resolved"]), "labels": st.dictionaries(st.text(), st.text())},
                optional={"startsAt": STAMP, "endsAt": STAMP, "annotations": JSON, "fingerprint": JSON, "x": JSON},
            ),
            max_size=3,
        )
        | JSON
    }
)


@given(WEBHOOK | JSON)
def test_any_json_is_alerts_or_a_rejection(post: object) -> None:
    _alerts_or_rejection(json.dumps(post).encode())


def _alerts_or_rejection(body: bytes) -> None:
    try:
        alerts = _read(body)
    except RejectedError as rejected:
        assert str(rejected)  # noqa: PT017 (either way is right; a rejection must say something)
    else:
        assert all(len(a.fingerprint) >= 1 for a in alerts)
