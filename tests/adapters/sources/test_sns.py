"""CloudWatch alarms over Amazon SNS, signed here by a key of our own as docs.aws.amazon.com says SNS signs.

Shapes follow "Parsing Amazon SNS message formats" and CloudWatch's alarm notification; the certificate is served by a
server on loopback, which stands where SNS's own address leads.
"""

from __future__ import annotations

import json
from base64 import b64encode
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.hashes import SHA1, SHA256
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID
from tests.support.http import HTTPSink, Received, Reply, http_sink
from tests.support.posts import AT, a_post

from tocsin.adapters.sources.sns import SNS
from tocsin.adapters.sources.sns.message import require_sns_url
from tocsin.flows.ports import InboundAlert, Parsed, RejectedError, UnverifiedError
from tocsin.net.http import Answer, Http

TOPIC = "arn:aws:sns:us-east-1:123456789012:alarms"
CERTIFICATE = "https://sns.us-east-1.amazonaws.com/SimpleNotificationService-0.pem"
CONFIRM = f"https://sns.us-east-1.amazonaws.com/?Action=ConfirmSubscription&TopicArn={TOPIC}&Token=2336412f"
KEY = rsa.generate_private_key(public_exponent=65537, key_size=2048)
ALARM = {
    "AlarmName": "orders-5xx",
    "AlarmDescription": "Orders answers with 5xx",
    "AWSAccountId": "123456789012",
    "NewStateValue": "ALARM",
    "NewStateReason": "Threshold Crossed: 1 datapoint [12.0] was greater than the threshold (5.0).",
    "StateChangeTime": "2026-03-04T14:20:42.236+0000",
    "Region": "US East (N. Virginia)",
    "AlarmArn": "arn:aws:cloudwatch:us-east-1:123456789012:alarm:orders-5xx",
    "OldStateValue": "OK",
    "Trigger": {
        "MetricName": "HTTPCode_Target_5XX_Count",
        "Namespace": "AWS/ApplicationELB",
        "Dimensions": [{"name": "ServiceName", "value": "orders"}],
        "Threshold": 5.0,
    },
}


def _certificate(key: Any = KEY, *, ends: datetime = AT + timedelta(days=30)) -> bytes:
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "sns.amazonaws.com")])
    built = x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key())
    built = built.serial_number(7).not_valid_before(AT - timedelta(days=30)).not_valid_after(ends)
    return built.sign(key, SHA256()).public_bytes(Encoding.PEM)


class Local:
    """The guarded client, led to a server on loopback instead of SNS."""

    def __init__(self, sink: HTTPSink) -> None:
        self.sink = sink
        self.asked: list[str] = []

    def get(self, url: str, *, limit_s: float, max_bytes: int = 1_000_000) -> Answer:
        self.asked.append(url)
        parts = urlsplit(url)
        local = f"{self.sink.url}{parts.path}?{parts.query}"
        return Http().get(local, limit_s=limit_s, max_bytes=max_bytes, trusted=True)


@pytest.fixture
def web() -> Iterator[Local]:
    with http_sink(lambda _: Reply(body=_certificate())) as sink:
        yield Local(sink)


def _message(version: str = "2", **changes: Any) -> dict[str, Any]:
    told = {
        "Type": "Notification",
        "MessageId": "22b80b92-fdea-4c2c-8f9d-bdfb0c7bf324",
        "TopicArn": TOPIC,
        "Subject": 'ALARM: "orders-5xx" in US East (N. Virginia)',
        "Message": json.dumps(ALARM),
        "Timestamp": "2026-03-04T14:20:43.000Z",
        "SignatureVersion": version,
        "SigningCertURL": CERTIFICATE,
        "UnsubscribeURL": "https://sns.us-east-1.amazonaws.com/?Action=Unsubscribe",
        **changes,
    }
    told.setdefault("Signature", _sign({k: v for k, v in told.items() if v is not None}, version))
    return {name: value for name, value in told.items() if value is not None}


def _sign(told: dict[str, Any], version: str) -> str:
    fields = ["Message", "MessageId", "Subject", "Timestamp", "TopicArn", "Type"]
    if told["Type"] != "Notification":
        fields = ["Message", "MessageId", "SubscribeURL", "Timestamp", "Token", "TopicArn", "Type"]
    text = "".join(f"{name}\n{told[name]}\n" for name in fields if name in told)
    algorithm = SHA1() if version == "1" else SHA256()  # noqa: S303 (SNS signs version 1 so)
    return b64encode(KEY.sign(text.encode(), padding.PKCS1v15(), algorithm)).decode()


