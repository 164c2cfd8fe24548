"""Datadog's webhook, with the payload of our guide filled as docs.datadoghq.com (Webhooks, variables) describes it."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from tests.support.posts import a_post

from tocsin.adapters.sources.datadog import Datadog
from tocsin.flows.ports import InboundAlert, RejectedError

TRIGGERED = {
    "alert_id": "1234",
    "alert_cycle_key": "9bd4ac313a4d1e8fae2482df7b77628",
    "alert_metric": "system.load.1",
    "alert_priority": "P2",
    "alert_scope": "availability-zone:us-east-1a,role:computing-node",
    "alert_status": "system.load.1 over host:my-host was > 0 at least once during the last 1m",
    "alert_title": "[Triggered on {host:my-host}] CPU load high",
    "alert_transition": "Triggered",
    "alert_type": "error",
    "date": "1772634000000",
    "event_title": "[Triggered] [Memory Alert]",
    "hostname": "my-host",
    "id": "1234567",
    "last_updated": "1772634005000",
    "link": "https://app.example.com/event/jump_to?event_id=123456",
    "snapshot": "https://p.example.com/snapshot/a.png",
    "tags": "monitor,service:orders,env:prod",
    "text_only_msg": "load is high",
    "incident_url": "$INCIDENT_URL",
}


def _read(**changes: object) -> InboundAlert:
    [alert] = Datadog().parse(a_post({**TRIGGERED, **changes})).alerts
    return alert


def test_a_triggered_monitor_is_read_in_full() -> None:
    alert = _read()
    assert alert.fingerprint == "1234:availability-zone:us-east-1a,role:computing-node"
    assert (alert.name, alert.status, alert.severity, alert.service) == ("CPU load high", "firing", "p2", "orders")
    assert alert.starts_at == datetime(2026, 3, 4, 14, 20, tzinfo=UTC)
    assert alert.labels["env"] == "prod"
    assert (alert.labels["host"], alert.labels["metric"], alert.labels["monitor"]) == (
        "my-host",
        "system.load.1",
        "true",
    )
    assert set(alert.links) == {"monitor", "snapshot"}
    assert alert.annotations == {"message": "load is high"}
    assert alert.extra == {"alert_status": TRIGGERED["alert_status"]}


def test_the_same_group_of_the_same_monitor_is_over_when_it_recovered() -> None:
    over = _read(
        alert_transition="Recovered", date=1772634300000, alert_title="[Recovered on {host:my-host}] CPU load high"
    )
    assert (over.status, over.fingerprint) == ("resolved", _read().fingerprint)
    assert over.ends_at == datetime(2026, 3, 4, 14, 25, tzinfo=UTC)
    assert over.severity == ""  # what it is now, not what it was


@pytest.mark.parametrize(
    ("transition", "severity"),
    [("Warn", "warning"), ("Re-Warn", "warning"), ("No Data", "error"), ("Re-Triggered", "error")],
)
def test_other_transitions_fire_with_a_severity(transition: str, severity: str) -> None:
    alert = _read(alert_transition=transition, alert_priority="$ALERT_PRIORITY")
    assert (alert.status, alert.severity) == ("firing", severity)


def test_names_may_be_the_variables_own_and_the_title_tells_the_transition_without_one() -> None:
    post = {"$ALERT_ID": 7, "ALERT_TITLE": "[Recovered] disk"}
    [alert] = Datadog().parse(a_post(post)).alerts
    assert (alert.fingerprint, alert.status, alert.name) == ("7", "resolved", "disk")


DEFAULT = {  # what Datadog posts when nobody wrote a payload
    "body": "load is high",
    "last_updated": "1772634005000",
    "event_type": "query_alert_monitor",
    "title": "[Triggered on {host:my-host}] CPU load high",
    "date": "1772634000000",
    "org": {"id": "1", "name": "acme"},
    "id": "1234567",
}


def _default(title: str) -> InboundAlert:
    [alert] = Datadog().parse(a_post({**DEFAULT, "title": title})).alerts
    return alert


def test_the_default_payload_is_read_by_its_title() -> None:
    fired = _default("[P2] [Triggered on {host:my-host}] CPU load high")
    assert (fired.name, fired.status, fired.severity) == ("CPU load high", "firing", "p2")
    assert fired.annotations == {"message": "load is high"}
    assert fired.extra == {"event_type": "query_alert_monitor", "org": {"id": "1", "name": "acme"}}
    over = _default("[P2] [Recovered on {host:my-host}] CPU load high")
    assert (over.status, over.fingerprint) == ("resolved", fired.fingerprint)
    elsewhere = _default("[P2] [Triggered on {host:other}] CPU load high")
    assert elsewhere.fingerprint != fired.fingerprint != _default("[Triggered on {host:my-host}] Disk").fingerprint


@pytest.mark.parametrize(
    ("title", "name", "status"),
    [
        ("[Triggered] CPU", "CPU", "firing"),
        ("[TEST] [Triggered on {host:a}] CPU", "[TEST] CPU", "firing"),
        ("[P1] [Recovered on {host:a}] CPU", "CPU", "resolved"),
        ("[Recovered from Warn] CPU", "CPU", "resolved"),
        ("[No data on {host:a}] [Memory Alert] CPU", "[Memory Alert] CPU", "firing"),
        ("[Memory Alert] CPU", "[Memory Alert] CPU", "firing"),
        ("[Triggered]", "[Triggered]", "firing"),
    ],
)
def test_only_the_brackets_that_come_and_go_are_left_out_of_the_name(title: str, name: str, status: str) -> None:
    alert = _read(alert_title=title, alert_transition="$ALERT_TRANSITION")
    assert (alert.name, alert.status) == (name, status)


@pytest.mark.parametrize("transition", ["Recovered", " Recovered ", "Recovered from Warn", "No Data Recovered"])
def test_every_recovery_is_an_end(transition: str) -> None:
    assert _read(alert_transition=transition).status == "resolved"
    assert _read(alert_transition=transition, alert_scope=None).status == "resolved"


@pytest.mark.parametrize(
    ("post", "told"),
    [
        ({"alert_id": "1"}, "$.alert_transition"),
        ({"alert_transition": "Triggered"}, "$.alert_id"),
        ({**DEFAULT, "title": "a deploy began"}, "$.alert_transition"),
        ({**TRIGGERED, "date": "noon"}, "$.date"),
        ([], "Expected `object`"),
        (b"alert_id=1", "not JSON"),
    ],
)
def test_a_payload_that_lacks_what_matters_is_rejected_with_its_name(post: object, told: str) -> None:
    with pytest.raises(RejectedError) as rejected:
        Datadog().parse(a_post(post))
    assert told in str(rejected.value)
