"""The TLS probe against real handshakes."""

from __future__ import annotations

import socket
import threading
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import pytest
from tests.support.http import closed_port, https_sink, raw_server

from tocsin.adapters.probes.tls import Tls, host_and_port, validate_options
from tocsin.domain.diagnosis.facts import TlsFacts
from tocsin.domain.diagnosis.targets import Target
from tocsin.domain.errors import InvalidError
from tocsin.drill.servers.certificates import Authority
from tocsin.net.http import Http

DAY = timedelta(days=1)


def now() -> datetime:
    return datetime.now(UTC)


def collect(port: int, authority: Authority | None = None, deadline_s: float = 5.0) -> TlsFacts:
    options = {"address": f"127.0.0.1:{port}", **({"authorities": str(authority.file)} if authority else {})}
    return Tls(now, Http()).collect(Target(name="front", kind="tls", options=options), deadline_s)


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return Authority(tmp_path_factory.mktemp("authority"), now())


def test_a_good_certificate_is_read_with_its_names_and_dates(authority: Authority) -> None:
    with https_sink(authority.context()) as port:
        facts = collect(port, authority)

    assert (facts.error, facts.distrust) == (None, None)
    assert facts.names == ("localhost", "127.0.0.1")
    assert facts.not_after is not None
    assert facts.not_after > now() + 59 * DAY
    assert (facts.key_kind, facts.key_bits, facts.signature) == ("EC", 256, "sha256")
    assert facts.protocol.startswith("TLSv1.")
    assert facts.handshake_s


@pytest.mark.parametrize(
    ("names", "starts", "ends", "why"),
    [
        (("localhost", "127.0.0.1"), -20 * DAY, -DAY, "expired"),
        (("localhost", "127.0.0.1"), DAY, 20 * DAY, "not_yet"),
        (("other.test",), -DAY, DAY, "name"),
    ],
)
def test_a_bad_certificate_is_read_all_the_same(
    authority: Authority, names: Sequence[str], starts: timedelta, ends: timedelta, why: str
) -> None:
    with https_sink(authority.context(names, starts=starts, ends=ends)) as port:
        facts = collect(port, authority)

    assert (facts.error, facts.distrust) == (None, why)
    assert facts.distrust_text
    assert facts.names == tuple(names)


def test_an_authority_nobody_knows_is_told(authority: Authority) -> None:
    with https_sink(authority.context()) as port:
        assert collect(port).distrust in {"unknown_issuer", "self_signed"}


def test_no_handshake_says_why() -> None:
    def plain(connection: socket.socket, _: threading.Event) -> None:
        connection.recv(100)
        connection.sendall(b"HTTP/1.0 400 Bad Request\r\n\r\n")

    def silent(connection: socket.socket, over: threading.Event) -> None:
        del connection
        over.wait()

    assert collect(closed_port()).error == "refused"
    with raw_server(plain) as port:
        assert collect(port).error == "tls"
    with raw_server(silent) as port:
        assert collect(port, deadline_s=0.2).error == "timeout"


@pytest.mark.parametrize(
    ("text", "parts"),
    [("shop", ("shop", 443)), ("shop:8443", ("shop", 8443)), ("[::1]:1", ("::1", 1)), ("[::1]", ("::1", 443))],
)
def test_an_address_is_read(text: str, parts: tuple[str, int]) -> None:
    assert host_and_port(text) == parts


@pytest.mark.parametrize("text", ["", "https://shop", "shop:https", ":443"])
def test_what_is_no_address_is_refused(text: str) -> None:
    with pytest.raises(InvalidError, match="no host:port"):
        validate_options({"address": text})