def _subscription(**changes: Any) -> dict[str, Any]:
    asked = {"Type": "SubscriptionConfirmation", "Subject": None, "Token": "2336412f", "SubscribeURL": CONFIRM}
    return _message(**{**asked, "Message": "You have chosen to subscribe", **changes})


def _read(web: Local, message: object, *, headers: dict[str, str] | None = None) -> Parsed:
    return SNS(web).parse(a_post(message, headers=headers, options={"topics": [TOPIC]}))


def _one(web: Local, **alarm: object) -> InboundAlert:
    [alert] = _read(web, _message(Message=json.dumps({**ALARM, **alarm}))).alerts
    return alert


def test_an_alarm_is_read_in_full(web: Local) -> None:
    alert = _one(web)
    assert (alert.fingerprint, alert.name, alert.status) == (ALARM["AlarmArn"], "orders-5xx", "firing")
    assert (alert.summary, alert.service) == ("Orders answers with 5xx", "orders")
    assert alert.starts_at == datetime(2026, 3, 4, 14, 20, 42, 236000, tzinfo=UTC)
    assert alert.labels["metric"] == "HTTPCode_Target_5XX_Count"
    assert alert.annotations["reason"] == ALARM["NewStateReason"]
    assert alert.extra == {"OldStateValue": "OK", "Trigger": {"Threshold": 5.0}}


def test_ok_is_the_end_and_missing_data_a_warning(web: Local) -> None:
    over, blind = _one(web, NewStateValue="OK"), _one(web, NewStateValue="INSUFFICIENT_DATA")
    assert (over.status, blind.status, blind.severity) == ("resolved", "firing", "warning")
    assert over.ends_at is not None


@pytest.mark.parametrize("version", ["1", "2"])
def test_both_versions_of_the_signature_are_checked(web: Local, version: str) -> None:
    assert len(_read(web, _message(version)).alerts) == 1
    for changes in ({"Message": json.dumps({**ALARM, "NewStateValue": "OK"})}, {"Subject": "other"}):
        with pytest.raises(UnverifiedError, match="does not fit"):
            _read(web, {**_message(version), **changes})


def test_a_message_without_a_subject_is_signed_without_one(web: Local) -> None:
    assert len(_read(web, _message(Subject=None)).alerts) == 1


def test_the_certificate_is_fetched_once(web: Local) -> None:
    source = SNS(web)
    for _ in range(3):
        source.parse(a_post(_message(), options={"topics": [TOPIC]}))
    assert web.asked == [CERTIFICATE]


@pytest.mark.parametrize(
    "url",
    [
        "http://sns.us-east-1.amazonaws.com/a.pem",
        "https://sns.us-east-1.amazonaws.com.evil.example/a.pem",
        "https://evil.example/sns.us-east-1.amazonaws.com/a.pem",
        "https://sns.us-east-1.amazonaws.com@evil.example/a.pem",
        "https://user:pw@sns.us-east-1.amazonaws.com/a.pem",
        "https://sns.us-east-1.amazonaws.com:8443/a.pem",
        "https://sns.evil.example?.amazonaws.com/a.pem",
        "https://sns.evil.com/.amazonaws.com/a.pem",
        "https://sns.a.b.amazonaws.com/a.pem",
        "https://sns..amazonaws.com/a.pem",
        "https://sns.amazonaws.com/a.pem",
        "https://s3.us-east-1.amazonaws.com/bucket/a.pem",
        "https://SNS.us-east-1.amazonaws.com/a.pem",
        "https://sns.us-east-1.amazonaws.com\\@evil.example/a.pem",
        "https://sns.us-east-1.amazonaws.com\n.evil.example/",
        "https://[::1]/a.pem",
        "https://[",
        "file:///etc/passwd",
        "",
    ],
)
def test_nothing_is_fetched_from_an_address_that_is_not_snss(web: Local, url: str) -> None:
    with pytest.raises(UnverifiedError, match="nothing was fetched"):
        _read(web, _message(SigningCertURL=url))
    with pytest.raises(UnverifiedError, match="nothing was fetched"):
        _read(web, _subscription(SubscribeURL=url))
    assert web.asked in ([], [CERTIFICATE])


