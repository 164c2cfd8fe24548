"""The guarded client: bounded in time and size, and not to be led astray."""

from __future__ import annotations

import socket
import ssl
import threading
import time
from collections.abc import Callable

import pytest
from tests.support.http import Received, Reply, closed_port, http_sink, raw_server
from tests.support.smtp import AUTHORITIES

from tocsin.net.errors import (
    ForbiddenTargetError,
    NetError,
    TimedOutError,
    TooLargeError,
    UnreachableError,
    UntrustedCertificateError,
)
from tocsin.net.http import Http

Talk = Callable[[socket.socket, threading.Event], None]


def test_an_answer_comes_back_whole() -> None:
    with http_sink(lambda _: Reply(201, b"made", {"X-Request-Id": "r1"})) as sink:
        answer = Http().post(f"{sink.url}/a?b=1", b"body", limit_s=5, trusted=True, headers={"X-One": "1"})

    assert (answer.status, answer.body, answer.headers["x-request-id"], answer.ok) == (201, b"made", "r1", True)
    [received] = sink.received
    assert (received.method, received.path, received.body) == ("POST", "/a?b=1", b"body")
    assert received.headers["x-one"] == "1"


def test_a_delete_is_sent_without_a_body() -> None:
    with http_sink() as sink:
        assert Http().delete(f"{sink.url}/silence/1", limit_s=5, trusted=True, headers={"X-One": "1"}).ok
    [received] = sink.received
    assert (received.method, received.path, received.body, received.headers["x-one"]) == (
        "DELETE", "/silence/1", b"", "1",
    )  # fmt: skip


def test_credentials_in_a_url_are_sent_as_basic_authentication() -> None:
    with http_sink() as sink:
        Http().get(sink.url.replace("//", "//user:pass@"), limit_s=5, trusted=True)
    assert sink.received[0].headers["authorization"] == "Basic dXNlcjpwYXNz"


@pytest.mark.parametrize(
    "url",
    [
        "http://127.0.0.1:{port}/",
        "http://localhost:{port}/",
        "http://0.0.0.0:{port}/",
        "http://2130706433:{port}/",
        "http://0x7f000001:{port}/",
        "http://127.1:{port}/",
        "http://[::1]:{port}/",
        "http://[::ffff:127.0.0.1]:{port}/",
    ],
)
def test_our_own_machine_is_not_called_for_a_stranger(url: str) -> None:
    with http_sink() as sink, pytest.raises(NetError) as refused:
        Http().get(url.format(port=sink.port), limit_s=5)
    assert isinstance(refused.value, ForbiddenTargetError | UnreachableError)
    assert sink.received == []


@pytest.mark.parametrize(
    "url", ["file:///etc/passwd", "gopher://a/", "nonsense", "http://", "http://a:b/", "http://a\n.b/"]
)
def test_only_http_urls_are_called(url: str) -> None:
    with pytest.raises(ForbiddenTargetError):
        Http().get(url, limit_s=5)


def test_the_name_is_resolved_once_and_the_checked_address_is_called() -> None:
    asked: list[str] = []

    def rebinding(host: str, _: int) -> list[str]:
        asked.append(host)
        return ["127.0.0.1"]

    with http_sink() as sink:
        answer = Http(resolver=rebinding).get(f"http://shop.example:{sink.port}/", limit_s=5, trusted=True)

    assert answer.ok
    assert asked == ["shop.example"]
    assert sink.received[0].headers["host"] == f"shop.example:{sink.port}"


def test_a_name_with_one_private_address_is_refused_altogether() -> None:
    client = Http(resolver=lambda _, __: ["93.184.215.14", "10.0.0.7"])
    with pytest.raises(ForbiddenTargetError, match=r"GET http://shop.example: .*10.0.0.7, which is private"):
        client.get("http://shop.example/", limit_s=5)


def test_a_dead_address_is_passed_over_for_a_live_one() -> None:
    with http_sink() as sink:
        client = Http(resolver=lambda _, __: ["127.0.0.2", "127.0.0.1"])
        assert client.get(f"http://shop.example:{sink.port}/", limit_s=5, trusted=True).ok


def test_a_redirect_is_an_answer_and_is_not_followed() -> None:
    def away(received: Received) -> Reply:
        return Reply(302, headers={"Location": "/inside"}) if received.path == "/" else Reply(200)

    with http_sink(away) as sink:
        answer = Http().get(sink.url, limit_s=5, trusted=True)
    assert answer.status == 302
    assert [r.path for r in sink.received] == ["/"]


