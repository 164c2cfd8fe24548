"""Webhooks against a real HTTP server."""

from __future__ import annotations

import hashlib
import hmac
import json
import socket
import threading
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from tests.support.http import Reply, closed_port, http_sink, raw_server

from tocsin.adapters.channels.webhook import Webhook, validate_options
from tocsin.domain.errors import InvalidError
from tocsin.flows.ports import Message, PermanentError, TransientError, UnansweredError
from tocsin.net.http import Http

AT = datetime(2026, 3, 4, 14, 23, 5, tzinfo=UTC)
WEBHOOK = Webhook(Http(), clock=lambda: AT)
NOTICE = Message(
    key="i1/tell/ü 1",
    kind="tell",
    to="#incidents",
    subject="Orders",
    text="5xx",
    facts={"since": AT, "severity": "SEV1"},
)


def test_the_message_arrives_as_json_with_its_key() -> None:
    with http_sink(lambda _: Reply(202, headers={"X-Request-Id": "r-77"})) as sink:
        receipt = WEBHOOK.deliver(NOTICE, {"url": f"{sink.url}/in", "trusted": True, "headers": {"X-Team": "ops"}}, 5)
    [received] = sink.received
    assert receipt == "r-77"
    assert (received.method, received.path) == ("POST", "/in")
    assert json.loads(received.body) == {
        "key": "i1/tell/ü 1",
        "kind": "tell",
        "to": "#incidents",
        "subject": "Orders",
        "text": "5xx",
        "facts": {"since": "2026-03-04T14:23:05Z", "severity": "SEV1"},
        "possible_repeat": False,
        "sent_at": "2026-03-04T14:23:05Z",
    }
    assert received.headers["content-type"] == "application/json"
    assert received.headers["idempotency-key"] == "i1/tell/%C3%BC%201"
    assert received.headers["x-team"] == "ops"
    assert "tocsin-signature" not in received.headers


def test_a_secret_signs_the_time_and_the_exact_body() -> None:
    with http_sink() as sink:
        receipt = WEBHOOK.deliver(NOTICE, {"url": sink.url, "trusted": True, "secret": "s3cr3t"}, 5)
    [received] = sink.received
    stamp = str(int(AT.timestamp()))
    expected = hmac.new(b"s3cr3t", stamp.encode() + b"." + received.body, hashlib.sha256).hexdigest()
    assert received.headers["tocsin-signature"] == f"t={stamp},v1={expected}"
    assert receipt == "HTTP 200"


def test_a_persons_address_is_the_url_when_the_channel_names_none() -> None:
    with http_sink() as sink:
        WEBHOOK.deliver(replace(NOTICE, to=f"{sink.url}/ada", possible_repeat=True), {"trusted": True}, 5)
    assert sink.received[0].path == "/ada"
    assert json.loads(sink.received[0].body)["possible_repeat"] is True


@pytest.mark.parametrize("status", [502, 504])
def test_what_only_a_gateway_answers_may_have_been_heard(status: int) -> None:
    with http_sink(lambda _: Reply(status)) as sink, pytest.raises(UnansweredError):
        WEBHOOK.deliver(NOTICE, {"url": sink.url, "trusted": True}, 5)


def test_a_connection_that_breaks_off_may_have_been_heard_and_one_that_is_refused_not() -> None:
    def hangs_up(connection: socket.socket) -> None:
        connection.recv(65536)
        connection.close()

    with raw_server(hangs_up) as port, pytest.raises(UnansweredError):
        WEBHOOK.deliver(NOTICE, {"url": f"http://127.0.0.1:{port}", "trusted": True}, 5)
    with pytest.raises(TransientError) as refused:
        WEBHOOK.deliver(NOTICE, {"url": f"http://127.0.0.1:{closed_port()}", "trusted": True}, 5)
    assert not isinstance(refused.value, UnansweredError)


@pytest.mark.parametrize("status", [408, 425, 429, 500, 502, 503, 599])
def test_try_again_later_is_transient(status: int) -> None:
    with (
        http_sink(lambda _: Reply(status, b"busy")) as sink,
        pytest.raises(TransientError, match=f"answered {status} busy"),
    ):
        WEBHOOK.deliver(NOTICE, {"url": sink.url, "trusted": True}, 5)


@pytest.mark.parametrize("status", [301, 400, 401, 404, 410, 422])
def test_any_other_answer_is_permanent_and_says_what_came_back(status: int) -> None:
    with http_sink(lambda _: Reply(status, b'{"error": "no such hook", "token": "s3cr3t"}')) as sink:
        with pytest.raises(PermanentError) as failed:
            WEBHOOK.deliver(NOTICE, {"url": f"{sink.url}/services/s3cr3t", "trusted": True}, 5)
        expected = f'tell i1/tell/ü 1 to {sink.url}: answered {status} {{"error": "no such hook", "token": "***"}}'
    assert str(failed.value) == expected


def test_an_unreachable_or_silent_receiver_is_transient() -> None:
    with pytest.raises(TransientError, match="did not answer"):
        WEBHOOK.deliver(NOTICE, {"url": f"http://127.0.0.1:{closed_port()}", "trusted": True}, 5)

    def silent(_: socket.socket, over: threading.Event) -> None:
        over.wait(10)

    with raw_server(silent) as port, pytest.raises(UnansweredError, match="no complete answer within"):
        WEBHOOK.deliver(NOTICE, {"url": f"http://127.0.0.1:{port}", "trusted": True}, 0.2)


def test_an_inside_address_is_refused_unless_the_operator_trusts_it() -> None:
    with http_sink() as sink, pytest.raises(PermanentError, match=r"loopback \(set `trusted: true`"):
        WEBHOOK.deliver(NOTICE, {"url": sink.url}, 5)
    assert sink.received == []


@pytest.mark.parametrize("to", ["#incidents", "ftp://a/", ""])
def test_a_message_without_a_url_is_permanent(to: str) -> None:
    with pytest.raises(PermanentError):
        WEBHOOK.deliver(replace(NOTICE, to=to), {}, 5)


def test_text_that_is_no_unicode_is_permanent_and_not_a_crash() -> None:
    with pytest.raises(PermanentError, match="cannot be written as JSON"):
        WEBHOOK.deliver(replace(NOTICE, text="\ud800"), {"url": "http://a.example"}, 5)


@pytest.mark.parametrize(
    ("raw", "field"),
    [
        ({"url": "ftp://a"}, "url"),
        ({"url": 1}, "url"),
        ({"uri": "http://a"}, "uri"),
        ({"trusted": "yes"}, "trusted"),
        ({"headers": {"X": "a\r\nb"}}, "headers"),
        ({"headers": {"X y": "a"}}, "headers"),
        ({"headers": {"X": 1}}, "headers[...]"),
    ],
)
def test_a_wrong_option_is_named(raw: dict[str, object], field: str) -> None:
    with pytest.raises(InvalidError) as wrong:
        validate_options(raw)
    assert wrong.value.field == field
    assert wrong.value.mend
