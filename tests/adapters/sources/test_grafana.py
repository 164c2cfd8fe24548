"""Grafana's unified alerting, in the shape of its documentation ("Configure webhook notifications", webhook payload)."""

from __future__ import annotations

import hashlib
import hmac
import json
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest
from tests.support.posts import a_post

from tocsin.adapters.sources.grafana import Grafana
from tocsin.flows.ports import InboundPost, Parsed, RejectedError, UnverifiedError

ALERT: dict[str, Any] = {
    "status": "firing",
    "labels": {"alertname": "High memory usage", "team": "blue", "zone": "us-1", "service": "orders"},
    "annotations": {
        "description": "The system has high memory usage",
        "runbook_url": "https://myrunbook.example.com/1234",
        "summary": "This alert was triggered for zone us-1",
    },
    "startsAt": "2021-10-12T09:51:03.157076+02:00",
    "endsAt": "0001-01-01T00:00:00Z",
    "generatorURL": "https://play.example.org/alerting/1afz29v7z/edit",
    "fingerprint": "c6eadffa33fcdf37",
    "silenceURL": "https://play.example.org/alerting/silence/new?matchers=alertname%3DT2",
    "dashboardURL": "",
    "panelURL": "https://play.example.org/d/1?viewPanel=2",
    "values": {"B": 44.23943737541908, "C": 1},
}
WEBHOOK = {
    "receiver": "My Super Webhook",
    "status": "firing",
    "orgId": 1,
    "alerts": [ALERT, {**ALERT, "status": "resolved", "fingerprint": "bc97ff14869b13e3"}],
    "groupLabels": {},
    "commonLabels": {"team": "blue"},
    "externalURL": "https://play.example.org/",
    "version": "1",
    "groupKey": "{}:{}",
    "truncatedAlerts": 0,
    "title": "[FIRING:2]  (blue)",
    "state": "alerting",
    "message": "**Firing**",
}
BODY = json.dumps(WEBHOOK).encode()


def _read(body: object = BODY, headers: dict[str, str] | None = None, **options: Any) -> Parsed:
    return Grafana().parse(a_post(body, headers=headers, options=options))


def _signed(body: bytes) -> str:
    return hmac.new(b"s3cret", body, hashlib.sha256).hexdigest()


def test_every_alert_of_the_group_is_read_with_its_links_and_values() -> None:
    fired, over = _read().alerts
    assert (fired.fingerprint, fired.status, over.status) == ("c6eadffa33fcdf37", "firing", "resolved")
    assert (fired.name, fired.service) == ("High memory usage", "orders")
    assert fired.starts_at == datetime(2021, 10, 12, 7, 51, 3, 157076, tzinfo=UTC)
    assert fired.ends_at is None
    assert set(fired.links) == {"generator", "grafana", "panel", "runbook", "silence"}
    assert fired.extra["values"] == {"B": 44.23943737541908, "C": 1}
    assert fired.extra["group"]["orgId"] == 1  # type: ignore[index]  # a dict


def test_nulls_are_nothing_told_and_one_entry_that_cannot_be_read_costs_no_other() -> None:
    empty = {"annotations": None, "dashboardURL": None, "values": None, "imageURL": None}
    parsed = _read({**WEBHOOK, "alerts": [{**ALERT, **empty}, {**ALERT, "status": "pending"}]})
    [alert] = parsed.alerts
    assert (alert.name, alert.annotations, set(alert.links)) == (
        "High memory usage",
        {},
        {"generator", "grafana", "panel", "silence"},
    )
    assert [one.where for one in parsed.rejected] == ["$.alerts[1]"]


def test_a_long_message_costs_the_group_no_other_fact() -> None:
    [alert, _] = _read({**WEBHOOK, "message": "m" * 10_000}).alerts
    group: Any = alert.extra["group"]
    assert (group["orgId"], group["title"], group["left_out"]) == (1, "[FIRING:2]  (blue)", ["message"])


def test_a_signature_over_the_body_is_compared_when_a_secret_is_set() -> None:
    headers = {"x-grafana-alerting-signature": _signed(BODY)}
    assert len(_read(headers=headers, secret="s3cret").alerts) == 2
    for wrong in ({}, {"x-grafana-alerting-signature": _signed(b"other")}, {"x-grafana-alerting-signature": "é"}):
        with pytest.raises(UnverifiedError):
            _read(headers=wrong, secret="s3cret")


def test_a_signature_over_time_and_body_is_compared_when_the_time_has_a_header() -> None:
    headers = {"x-signed": _signed(b"1772634185:" + BODY), "x-at": "1772634185"}
    options = {"secret": "s3cret", "signature_header": "X-Signed", "timestamp_header": "X-At"}
    assert len(_read(headers=headers, **options).alerts) == 2
    with pytest.raises(UnverifiedError):
        _read(headers={**headers, "x-at": "1772634186"}, **options)


def test_a_post_whose_signed_time_is_old_is_refused() -> None:
    options = {"secret": "s3cret", "timestamp_header": "X-At"}

    def posted(at: str) -> InboundPost:
        headers = {"x-grafana-alerting-signature": _signed(at.encode() + b":" + BODY), "x-at": at}
        return a_post(BODY, headers=headers, options=options)

    assert len(Grafana().parse(posted("1772633900")).alerts) == 2
    with pytest.raises(UnverifiedError, match="X-At is 2026-03-04T14:16:40"):
        Grafana().parse(posted("1772633800"))
    assert len(Grafana().parse(replace(posted("1772633800"), replayed=True)).alerts) == 2
    with pytest.raises(UnverifiedError, match="X-At is missing"):
        Grafana().parse(posted(""))


LEGACY: dict[str, Any] = {  # Grafana 8's documentation, "Webhook"
    "dashboardId": 1,
    "evalMatches": [{"value": 100, "metric": "Count", "tags": {}}],
    "imageUrl": "https://play.example.org/a.png",
    "message": "Orders answers slowly",
    "orgId": 1,
    "panelId": 2,
    "ruleId": 7,
    "ruleName": "Orders latency",
    "ruleUrl": "https://play.example.org/d/1?viewPanel=2",
    "state": "alerting",
    "tags": {"service": "orders", "severity": "high"},
    "title": "[Alerting] Orders latency",
}


def test_the_posts_of_legacy_alerting_are_read() -> None:
    [fired] = _read(LEGACY).alerts
    assert (fired.name, fired.status, fired.summary) == ("Orders latency", "firing", "Orders answers slowly")
    assert (fired.service, fired.severity, set(fired.links)) == ("orders", "high", {"rule", "image"})
    assert fired.extra["evalMatches"] == LEGACY["evalMatches"]
    [over] = _read({**LEGACY, "state": "ok", "evalMatches": None, "tags": None, "imageUrl": None}).alerts
    assert (over.status, over.fingerprint) == ("resolved", fired.fingerprint)
    assert _read({**LEGACY, "state": "no_data"}).alerts[0].status == "firing"
    assert _read({**LEGACY, "state": "pending"}) == Parsed(reply={"ignored": "pending"})
    with pytest.raises(RejectedError, match=r"\$\.state"):
        _read({**LEGACY, "state": "odd"})


@pytest.mark.parametrize("body", [b"", {}, {"alerts": [{"labels": {}}]}, {"title": "x", "ruleId": 1, "state": "ok"}])
def test_what_is_not_unified_alerting_is_rejected(body: object) -> None:
    with pytest.raises(RejectedError):
        _read(body)
