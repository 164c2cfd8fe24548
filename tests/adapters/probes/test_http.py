"""The HTTP probe against real sockets: each way to fail is told apart."""

from __future__ import annotations

import socket
import ssl
import threading
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx2
import pytest
from tests.support.http import Received, Reply, closed_port, http_sink, raw_server

from tocsin.adapters.probes.http import Http
from tocsin.adapters.probes.http.page import Question, ask
from tocsin.domain.diagnosis.facts import HttpFacts, HttpPage
from tocsin.domain.diagnosis.targets import Target
from tocsin.domain.errors import InvalidError

NOW = datetime(2026, 3, 15, 14, 3, tzinfo=UTC)
EXPIRED = Path(__file__).parent / "expired.pem"
VALID = Path(__file__).parents[2] / "support" / "localhost.pem"


def collect(url: str, *, deadline_s: float = 2.0, **options: object) -> HttpFacts:
    return Http(lambda: NOW).collect(Target(name="shop", kind="http", options={"url": url, **options}), deadline_s)


def only_page(url: str, *, deadline_s: float = 2.0, **options: object) -> HttpPage:
    return collect(url, deadline_s=deadline_s, health="", ready="", endpoints=["/"], **options).pages[0]


def test_live_and_ready_are_read_with_status_body_and_phases() -> None:
    def answer(asked: Received) -> Reply:
        ready = asked.path == "/ready"
        return Reply(status=503 if ready else 200, body=b'{"checks": {"database": "down"}}' if ready else b"alive")

    with http_sink(answer) as shop:
        facts = collect(shop.url, endpoints=["/api/v1/orders"])

    live, ready, endpoint = facts.pages
    assert [(page.role, page.path, page.status) for page in facts.pages] == [
        ("live", "/health", 200), ("ready", "/ready", 503), ("endpoint", "/api/v1/orders", 200),
    ]  # fmt: skip
    assert (live.body, ready.body) == ("alive", '{"checks": {"database": "down"}}')
    assert endpoint.address == "127.0.0.1"
    assert all(phase is not None for phase in (live.dns_s, live.connect_s, live.ttfb_s, live.total_s))
    assert {asked.method for asked in shop.received} == {"GET"}


def test_nobody_listening_is_refused() -> None:
    assert only_page(f"http://127.0.0.1:{closed_port()}").error == "refused"


def test_an_unknown_name_is_a_matter_of_dns() -> None:
    assert only_page("http://no-such-host.invalid").error == "dns"


def test_silence_is_a_timeout_and_ends_in_time() -> None:
    def silent(_: socket.socket, over: threading.Event) -> None:
        over.wait()

    with raw_server(silent) as port:
        page = only_page(f"http://127.0.0.1:{port}", deadline_s=0.3)

    assert page.error == "timeout"
    assert page.total_s is not None
    assert page.total_s < 1.0


def test_a_server_that_drips_its_body_is_cut_off_with_its_status() -> None:
    def drip(connection: socket.socket, over: threading.Event) -> None:
        connection.recv(4096)
        connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n")
        while not over.wait(0.02):
            connection.sendall(b"x")

    with raw_server(drip) as port:
        page = only_page(f"http://127.0.0.1:{port}", deadline_s=0.3)

    assert page.status == 200
    assert page.total_s is not None
    assert page.total_s < 1.0


def test_a_connection_closed_without_an_answer_is_a_reset() -> None:
    def hang_up(connection: socket.socket, _: threading.Event) -> None:
        connection.recv(4096)

    with raw_server(hang_up) as port:
        assert only_page(f"http://127.0.0.1:{port}").error == "reset"


def tls_server(certificate: Path) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    return context


@pytest.mark.parametrize(("certificate", "expired"), [(VALID, False), (EXPIRED, True)])
def test_a_certificate_tells_when_it_ends_or_that_it_has(certificate: Path, *, expired: bool) -> None:
    context = tls_server(certificate)

    def serve(connection: socket.socket, _: threading.Event) -> None:
        with context.wrap_socket(connection, server_side=True) as secured:
            secured.recv(4096)
            secured.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")

    with raw_server(serve) as port:
        page = only_page(f"https://localhost:{port}", authorities=str(certificate))

    assert page.tls_expired is expired
    assert page.error == ("tls" if expired else None)
    assert (page.tls_expires_at is None) is expired
    assert expired or page.tls_expires_at > NOW + timedelta(days=365)  # type: ignore[operator]  # known by now
    assert expired or page.tls_s is not None


def test_credentials_reach_the_service_but_never_the_facts() -> None:
    def answer(asked: Received) -> Reply:
        return Reply(body=f"you sent {asked.headers['x-api-key']} and password=swordfish".encode())

    with http_sink(answer) as shop:
        url = shop.url.replace("http://", "http://bob:hunter2@")
        facts = collect(url, headers={"X-Api-Key": "s3cret-value"}, ready="/ready?token=abcdef")

    assert shop.received[0].headers["x-api-key"] == "s3cret-value"
    for secret in ("hunter2", "s3cret-value", "swordfish", "abcdef"):
        assert secret not in repr(facts)


def test_a_long_body_is_kept_as_an_excerpt() -> None:
    with http_sink(lambda _: Reply(body=b"x" * 100_000)) as shop:
        assert len(only_page(shop.url).body) == 2000


def test_a_third_party_is_asked_at_its_root_only() -> None:
    with http_sink() as payments:
        facts = collect(payments.url, third_party=True)

    assert facts.third_party
    assert [(page.role, page.path) for page in facts.pages] == [("endpoint", "/")]


@pytest.mark.parametrize("options", [{"url": "ftp://shop"}, {"url": "http://shop", "helth": "/"}, {}])
def test_options_that_do_not_hold_are_refused_by_name(options: dict[str, object]) -> None:
    with pytest.raises(InvalidError):
        Http(lambda: NOW).collect(Target(name="shop", kind="http", options=options), 1.0)


def test_every_instance_is_asked_the_same() -> None:
    with http_sink() as one, http_sink(lambda _: Reply(status=500)) as two:
        facts = collect(one.url, instances=[one.url, two.url], endpoints=["/orders"])

    assert [(page.url.rpartition(":")[2], page.status) for page in facts.instances] == [
        (f"{one.port}/orders", 200),
        (f"{two.port}/orders", 500),
    ]


def test_an_instance_that_is_one_address_of_a_name_is_asked_by_that_name() -> None:
    with http_sink() as sink, httpx2.Client() as client:
        url = sink.url.replace("127.0.0.1", "localhost") + "/ready"
        page = ask(client, Question("instance", url, "127.0.0.1"), time.monotonic() + 5)

    assert (page.status, page.address) == (200, "127.0.0.1")
    assert sink.received[0].headers["host"] == f"localhost:{sink.port}"
    assert page.body_s is not None
    assert "127.0.0.1" in page.addresses