@pytest.mark.parametrize("region", ["us-east-1", "eu-central-1", "us-gov-west-1"])
def test_every_region_has_an_address(region: str) -> None:
    require_sns_url(f"https://sns.{region}.amazonaws.com/a.pem", "SigningCertURL")


def test_the_regions_of_china_have_an_ending_of_their_own() -> None:
    require_sns_url("https://sns.cn-north-1.amazonaws.com.cn/a.pem", "SigningCertURL")
    for host in (
        "sns.us-east-1.amazonaws.com.cn",
        "sns.cn-north-1.amazonaws.com.cn.example",
        "sns.cn-.x.amazonaws.com.cn",
    ):
        with pytest.raises(UnverifiedError, match="nothing was fetched"):
            require_sns_url(f"https://{host}/a.pem", "SigningCertURL")


def test_an_old_message_is_refused_unless_an_operator_takes_it_again(web: Local) -> None:
    source, old = SNS(web), _message(Timestamp="2026-03-04T13:00:00.000Z")
    post = a_post(old, options={"topics": [TOPIC]})
    with pytest.raises(UnverifiedError, match="more than 65 minutes ago"):
        source.parse(post)
    assert len(source.parse(replace(post, replayed=True)).alerts) == 1
    assert len(_read(web, _message(Timestamp="2026-03-04T13:25:00.000Z")).alerts) == 1
    with pytest.raises(UnverifiedError, match="is missing"):
        _read(web, _message(Timestamp=""))


def test_the_guarded_client_refuses_a_name_that_leads_inside() -> None:
    inside = Http(resolver=lambda host, port: ["127.0.0.1"])  # noqa: ARG005 (any name)
    with pytest.raises(UnverifiedError, match="could not be fetched"):
        SNS(inside).parse(a_post(_message(), options={"topics": [TOPIC]}))


@pytest.mark.parametrize(
    "served",
    [
        Reply(status=404),
        Reply(body=b"no certificate"),
        Reply(body=b"x" * 70_000),
        Reply(body=_certificate(ends=AT - timedelta(days=1))),
        Reply(body=_certificate(ec.generate_private_key(ec.SECP256R1()))),
        Reply(body=_certificate(rsa.generate_private_key(public_exponent=65537, key_size=2048))),
    ],
)
def test_what_is_no_valid_certificate_of_the_signer_verifies_nothing(web: Local, served: Reply) -> None:
    web.sink.answer = lambda _: served
    with pytest.raises(UnverifiedError):
        _read(web, _message())


@pytest.mark.parametrize(
    "changes",
    [
        {"TopicArn": "arn:aws:sns:us-east-1:999:theirs"},
        {"Signature": "?"},
        {"Signature": ""},
        {"SignatureVersion": "3"},
    ],
)
def test_a_strangers_message_is_not_believed(web: Local, changes: dict[str, Any]) -> None:
    with pytest.raises(UnverifiedError):
        _read(web, {**_message(), **changes})


def test_raw_delivery_is_refused_with_the_way_out(web: Local) -> None:
    with pytest.raises(UnverifiedError, match="raw message delivery"):
        _read(web, ALARM, headers={"x-amz-sns-rawdelivery": "true"})


def test_a_subscription_is_confirmed_only_when_it_is_verified(web: Local) -> None:
    assert _read(web, _subscription()).reply == {"confirmed": TOPIC}
    assert web.asked == [CERTIFICATE, CONFIRM]

    web.asked.clear()
    with pytest.raises(UnverifiedError):
        _read(web, {**_subscription(), "Token": "other"})
    assert web.asked == [CERTIFICATE]


def test_a_confirmation_that_fails_is_told_so_that_sns_asks_again(web: Local) -> None:
    def answer(received: Received) -> Reply:
        return Reply(status=500) if "Confirm" in received.path else Reply(body=_certificate())

    web.sink.answer = answer
    with pytest.raises(RejectedError, match="answered 500"):
        _read(web, _subscription())


def test_an_end_of_subscription_changes_nothing(web: Local) -> None:
    assert _read(web, _subscription(Type="UnsubscribeConfirmation")).reply == {"ignored": "UnsubscribeConfirmation"}


