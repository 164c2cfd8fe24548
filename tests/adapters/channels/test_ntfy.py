"""ntfy against a local server of its publish API."""

from __future__ import annotations

import json
from base64 import b64encode
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from tests.support.http import Received, Reply, closed_port, http_sink

from tocsin.adapters.channels.ntfy import Ntfy, validate_options
from tocsin.domain.errors import InvalidError
from tocsin.flows.ports import Message, PermanentError, Reconciling, TransientError, UnansweredError
from tocsin.net.http import Http

NTFY = Ntfy(Http())
AT = datetime(2026, 3, 4, 14, 23, 5, tzinfo=UTC)
LINK = "https://tocsin.example.com/a/TOKEN"
PAGE = Message(
    key="i1/page/1/ana/push",
    kind="page",
    to="ana-pages",
    subject="SEV1 Orders fail",
    text="SEV1: Orders fail\nTo take it: …",
    facts={"url": "https://tocsin.example.com/incidents/INC-1", "ack_url": LINK, "urgency": "high"},
)


def taken(_: Received) -> Reply:
    return Reply(200, b'{"id":"hwQ2YpKdmg","event":"message","topic":"ana-pages"}')


def test_a_page_is_loud_and_its_button_acknowledges() -> None:
    with http_sink(taken) as sink:
        receipt = NTFY.deliver(PAGE, {"url": sink.url, "trusted": True}, 5)
    [received] = sink.received
    assert receipt == "hwQ2YpKdmg"
    assert (received.method, received.path) == ("POST", "/")
    assert json.loads(received.body) == {
        "topic": "ana-pages",
        "title": "SEV1 Orders fail",
        "message": "SEV1: Orders fail\nTo take it: …",
        "priority": 5,
        "tags": ["rotating_light"],
        "click": "https://tocsin.example.com/incidents/INC-1",
        "actions": [
            {"action": "http", "label": "Acknowledge", "url": LINK, "method": "POST", "clear": True},
            {"action": "view", "label": "Look", "url": LINK},
        ],
    }
    assert "authorization" not in received.headers


@pytest.mark.parametrize(
    "quiet", [replace(PAGE, facts={**PAGE.facts, "urgency": "low"}), replace(PAGE, kind="reminder", facts={})]
)
def test_what_can_wait_is_not_loud(quiet: Message) -> None:
    with http_sink(taken) as sink:
        NTFY.deliver(quiet, {"url": sink.url, "trusted": True}, 5)
    assert json.loads(sink.received[0].body)["priority"] == 3


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"token": "tk_1"}, "Bearer tk_1"),
        ({"username": "ana", "password": "pw"}, f"Basic {b64encode(b'ana:pw').decode()}"),
    ],
)
def test_it_says_who_we_are(options: dict[str, str], said: str) -> None:
    with http_sink(taken) as sink:
        NTFY.deliver(PAGE, {"url": sink.url, "trusted": True, **options}, 5)
    assert sink.received[0].headers["authorization"] == said


def test_an_address_may_name_its_own_server() -> None:
    with http_sink(taken) as sink:
        NTFY.deliver(replace(PAGE, to=f"{sink.url}/team"), {"trusted": True}, 5)
    assert json.loads(sink.received[0].body)["topic"] == "team"


def test_a_possible_repeat_says_so() -> None:
    with http_sink(taken) as sink:
        NTFY.deliver(replace(PAGE, possible_repeat=True), {"url": sink.url, "trusted": True}, 5)
    assert json.loads(sink.received[0].body)["title"].endswith("(possible repeat)")


@pytest.mark.parametrize(("status", "kind"), [(429, TransientError), (504, UnansweredError), (403, PermanentError)])
def test_a_refusal_is_told_with_its_reason(status: int, kind: type[Exception]) -> None:
    with (
        http_sink(lambda _: Reply(status, b'{"code":42908,"error":"limit reached"}')) as sink,
        pytest.raises(kind, match="limit reached"),
    ):
        NTFY.deliver(PAGE, {"url": sink.url, "trusted": True}, 5)


def test_a_server_that_is_away_is_asked_again() -> None:
    with pytest.raises(TransientError) as refused:
        NTFY.deliver(PAGE, {"url": f"http://127.0.0.1:{closed_port()}", "trusted": True}, 5)
    assert not isinstance(refused.value, UnansweredError)


def test_an_address_inside_must_be_meant() -> None:
    with pytest.raises(PermanentError, match="trusted: true"):
        NTFY.deliver(PAGE, {"url": "http://127.0.0.1:9"}, 5)


@pytest.mark.parametrize("to", ["", "no topic", "a/b", "../x", "ftp://x/topic", "täg"])
def test_what_is_no_topic_is_not_asked_for(to: str) -> None:
    with pytest.raises(PermanentError, match="no topic"):
        NTFY.deliver(replace(PAGE, to=to), {"trusted": True}, 5)


def test_after_a_crash_the_topic_is_asked_whether_it_has_the_page() -> None:
    lines = [
        {"id": "a", "event": "open"},
        {"id": "b", "event": "message", "message": "another"},
        {"id": "c", "event": "message", "message": PAGE.text, "title": PAGE.subject},
    ]
    body = b"\n".join(json.dumps(line).encode() for line in lines) + b"\nnot json\n"
    assert isinstance(NTFY, Reconciling)
    with http_sink(lambda _: Reply(200, body)) as sink:
        options = {"url": sink.url, "trusted": True}
        assert NTFY.find(PAGE, options, 5, since=AT) == "c"
        assert NTFY.find(replace(PAGE, text="something else"), options, 5, since=AT) == ""
    assert sink.received[0].path == f"/ana-pages/json?poll=1&since={int(AT.timestamp())}"


def test_a_topic_that_may_not_be_read_tells_nothing() -> None:
    with http_sink(lambda _: Reply(403)) as sink:
        assert NTFY.find(PAGE, {"url": sink.url, "trusted": True}, 5, since=AT) == ""


@pytest.mark.parametrize("raw", [{"url": "ntfy.sh"}, {"topic": "x"}, {"token": 5}])
def test_options_that_cannot_hold_are_refused(raw: dict[str, object]) -> None:
    with pytest.raises(InvalidError):
        validate_options(raw)
