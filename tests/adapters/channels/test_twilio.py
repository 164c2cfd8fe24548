"""Short messages and calls against a local server of Twilio's REST API."""

from __future__ import annotations

import json
from base64 import b64decode
from dataclasses import replace
from datetime import UTC, datetime
from urllib.parse import parse_qs, parse_qsl, urlsplit
from xml.etree import ElementTree as ET

import pytest
from tests.support.http import Received, Reply, closed_port, http_sink

from tocsin.adapters.channels.sms import SMS, text_of
from tocsin.adapters.channels.voice import Voice, spoken
from tocsin.domain.errors import InvalidError
from tocsin.flows.ports import Listing, Message, PermanentError, Reconciling, TransientError, UnansweredError
from tocsin.net.http import Http
from tocsin.wiring.options import CHANNEL_OPTIONS

AT = datetime(2026, 3, 4, 14, 23, 5, tzinfo=UTC)
HOOK = "https://tocsin.example.com/callbacks/phone/TOKEN"
PAGE = Message(
    key="i1/page/1/ana/phone",
    kind="page",
    to="+49 151 234-5678",
    subject="SEV1 Orders fail & <burn>",
    text="SEV1 (Critical): Orders fail",
    facts={"ref": "INC-12", "code": "7KQ2-M9XD", "ack_url": "https://tocsin.example.com/a/TOKEN"},
    callback=HOOK,
)
OPTIONS = {"account": "AC1", "token": "secret", "sender": "+15005550006", "trusted": True}


def created(_: Received) -> Reply:
    return Reply(201, b'{"sid":"SM123","status":"queued","error_code":null}')


def fields(received: Received) -> dict[str, str]:
    return dict(parse_qsl(received.body.decode(), keep_blank_values=True))


def test_a_short_message_is_posted_as_a_form() -> None:
    with http_sink(created) as sink:
        receipt = SMS(Http()).deliver(PAGE, {**OPTIONS, "url": sink.url}, 5)
    [received] = sink.received
    assert receipt == "SM123"
    assert (received.method, received.path) == ("POST", "/2010-04-01/Accounts/AC1/Messages.json")
    assert received.headers["content-type"] == "application/x-www-form-urlencoded"
    assert b64decode(received.headers["authorization"].removeprefix("Basic ")) == b"AC1:secret"
    assert fields(received) == {
        "To": "+491512345678",
        "From": "+15005550006",
        "Body": "SEV1 Orders fail & <burn> INC-12\nReply: ack 7KQ2-M9XD\nhttps://tocsin.example.com/a/TOKEN",
        "StatusCallback": f"{HOOK}/status",
    }


def test_a_messaging_service_may_send() -> None:
    with http_sink(created) as sink:
        SMS(Http()).deliver(PAGE, {**OPTIONS, "sender": "MG9", "url": sink.url}, 5)
    assert fields(sink.received[0])["MessagingServiceSid"] == "MG9"
    assert "From" not in fields(sink.received[0])


def test_a_callback_that_cannot_be_reached_is_not_named() -> None:
    with http_sink(created) as sink:
        SMS(Http()).deliver(replace(PAGE, callback="http://127.0.0.1:8787/x"), {**OPTIONS, "url": sink.url}, 5)
    assert "StatusCallback" not in fields(sink.received[0])


def test_other_words_are_sent_as_they_are_and_cut() -> None:
    assert text_of(replace(PAGE, kind="reminder", text="x" * 5000)).startswith("SEV1 Orders fail & <burn>\nxxx")
    assert len(text_of(replace(PAGE, kind="reminder", text="x" * 5000))) == 1500


@pytest.mark.parametrize(
    ("reply", "kind", "says"),
    [
        (Reply(400, b'{"code":21211,"message":"Invalid To"}'), PermanentError, "21211"),
        (Reply(401), PermanentError, "401"),
        (Reply(429), TransientError, "429"),
        (Reply(503), TransientError, "503"),
        (Reply(201, b'{"sid":"SM1","status":"failed","error_code":30003}'), PermanentError, "30003"),
    ],
)
@pytest.mark.parametrize("channel", [SMS(Http()), Voice(Http())])
def test_what_the_provider_answers_is_sorted(channel: SMS, reply: Reply, kind: type[Exception], says: str) -> None:
    with http_sink(lambda _: reply) as sink, pytest.raises(kind, match=says) as told:
        channel.deliver(PAGE, {**OPTIONS, "url": sink.url}, 5)
    assert "secret" not in str(told.value)
    assert "2345678" not in str(told.value).replace("-", "")  # whom it was for


@pytest.mark.parametrize("to", ["", "ana", "0151 234", "+", "+49x", "+1234567890123456"])
def test_what_is_no_number_is_not_dialled(to: str) -> None:
    with pytest.raises(PermanentError, match="no telephone number"):
        SMS(Http()).deliver(replace(PAGE, to=to), {**OPTIONS, "url": f"http://127.0.0.1:{closed_port()}"}, 5)


