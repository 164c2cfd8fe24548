"""Uptime Kuma's webhook notification (content type JSON), in the shape that Uptime Kuma 2 sends it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from tests.support.posts import AT, a_post

from tocsin.adapters.sources.uptime_kuma import UptimeKuma
from tocsin.flows.ports import Parsed, RejectedError

DOWN: dict[str, Any] = {
    "heartbeat": {
        "monitorID": 29,
        "status": 0,
        "time": "2026-03-04 14:21:35.527",
        "msg": "getaddrinfo ENOTFOUND shop.example.com",
        "important": True,
        "duration": 0,
        "timezone": "America/Los_Angeles",
        "timezoneOffset": "-08:00",
        "localDateTime": "2026-03-04 06:21:35",
    },
    "monitor": {
        "id": 29,
        "name": "Shop",
        "url": "https://shop.example.com",
        "hostname": None,
        "type": "http",
        "tags": [{"name": "service", "value": "orders", "color": "#4B5563"}, {"name": "severity", "value": "high"}],
    },
    "msg": "[Shop] [Down] getaddrinfo ENOTFOUND shop.example.com",
}


def _with(**beat: object) -> dict[str, Any]:
    return {**DOWN, "heartbeat": {**DOWN["heartbeat"], **beat}}


def _read(post: object) -> Parsed:
    return UptimeKuma().parse(a_post(post))


def test_a_monitor_that_went_down_is_read_in_full() -> None:
    [alert] = _read(DOWN).alerts
    assert (alert.fingerprint, alert.name, alert.status) == ("monitor:29", "Shop", "firing")
    assert alert.summary == "Shop: getaddrinfo ENOTFOUND shop.example.com"
    assert (alert.service, alert.severity) == ("orders", "high")
    assert alert.starts_at == datetime(2026, 3, 4, 14, 21, 35, 527000, tzinfo=UTC)
    assert alert.links == {"monitored": "https://shop.example.com"}


def test_the_same_monitor_up_again_is_the_end() -> None:
    [alert] = _read(_with(status=1, time="2026-03-04 14:30:00", msg="200 - OK")).alerts
    assert (alert.fingerprint, alert.status, alert.starts_at) == ("monitor:29", "resolved", None)
    assert alert.ends_at == datetime(2026, 3, 4, 14, 30, tzinfo=UTC)


@pytest.mark.parametrize(("status", "why"), [(2, "pending"), (3, "maintenance")])
def test_pending_and_maintenance_change_nothing(status: int, why: str) -> None:
    assert _read(_with(status=status)) == Parsed(reply={"ignored": why})


def test_the_test_button_changes_nothing() -> None:
    assert _read({"heartbeat": None, "monitor": None, "msg": "My Webhook Testing"}).alerts == ()


def test_a_certificate_that_runs_out_is_one_alert_however_many_days_are_left() -> None:
    post = {"msg": "[Shop][https://shop.example.com] certificate shop.example.com will be expired in {} days"}
    first, second = (_read({"msg": post["msg"].format(days)}).alerts[0] for days in (14, 7))
    assert (first.name, first.severity) == ("certificate runs out", "warning")
    assert first.fingerprint == second.fingerprint


@pytest.mark.parametrize(
    ("text", "name", "monitor", "days"),
    [
        ("[Shop][https://a.example] server certificate a.example will expire in 14 days", "certificate", "Shop", 14),
        ("[Shop][https://a.example] certificate a.example will be expired in 7 days", "certificate", "Shop", 7),
        ("[Domains][https://a.example] certificate a.example will expire in 0 days", "certificate", "Domains", 1),
        ("Domain name a.example will expire in 21 days", "domain", "", 21),
        ("[Shop] domain a.example will expire in 7 days", "domain", "Shop", 7),
        ("[Shop] certificate is odd", "certificate", "Shop", 30),
        ("[Shop] certificate a will expire in some days", "certificate", "Shop", 30),
    ],
)
def test_what_runs_out_ends_when_it_would_have(text: str, name: str, monitor: str, days: int) -> None:
    [alert] = _read({"heartbeat": None, "monitor": None, "msg": text}).alerts
    assert (alert.name, alert.labels.get("monitor", "")) == (f"{name} runs out", monitor)
    assert alert.ends_at == AT + timedelta(days=days)
    [again] = _read({"msg": text.replace(str(days), "3")}).alerts
    assert again.fingerprint == alert.fingerprint


def test_nulls_are_nothing_told_and_what_is_told_besides_is_kept() -> None:
    monitor = {**DOWN["monitor"], "name": None, "tags": [{"name": None, "value": "x"}, {"name": "a", "value": None}]}
    [alert] = _read(
        {
            **DOWN,
            "monitor": {**monitor, "interval": 60, "basic_auth_pass": "s3cret", "pushToken": "s3cret"},
            "version": 2,
        }
    ).alerts
    assert (alert.name, alert.labels) == ("monitor 29", {"a": "true", "type": "http"})
    assert alert.extra["version"] == 2
    assert alert.extra["monitor"] == {"interval": 60}
    assert alert.extra["heartbeat"]["timezone"] == "America/Los_Angeles"  # type: ignore[index]  # a dict


@pytest.mark.parametrize(
    ("post", "told"),
    [
        ({}, "neither `$.heartbeat` nor `$.msg`"),
        ({"heartbeat": {"status": 0}}, "$.heartbeat.monitorID"),
        (_with(status=9), "$.heartbeat.status"),
        (_with(time="noon"), "$.heartbeat.time"),
        ([], "Expected `object`"),
    ],
)
def test_a_malformed_notification_is_rejected_with_the_place(post: object, told: str) -> None:
    with pytest.raises(RejectedError) as rejected:
        _read(post)
    assert told in str(rejected.value)
