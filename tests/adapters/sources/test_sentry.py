"""Sentry's integration webhooks, in the shape of docs.sentry.io (Webhooks: issue alerts, metric alerts, issues)."""

from __future__ import annotations

import hashlib
import hmac
import json
from datetime import UTC, datetime
from typing import Any

import pytest
from tests.support.posts import a_post

from tocsin.adapters.sources.sentry import Sentry
from tocsin.flows.ports import InboundAlert, Parsed, RejectedError, UnverifiedError

ISSUE_ALERT: dict[str, Any] = {
    "action": "triggered",
    "actor": {"id": "sentry", "name": "Sentry", "type": "application"},
    "data": {
        "event": {
            "event_id": "e4874d664c3540c1a32eab185f12c5ab",
            "issue_id": "1170820242",
            "title": "ReferenceError: heck is not defined",
            "culprit": "?(<anonymous>)",
            "level": "error",
            "platform": "javascript",
            "datetime": "2026-03-04T14:21:31.000000Z",
            "web_url": "https://sentry.example.com/organizations/test-org/issues/1170820242/events/e4/",
            "tags": [["browser", "Chrome 75.0.3770"], ["service", "web-shop"]],
        },
        "triggered_rule": "Very Important Alert Rule!",
        "issue_alert": {"title": "Very Important Alert Rule!", "settings": []},
    },
    "installation": {"uuid": "a8e5d37a-696c-4c54-adb5-b3f28d64c7de"},
}
METRIC_ALERT: dict[str, Any] = {
    "action": "critical",
    "actor": {"id": "sentry", "name": "Sentry", "type": "application"},
    "data": {
        "description_text": "1000 events in the last 10 minutes",
        "description_title": "Critical: Too many errors",
        "metric_alert": {
            "id": "5",
            "title": "Too many errors",
            "alert_rule": {"id": "7", "name": "Too many errors", "environment": None, "triggers": []},
            "date_started": "2026-03-04T14:20:00.000Z",
            "date_closed": None,
            "projects": ["web-shop"],
            "status": 20,
        },
        "web_url": "https://sentry.example.com/organizations/test-org/alerts/5/",
    },
}
RESOLVED: dict[str, Any] = {
    "action": "resolved",
    "data": {"issue": {"id": "1170820242", "title": "ReferenceError: heck is not defined", "status": "resolved"}},
}


def _read(body: object, resource: str = "", signature: str = "", **options: Any) -> Parsed:
    headers = {"sentry-hook-resource": resource, "sentry-hook-signature": signature}
    return Sentry().parse(a_post(body, headers=headers, options=options))


@pytest.mark.parametrize("resource", ["event_alert", ""])
def test_an_issue_alert_fires_by_its_issue(resource: str) -> None:
    [alert] = _read(ISSUE_ALERT, resource).alerts
    assert (alert.fingerprint, alert.status, alert.severity) == ("issue:1170820242", "firing", "error")
    assert (alert.name, alert.summary) == ("Very Important Alert Rule!", "ReferenceError: heck is not defined")
    assert (alert.service, alert.labels["platform"]) == ("web-shop", "javascript")
    assert alert.starts_at == datetime(2026, 3, 4, 14, 21, 31, tzinfo=UTC)
    assert alert.extra["issue_alert"] == ISSUE_ALERT["data"]["issue_alert"]
    assert alert.occurrence


@pytest.mark.parametrize("action", ["resolved", "ignored", "archived"])
def test_the_issues_resolution_ends_its_alert(action: str) -> None:
    [alert] = _read({**RESOLVED, "action": action}, "issue").alerts
    assert (alert.fingerprint, alert.status) == ("issue:1170820242", "resolved")


def test_an_issue_that_comes_back_fires_again() -> None:
    issue = {**RESOLVED["data"]["issue"], "level": "error", "project": {"slug": "web-shop"}, "substatus": "regressed"}
    [alert] = _read({"action": "unresolved", "data": {"issue": issue}}, "issue").alerts
    assert (alert.fingerprint, alert.status, alert.severity) == ("issue:1170820242", "firing", "error")
    assert (alert.service, alert.occurrence) == ("web-shop", True)
    assert alert.extra == {"issue": {"status": "resolved", "substatus": "regressed"}}


def _event(**changes: object) -> InboundAlert:
    data = {**ISSUE_ALERT["data"], "event": {**ISSUE_ALERT["data"]["event"], **changes}}
    [alert] = _read({**ISSUE_ALERT, "data": data}, "event_alert").alerts
    return alert


