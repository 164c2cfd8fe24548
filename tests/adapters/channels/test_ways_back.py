"""What senders are told of their alerts, against a real HTTP server."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest
from tests.support.http import HTTPSink, Received, Reply, closed_port, http_sink

from tocsin.adapters.channels.alertmanager import Silences
from tocsin.adapters.channels.opsgenie import AlertAPI
from tocsin.adapters.channels.pagerduty import EventsAPI
from tocsin.adapters.channels.way_back import validate_options
from tocsin.domain.errors import InvalidError
from tocsin.flows.ports import Channel, Message, PermanentError, TransientError
from tocsin.net.http import Http

AT = datetime(2026, 3, 4, 14, 23, 5, tzinfo=UTC)
LABELS = {"alertname": "HighCPU", "path": 'a "b"'}
ACK = Message(
    key="k", kind="acknowledge", to="f 1/x", subject="HighCPU", text="acknowledged in Tocsin", facts={"labels": LABELS}
)
END = replace(ACK, kind="resolve", text="resolved in Tocsin")
BACK = replace(ACK, kind="unacknowledge", text="given back in Tocsin")
WAYS: list[Channel] = [EventsAPI(Http()), AlertAPI(Http()), Silences(Http(), lambda: AT)]


def told(channel: Channel, message: Message, sink: HTTPSink) -> str:
    return channel.deliver(message, {"url": f"{sink.url}/", "key": "k3y"}, 5)


@pytest.mark.parametrize("message", [ACK, END])
def test_pagerduty_hears_of_the_incident_by_its_dedup_key(message: Message) -> None:
    with http_sink(lambda _: Reply(202)) as sink:
        assert told(EventsAPI(Http()), message, sink) == "dedup_key f 1/x"
    (received,) = sink.received
    assert (received.method, received.path) == ("POST", "/v2/enqueue")
    assert json.loads(received.body) == {
        "routing_key": "k3y",
        "event_action": message.kind,
        "dedup_key": "f 1/x",
        "client": "Tocsin",
    }


def test_pagerduty_is_not_asked_for_what_its_events_api_cannot() -> None:
    with http_sink(lambda _: Reply(202)) as sink:
        assert "cannot take an acknowledgement back" in told(EventsAPI(Http()), BACK, sink)
    assert sink.received == []


@pytest.mark.parametrize(("message", "verb"), [(ACK, "acknowledge"), (BACK, "unacknowledge"), (END, "close")])
def test_opsgenie_hears_of_the_alert_by_its_alias(message: Message, verb: str) -> None:
    with http_sink(lambda _: Reply(202, b'{"requestId": "r-1"}')) as sink:
        assert told(AlertAPI(Http()), message, sink) == "request r-1"
    (received,) = sink.received
    assert (received.method, received.path) == ("POST", f"/v2/alerts/f%201%2Fx/{verb}?identifierType=alias")
    assert received.headers["authorization"] == "GenieKey k3y"
    assert json.loads(received.body) == {"source": "Tocsin", "user": "Tocsin", "note": message.text}


def an_alertmanager(standing: list[dict[str, Any]]) -> Callable[[Received], Reply]:
    """Answer as one that has these silences."""

    def answer(received: Received) -> Reply:
        if received.method == "GET":
            return Reply(body=json.dumps(standing).encode())
        return Reply(body=b'{"silenceID": "s-9"}' if received.method == "POST" else b"")

    return answer


def silence(silence_id: str, *, state: str = "active", author: str = "tocsin", about: str = "f 1/x") -> dict[str, Any]:
    comment = f"acknowledged in Tocsin: {about}"
    return {"id": silence_id, "status": {"state": state}, "createdBy": author, "comment": comment, "matchers": []}


OTHERS = [silence("old", state="expired"), silence("ana", author="ana"), silence("f2", about="f2")]


def test_an_alertmanager_silences_what_was_acknowledged() -> None:
    with http_sink(an_alertmanager(OTHERS)) as sink:
        assert told(Silences(Http(), lambda: AT), ACK, sink) == "silence s-9"
    looked, made = sink.received
    assert (looked.method, looked.path) == (
        "GET",
        "/api/v2/silences?filter=alertname%3D%22HighCPU%22&filter=path%3D%22a+%5C%22b%5C%22%22",
    )
    assert (made.method, made.path, made.headers["authorization"]) == ("POST", "/api/v2/silences", "Bearer k3y")
    assert json.loads(made.body) == {
        "matchers": [
            {"name": "alertname", "value": "HighCPU", "isRegex": False, "isEqual": True},
            {"name": "path", "value": 'a "b"', "isRegex": False, "isEqual": True},
        ],
        "startsAt": "2026-03-04T14:23:05.000Z",
        "endsAt": "2026-03-04T18:23:05.000Z",
        "createdBy": "tocsin",
        "comment": "acknowledged in Tocsin: f 1/x",
    }


def test_a_silence_that_stands_is_not_made_again() -> None:
    with http_sink(an_alertmanager([*OTHERS, silence("ours")])) as sink:
        assert told(Silences(Http(), lambda: AT), replace(ACK, possible_repeat=True), sink) == "silence ours stands"
    assert [received.method for received in sink.received] == ["GET"]


def test_an_alertmanager_ends_our_silences_of_what_was_resolved() -> None:
    with http_sink(an_alertmanager([*OTHERS, silence("ours"), silence("next", state="pending")])) as sink:
        assert told(Silences(Http(), lambda: AT), END, sink) == "ended ours, next"
    ended = [received.path for received in sink.received if received.method == "DELETE"]
    assert ended == ["/api/v2/silence/ours", "/api/v2/silence/next"]


def test_without_a_silence_there_is_none_to_end() -> None:
    with http_sink(an_alertmanager(OTHERS)) as sink:
        assert told(Silences(Http(), lambda: AT), END, sink) == "there was no silence to end"


def test_an_alert_without_labels_silences_nothing() -> None:
    with http_sink() as sink, pytest.raises(PermanentError, match="every alert"):
        told(Silences(Http(), lambda: AT), replace(ACK, facts={"labels": {"a": ""}}), sink)
    assert sink.received == []


def test_what_does_not_answer_as_an_alertmanager_is_refused() -> None:
    with http_sink(lambda _: Reply(body=b"<html>")) as sink, pytest.raises(PermanentError, match="as an Alertmanager"):
        told(Silences(Http(), lambda: AT), ACK, sink)


@pytest.mark.parametrize("way", WAYS, ids=lambda way: way.kind)
@pytest.mark.parametrize(("status", "error"), [(429, TransientError), (503, TransientError), (400, PermanentError)])
def test_a_refusal_is_final_and_an_overload_is_not(way: Channel, status: int, error: type[Exception]) -> None:
    with http_sink(lambda _: Reply(status, b"secret=abc, no")) as sink, pytest.raises(error, match=str(status)) as said:
        told(way, ACK, sink)
    assert "k3y" not in str(said.value)
    assert "abc" not in str(said.value)


@pytest.mark.parametrize("way", WAYS, ids=lambda way: way.kind)
def test_a_sender_that_is_away_is_asked_again(way: Channel) -> None:
    with pytest.raises(TransientError, match=r"127\.0\.0\.1"):
        way.deliver(ACK, {"url": f"http://127.0.0.1:{closed_port()}"}, 5)


@pytest.mark.parametrize("raw", [{}, {"url": "pagerduty"}, {"url": 5}, {"url": "https://x", "extra": 1}])
def test_options_that_do_not_hold_are_refused(raw: dict[str, object]) -> None:
    with pytest.raises(InvalidError):
        validate_options(raw)
