"""The dead man's switch against a real HTTP server."""

from __future__ import annotations

import pytest
from tests.support.http import Reply, closed_port, http_sink

from tocsin.adapters.deadman import Switch
from tocsin.flows.ports import PermanentError, TransientError
from tocsin.net.http import Http


def test_it_is_asked_at_its_address() -> None:
    with http_sink() as sink:
        Switch(Http()).ask(f"{sink.url}/uuid?x=1")
    assert [(r.method, r.path) for r in sink.received] == [("GET", "/uuid?x=1")]


def test_what_goes_wrong_is_told_without_its_path() -> None:
    with http_sink(lambda _: Reply(404)) as sink, pytest.raises(PermanentError, match="404") as told:
        Switch(Http()).ask(f"{sink.url}/uuid")
    assert "uuid" not in str(told.value)
    with pytest.raises(TransientError) as told_too:
        Switch(Http()).ask(f"http://127.0.0.1:{closed_port()}/uuid")
    assert "uuid" not in str(told_too.value)