def test_a_provider_that_is_away_is_asked_again() -> None:
    with pytest.raises(TransientError) as refused:
        Voice(Http()).deliver(PAGE, {**OPTIONS, "url": f"http://127.0.0.1:{closed_port()}"}, 5)
    assert not isinstance(refused.value, UnansweredError)


def test_a_call_reads_out_and_asks_for_a_key() -> None:
    with http_sink(created) as sink:
        Voice(Http()).deliver(PAGE, {**OPTIONS, "url": sink.url}, 5)
    [received] = sink.received
    asked = fields(received)
    assert received.path == "/2010-04-01/Accounts/AC1/Calls.json"
    assert (asked["To"], asked["From"], asked["StatusCallback"]) == ("+491512345678", "+15005550006", f"{HOOK}/status")
    root = ET.fromstring(asked["Twiml"])  # noqa: S314 (what we wrote ourselves)
    (gather,) = root.findall("Gather")
    assert (gather.get("action"), gather.get("numDigits"), gather.get("input")) == (f"{HOOK}/keys", "1", "dtmf")
    said = gather.findall("Say")[0]
    assert said.get("language") == "en-GB"
    assert said.text == (
        "Tocsin calling. SEV1 Orders fail & <burn>. Incident I N C 1 2. Press 1 to acknowledge. Press 2 to pass it on."
    )


def test_a_call_without_a_way_back_only_reads_out() -> None:
    root = ET.fromstring(spoken(replace(PAGE, callback=""), "de-DE"))  # noqa: S314 (what we wrote ourselves)
    assert not root.findall("Gather")
    assert len(root.findall("Say")) == 2


def test_after_a_crash_the_provider_is_asked_whether_it_has_the_message() -> None:
    body = text_of(PAGE)
    listed = {
        "messages": [
            {"sid": "SM0", "body": body, "status": "sent", "date_created": "Tue, 03 Mar 2026 14:23:00 +0000"},
            {"sid": "SM1", "body": "other", "status": "sent", "date_created": "Wed, 04 Mar 2026 14:23:06 +0000"},
            {"sid": "SM2", "body": body, "status": "failed", "date_created": "Wed, 04 Mar 2026 14:23:06 +0000"},
            {"sid": "SM3", "body": body, "status": "queued", "date_created": "Wed, 04 Mar 2026 14:23:06 +0000"},
        ]
    }
    channel = SMS(Http())
    assert isinstance(channel, Reconciling)
    assert not isinstance(Voice(Http()), Reconciling)
    with http_sink(lambda _: Reply(200, json.dumps(listed).encode())) as sink:
        options = {**OPTIONS, "url": sink.url}
        assert channel.find(PAGE, options, 5, since=AT) == "SM3"
        assert channel.find(replace(PAGE, facts={}), options, 5, since=AT) == ""
    asked = parse_qs(urlsplit(sink.received[0].path).query)
    assert (asked["To"], asked["DateSent>"]) == (["+491512345678"], ["2026-03-04"])


def test_the_provider_lists_the_calls_to_a_number_that_may_have_reached_somebody() -> None:
    def call(sid: str, status: str, minute: int) -> dict[str, str]:
        return {"sid": sid, "status": status, "date_created": f"Wed, 04 Mar 2026 14:{minute}:06 +0000"}

    listed = {"calls": [call("CA4", "queued", 24), call("CA3", "busy", 24), call("CA2", "completed", 23), call("CA1", "completed", 10)]}  # fmt: skip
    channel = Voice(Http())
    assert isinstance(channel, Listing)
    with http_sink(lambda _: Reply(200, json.dumps(listed).encode())) as sink:
        assert channel.taken(PAGE, {**OPTIONS, "url": sink.url}, 5, since=AT) == ("CA4", "CA2")
    asked = parse_qs(urlsplit(sink.received[0].path).query)
    assert (asked["To"], asked["From"]) == (["+491512345678"], ["+15005550006"])
    assert sink.received[0].path.startswith("/2010-04-01/Accounts/AC1/Calls.json?")


def test_a_provider_that_does_not_tell_has_nothing() -> None:
    with http_sink(lambda _: Reply(500)) as sink:
        assert Voice(Http()).taken(PAGE, {**OPTIONS, "url": sink.url}, 5, since=AT) == ()
        assert SMS(Http()).find(PAGE, {**OPTIONS, "url": sink.url}, 5, since=AT) == ""


def test_a_possible_repeat_says_so() -> None:
    again = replace(PAGE, possible_repeat=True)
    with http_sink(created) as sink:
        SMS(Http()).deliver(again, {**OPTIONS, "url": sink.url}, 5)
    assert fields(sink.received[0])["Body"].startswith("(again) ")
    assert "may have been called for this before" in spoken(again, "en-GB")


@pytest.mark.parametrize("kind", ["sms", "voice"])
@pytest.mark.parametrize("wrong", [{"account": ""}, {"url": "api.twilio.com"}, {"colour": "red"}, {"token": 5}])
def test_options_that_cannot_hold_are_refused(kind: str, wrong: dict[str, object]) -> None:
    with pytest.raises(InvalidError):
        CHANNEL_OPTIONS[kind]({**OPTIONS, **wrong})
