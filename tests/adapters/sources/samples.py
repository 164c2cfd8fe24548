"""Posts that senders do send, one list a kind of source: (body, path, headers)."""

from __future__ import annotations

import json
from base64 import b64encode
from datetime import timedelta
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID
from tests.adapters.sources import (
    test_datadog,
    test_deploys,
    test_github,
    test_grafana,
    test_mapped,
    test_opsgenie,
    test_pagerduty,
    test_sentry,
    test_uptime_kuma,
)
from tests.support.posts import AT

from tocsin.flows.ports import Source
from tocsin.net.http import Answer
from tocsin.wiring.sources import sources

TOPIC = "arn:aws:sns:us-east-1:123456789012:alarms"
KEY = rsa.generate_private_key(public_exponent=65537, key_size=2048)
_NAME = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "sns.amazonaws.com")])
CERTIFICATE = (
    x509.CertificateBuilder()
    .subject_name(_NAME)
    .issuer_name(_NAME)
    .public_key(KEY.public_key())
    .serial_number(7)
    .not_valid_before(AT - timedelta(days=1))
    .not_valid_after(AT + timedelta(days=30_000))
    .sign(KEY, SHA256())
    .public_bytes(Encoding.PEM)
)


class _Answers:
    """Answers every address with the certificate, as SNS does its own."""

    def get(self, url: str, *, limit_s: float, max_bytes: int = 0) -> Answer:
        del limit_s, max_bytes
        assert url.startswith("https://sns.us-east-1.amazonaws.com/") or ".amazonaws.com" in url
        return Answer(status=200, headers={}, body=CERTIFICATE, elapsed_s=0.0)


SOURCES: dict[str, Source] = sources(_Answers())
_LABELS = {"alertname": "HighCPU", "instance": "a:9100", "severity": "critical"}
_PROMETHEUS = {
    "labels": _LABELS,
    "annotations": {"summary": "cpu high", "runbook_url": "http://x.example/y"},
    "startsAt": "2026-03-04T14:20:00.632Z",
    "endsAt": "2026-03-04T14:27:00.632Z",
    "generatorURL": "http://vm:19090/graph?g0.expr=vector%281%29",
}
_MAIL = (
    b"From: Nagios <nagios@mon.example.com>\r\nTo: a@b.example\r\nSubject: =?utf-8?q?PROBLEM:_Gr=C3=B6=C3=9Fe?=\r\n"
    b"Date: Wed, 04 Mar 2026 15:20:00 +0100\r\nMessage-ID: <1@mon.example.com>\r\nMIME-Version: 1.0\r\n"
    b'Content-Type: multipart/alternative; boundary="b"\r\n\r\n--b\r\nContent-Type: text/plain; charset=utf-8\r\n'
    b"Content-Transfer-Encoding: base64\r\n\r\nOTcgJQ==\r\n--b\r\nContent-Type: text/html\r\n\r\n<p>97</p>\r\n--b--\r\n"
)
_ALARM = {
    "AlarmName": "orders-5xx",
    "AlarmDescription": None,
    "NewStateValue": "ALARM",
    "NewStateReason": "Threshold Crossed",
    "StateChangeTime": "2026-03-04T14:20:42.236+0000",
    "Region": "US East (N. Virginia)",
    "AlarmArn": "arn:aws:cloudwatch:us-east-1:123456789012:alarm:orders-5xx",
    "Trigger": {
        "MetricName": "5XX",
        "Namespace": "AWS/ELB",
        "Dimensions": [{"name": "ServiceName", "value": "orders"}],
    },
}
_MESSAGE = {
    "Type": "Notification",
    "MessageId": "22b80b92-fdea-4c2c-8f9d-bdfb0c7bf324",
    "TopicArn": TOPIC,
    "Subject": "ALARM",
    "Message": _ALARM,
    "Timestamp": "2026-03-04T14:20:43.000Z",
    "SignatureVersion": "2",
    "SigningCertURL": "https://sns.us-east-1.amazonaws.com/SimpleNotificationService-0.pem",
}