def test_a_body_beyond_the_limit_is_not_read() -> None:
    with http_sink(lambda _: Reply(200, b"x" * 5000)) as sink:
        with pytest.raises(TooLargeError, match="larger than 4000 bytes"):
            Http().get(sink.url, limit_s=5, trusted=True, max_bytes=4000)
        assert len(Http().get(sink.url, limit_s=5, trusted=True, max_bytes=5000).body) == 5000


def test_a_compressed_answer_is_refused() -> None:
    with http_sink(lambda _: Reply(200, b"\x1f\x8b", {"Content-Encoding": "gzip"})) as sink:
        with pytest.raises(TooLargeError, match="compressed"):
            Http().get(sink.url, limit_s=5, trusted=True)
        assert sink.received[0].headers["accept-encoding"] == "identity"


def _drip_headers(connection: socket.socket, over: threading.Event) -> None:
    connection.sendall(b"HTTP/1.1 200 OK\r\n")
    while not over.wait(0.02):
        connection.sendall(b"X-A: b\r\n")


def _drip_body(connection: socket.socket, over: threading.Event) -> None:
    connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n")
    while not over.wait(0.02):
        connection.sendall(b"x")


def _say_nothing(_: socket.socket, over: threading.Event) -> None:
    over.wait(10)


@pytest.mark.parametrize("talk", [_drip_headers, _drip_body, _say_nothing])
def test_the_time_limit_is_total_even_when_bytes_keep_coming(talk: Talk) -> None:
    began = time.perf_counter()
    with raw_server(talk) as port, pytest.raises(TimedOutError, match=r"within 0.3 s"):
        Http().get(f"http://127.0.0.1:{port}/", limit_s=0.3, trusted=True)
    assert time.perf_counter() - began < 2


def test_a_resolver_that_hangs_costs_no_more_than_the_limit() -> None:
    release = threading.Event()

    def hanging(_: str, __: int) -> list[str]:
        release.wait(10)
        return []

    with pytest.raises(TimedOutError, match=r"resolving shop\.example"):
        Http(resolver=hanging).get("http://shop.example/", limit_s=0.2)
    release.set()


def test_nobody_listening_and_nonsense_answers_are_unreachable() -> None:
    with pytest.raises(UnreachableError, match=r"GET http://127.0.0.1:\d+ did not answer"):
        Http().get(f"http://127.0.0.1:{closed_port()}/s3cr3t", limit_s=5, trusted=True)
    with raw_server(lambda c, _: c.sendall(b"220 mail ready\r\n")) as port, pytest.raises(UnreachableError):
        Http().get(f"http://127.0.0.1:{port}/", limit_s=5, trusted=True)
    with raw_server(lambda c, _: c.sendall(b"nonsense")) as port, pytest.raises(UnreachableError):
        Http().get(f"https://127.0.0.1:{port}/", limit_s=5, trusted=True)
    with pytest.raises(UnreachableError, match="does not resolve"):
        Http().get(f"http://{'a' * 70}.example/", limit_s=5)


def test_an_error_shows_neither_path_nor_password() -> None:
    with pytest.raises(UnreachableError) as failed:
        Http().get(f"http://u:s3cr3t@127.0.0.1:{closed_port()}/services/s3cr3t?key=s3cr3t", limit_s=5, trusted=True)
    assert "s3cr3t" not in str(failed.value)


def _https(connection: socket.socket, _: threading.Event) -> None:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(AUTHORITIES)
    with context.wrap_socket(connection, server_side=True) as secured:
        secured.recv(1000)
        secured.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")


def test_the_certificate_is_held_to_the_name_and_not_to_the_address_it_was_pinned_to() -> None:
    client = Http(authorities=str(AUTHORITIES), resolver=lambda _, __: ["127.0.0.1"])
    with raw_server(_https) as port:
        assert client.get(f"https://localhost:{port}/", limit_s=5, trusted=True).body == b"ok"
        with pytest.raises(UntrustedCertificateError, match="certificate does not hold"):
            client.get(f"https://shop.example:{port}/", limit_s=5, trusted=True)
        with pytest.raises(UntrustedCertificateError):
            Http().get(f"https://localhost:{port}/", limit_s=5, trusted=True)