def test_what_an_event_tells_besides_is_kept() -> None:
    assert _event(metadata={"type": "X"}, location="a.py").extra["event"] == {
        "metadata": {"type": "X"},
        "location": "a.py",
    }
    metric = {**METRIC_ALERT["data"]["metric_alert"], "identifier": "3"}
    [alert] = _read({**METRIC_ALERT, "data": {**METRIC_ALERT["data"], "metric_alert": metric}}, "metric_alert").alerts
    assert alert.extra["metric_alert"] == {"status": 20, "identifier": "3"}


def test_tags_may_be_objects_and_the_project_names_the_service() -> None:
    assert _event(tags=[{"key": "service", "value": "orders"}, {"key": "a", "value": None}]).service == "orders"
    url = "https://sentry.example.com/api/0/projects/acme/web-shop/events/e4/"
    assert _event(tags=[["server_name", "w1"]], url=url).service == "web-shop"
    assert _event(tags=[["server_name", "w1"]], url=None, title=None).service == "w1"


PLUGIN: dict[str, Any] = {  # the "WebHooks" plugin of a project
    "id": "1170820242",
    "project": "web-shop",
    "project_name": "Web shop",
    "culprit": "orders.views in pay",
    "level": "error",
    "url": "https://sentry.example.com/organizations/acme/issues/1170820242/",
    "message": "This is an example Python exception",
    "triggering_rules": ["Very Important Alert Rule!"],
    "event": {
        "event_id": "e4874d664c3540c1a32eab185f12c5ab",
        "title": "ZeroDivisionError",
        "timestamp": 1772634091.0,
        "tags": [["browser", "Chrome"]],
        "environment": None,
    },
}


def test_the_older_plugins_posts_fire_by_the_same_issue() -> None:
    [alert] = _read(PLUGIN).alerts
    assert (alert.fingerprint, alert.status, alert.severity) == ("issue:1170820242", "firing", "error")
    assert (alert.name, alert.summary) == ("Very Important Alert Rule!", "ZeroDivisionError")
    assert (alert.service, alert.labels) == ("web-shop", {"browser": "Chrome", "level": "error"})
    assert alert.starts_at == datetime(2026, 3, 4, 14, 21, 31, tzinfo=UTC)
    assert alert.extra == {"project_name": "Web shop", "event": {"event_id": PLUGIN["event"]["event_id"]}}


@pytest.mark.parametrize("action", ["critical", "warning"])
def test_a_metric_alert_fires_by_its_rule(action: str) -> None:
    [alert] = _read({**METRIC_ALERT, "action": action}, "metric_alert").alerts
    assert (alert.fingerprint, alert.status, alert.severity) == ("metric:7", "firing", action)
    assert (alert.summary, alert.service) == ("Critical: Too many errors", "web-shop")
    assert alert.starts_at == datetime(2026, 3, 4, 14, 20, tzinfo=UTC)


def test_a_metric_alert_ends_when_it_was_closed() -> None:
    metric = {**METRIC_ALERT["data"]["metric_alert"], "date_closed": "2026-03-04T14:22:00.000Z"}
    post = {"action": "resolved", "data": {**METRIC_ALERT["data"], "metric_alert": metric}}
    [alert] = _read(post, "metric_alert").alerts
    assert (alert.status, alert.ends_at) == ("resolved", datetime(2026, 3, 4, 14, 22, tzinfo=UTC))


@pytest.mark.parametrize("resource", ["installation", "comment", "error", "issue"])
def test_what_is_no_alert_is_answered_and_changes_nothing(resource: str) -> None:
    parsed = _read({"action": "created", "data": {"issue": {"id": "1"}}}, resource)
    assert parsed == Parsed(reply={"ignored": f"{resource} created"})


def test_the_signature_is_compared_when_a_secret_is_set() -> None:
    body = json.dumps(ISSUE_ALERT).encode()
    right = hmac.new(b"client-s3cret", body, hashlib.sha256).hexdigest()
    assert len(_read(body, "event_alert", right, client_secret="client-s3cret").alerts) == 1
    for wrong in ("", right[:-1] + "x", "0" * 64):
        with pytest.raises(UnverifiedError, match="Sentry-Hook-Signature"):
            _read(body, "event_alert", wrong, client_secret="client-s3cret")


@pytest.mark.parametrize(
    ("body", "resource"),
    [
        ({}, "event_alert"),
        ({"action": "triggered", "data": {"event": {}}}, "event_alert"),
        ({"action": "critical", "data": {"metric_alert": {}}}, "metric_alert"),
        ({"action": "resolved", "data": {"issue": {}}}, "issue"),
        ({"action": "x", "data": {}}, ""),
        (b"\xff", "event_alert"),
    ],
)
def test_a_malformed_hook_is_rejected(body: object, resource: str) -> None:
    with pytest.raises(RejectedError):
        _read(body, resource)