def signed(kind: str, body: bytes) -> bytes:
    """Return a message of SNS with its signature, as SNS would send it; other bodies as they are."""
    if kind != "sns":
        return body
    told = json.loads(body)
    if not isinstance(told, dict):
        return body
    if not isinstance(told.get("Message", ""), str):
        told["Message"] = json.dumps(told["Message"])
    names = ("Message", "MessageId", "Subject", "Timestamp", "TopicArn", "Type")
    text = "".join(f"{name}\n{told[name]}\n" for name in names if isinstance(told.get(name), str))
    signature = KEY.sign(text.encode("utf-8", "surrogatepass"), padding.PKCS1v15(), SHA256())
    return json.dumps({"Signature": b64encode(signature).decode(), **told}).encode()


def _opsgenie() -> list[tuple[Any, ...]]:
    act = {"user": "ana", "note": "x", "source": "y"}
    return [
        (test_opsgenie.CREATE, "v2/alerts"),
        (act, "v2/alerts/a1/close"),
        (act, "v2/alerts/a1/acknowledge"),
        ({}, "v2/heartbeats/backup/ping"),
    ]


def _github() -> list[tuple[Any, ...]]:
    def hook(event: str, body: Any) -> tuple[Any, str, dict[str, str]]:
        return body, "", {"x-github-event": event}

    asked = {"action": "created", "deployment": test_github.DEPLOYMENT, "repository": test_github.REPOSITORY}
    failed = {**test_github.RUN, "name": "Test", "conclusion": "failure"}
    return [
        hook("deployment", asked),
        hook("deployment_status", {**asked, "deployment_status": test_github.STATUS}),
        hook(
            "workflow_run", {"action": "completed", "workflow_run": test_github.RUN, "repository": asked["repository"]}
        ),
        hook("workflow_run", {"action": "completed", "workflow_run": failed, "repository": asked["repository"]}),
    ]


POSTS: dict[str, list[tuple[Any, ...]]] = {
    "alertmanager": [({"version": "4", "alerts": [{"status": "firing", **_PROMETHEUS}], "externalURL": "http://am"},)],
    "alertmanager_v2": [([_PROMETHEUS, {"labels": {"alertname": "Other"}}],)],
    "datadog": [(test_datadog.TRIGGERED,), ({**test_datadog.TRIGGERED, "alert_transition": "Recovered"},)],
    "deploys": [(test_deploys.WHOLE,), ([test_deploys.WHOLE, {"service": "a", "version": "1"}],)],
    "email": [(_MAIL,), (b"Subject: [RESOLVED] disk\n\n97 %",)],
    "generic": [({"name": "disk full", "labels": {"host": "db1"}, "starts_at": "2026-03-04T14:20:00Z"},)],
    "github": _github(),
    "grafana": [(test_grafana.WEBHOOK,), (test_grafana.LEGACY,)],
    "heartbeat": [({}, "backup")],
    "mapped": [({"events": [test_mapped.ITEM, {**test_mapped.ITEM, "state": "ok"}]},)],
    "opsgenie": _opsgenie(),
    "pagerduty": [
        (test_pagerduty.TRIGGER,),
        ({"event_action": "resolve", "dedup_key": "k"},),
        ({"event_action": "acknowledge", "dedup_key": "k"},),
        (test_pagerduty.CHANGE, "v2/change/enqueue"),
    ],
    "sentry": [
        (test_sentry.ISSUE_ALERT, "", {"sentry-hook-resource": "event_alert"}),
        (test_sentry.METRIC_ALERT, "", {"sentry-hook-resource": "metric_alert"}),
        (test_sentry.RESOLVED, "", {"sentry-hook-resource": "issue"}),
        (test_sentry.PLUGIN,),
    ],
    "sns": [(json.loads(signed("sns", json.dumps(_MESSAGE).encode())),), (_MESSAGE,)],
    "uptime_kuma": [(test_uptime_kuma.DOWN,), ({"msg": "certificate a will be expired in 7 days"},)],
}
OPTIONS: dict[str, dict[str, object]] = {
    "github": {"deploy_workflows": ["Deploy"], "alert_workflows": ["Test"]},
    "heartbeat": {"every": "5m"},
    "mapped": dict(test_mapped.OPTIONS),
    "opsgenie": {"heartbeats": {"backup": {"every": "1d"}}},
    "sns": {"topics": [TOPIC]},
}