def test_nulls_in_an_alarm_are_nothing_told(web: Local) -> None:
    trigger = {"MetricName": None, "Dimensions": None, "Period": 60, "Metrics": [{"Id": "m1", "Expression": "a/b"}]}
    alert = _one(web, Trigger=trigger, NewStateReason=None, Region=None, StateChangeTime=None, AWSAccountId=None)
    assert (alert.status, alert.labels, alert.starts_at) == ("firing", {}, None)
    assert alert.extra["Trigger"] == {"Period": 60, "Metrics": [{"Id": "m1", "Expression": "a/b"}]}


EVENT: dict[str, Any] = {  # "Alarm events and EventBridge", a single-metric alarm
    "version": "0",
    "id": "c4c1c1c9-6542-e61b-6ef0-8c4d36933a92",
    "detail-type": "CloudWatch Alarm State Change",
    "source": "aws.cloudwatch",
    "account": "123456789012",
    "time": "2026-03-04T14:20:43Z",
    "region": "us-east-1",
    "resources": [ALARM["AlarmArn"]],
    "detail": {
        "alarmName": "orders-5xx",
        "state": {"value": "ALARM", "reason": "Threshold Crossed", "timestamp": "2026-03-04T14:20:42.236+0000"},
        "previousState": {"value": "OK"},
        "configuration": {
            "description": None,
            "metrics": [
                {
                    "id": "m1",
                    "metricStat": {"metric": {"namespace": "AWS/ELB", "dimensions": {"ServiceName": "orders"}}},
                },
                {"id": "e1", "expression": "m1 / 2"},
            ],
        },
    },
}


def _event(web: Local, **changes: object) -> InboundAlert:
    [alert] = _read(web, _message(Message=json.dumps({**EVENT, **changes}))).alerts
    return alert


def test_an_alarm_that_came_through_eventbridge_is_the_same_alarm(web: Local) -> None:
    fired = _event(web)
    over = _event(web, detail={**EVENT["detail"], "state": {"value": "OK", "timestamp": "2026-03-04T14:22:00Z"}})
    assert (fired.fingerprint, fired.name, fired.status, fired.service) == (
        ALARM["AlarmArn"],
        "orders-5xx",
        "firing",
        "orders",
    )
    assert fired.starts_at == datetime(2026, 3, 4, 14, 20, 42, 236000, tzinfo=UTC)
    assert fired.annotations == {"reason": "Threshold Crossed"}
    assert (over.status, over.fingerprint) == ("resolved", _one(web).fingerprint)
    assert over.ends_at == datetime(2026, 3, 4, 14, 22, tzinfo=UTC)


def test_other_events_are_something_that_happened(web: Local) -> None:
    alert = _event(web, **{"detail-type": "AWS Health Event", "source": "aws.health", "detail": {"service": "EC2"}})
    assert (alert.name, alert.status, alert.occurrence) == ("AWS Health Event", "firing", True)
    assert alert.summary == "AWS Health Event: orders-5xx"
    assert alert.labels == {"region": "us-east-1", "account": "123456789012", "source": "aws.health"}
    assert alert.extra["detail"] == {"service": "EC2"}


@pytest.mark.parametrize("text", ["Your budget is exceeded\n", json.dumps({"Event Source": "db-instance"})])
def test_words_sent_to_the_topic_are_something_that_happened(web: Local, text: str) -> None:
    [alert] = _read(web, _message(Message=text, Subject="Notice: orders")).alerts
    assert (alert.name, alert.status, alert.occurrence) == ("Notice: orders", "firing", True)
    assert alert.annotations["message"] == text.strip()


def test_words_without_a_subject_are_named_by_themselves(web: Local) -> None:
    [alert] = _read(web, _message(Message="Your budget\nis exceeded", Subject=None)).alerts
    assert alert.name == "Your budget is exceeded"


@pytest.mark.parametrize(
    "text",
    [
        "{}",
        "[]",
        " ",
        '{"AlarmName": 7}',
        '{"NewStateValue": "OK"}',
        '{"detail-type": "CloudWatch Alarm State Change"}',
    ],
)
def test_a_message_that_is_empty_or_a_broken_alarm_is_rejected(web: Local, text: str) -> None:
    with pytest.raises(RejectedError):
        _read(web, _message(Message=text))
