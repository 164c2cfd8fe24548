"""The apprise library, sending to a local server by one of its services."""

from __future__ import annotations

import json
import threading

import pytest
from tests.support.http import Received, Reply, http_sink

from tocsin.adapters.channels.apprise import Apprise, validate_options
from tocsin.domain.errors import InvalidError
from tocsin.flows.ports import Message, PermanentError, TransientError, UnansweredError

PAGE = Message(key="k", kind="page", to="", subject="SEV1 Orders fail", text="To take it: …")


def address(url: str) -> str:
    return f"json://{url.removeprefix('http://')}/"


def test_the_library_carries_a_message() -> None:
    with http_sink() as sink:
        receipt = Apprise().deliver(PAGE, {"url": address(sink.url)}, 10)
    assert receipt == "JSON"
    told = json.loads(sink.received[0].body)
    assert (told["title"], told["message"]) == ("SEV1 Orders fail", "To take it: …")


def test_a_service_that_refuses_is_asked_again() -> None:
    with http_sink(lambda _: Reply(500)) as sink, pytest.raises(TransientError, match="JSON"):
        Apprise().deliver(PAGE, {"url": address(sink.url)}, 10)


def test_a_service_that_keeps_us_waiting_is_left_behind() -> None:
    answered = threading.Event()

    def slow(_: Received) -> Reply:
        answered.wait(30)
        return Reply()

    with http_sink(slow) as sink:
        try:
            with pytest.raises(UnansweredError, match="no answer within"):
                Apprise().deliver(PAGE, {"url": address(sink.url)}, 0.2)
        finally:
            answered.set()


@pytest.mark.parametrize("url", ["", "nonsense", "nosuchservice://secret-token"])
def test_an_address_that_it_cannot_read_is_told_without_its_secrets(url: str) -> None:
    with pytest.raises(PermanentError, match="cannot read this address") as told:
        Apprise().deliver(PAGE, {"url": url}, 10)
    assert "secret-token" not in str(told.value)


def test_unknown_options_are_refused() -> None:
    with pytest.raises(InvalidError):
        validate_options({"urls": []})
