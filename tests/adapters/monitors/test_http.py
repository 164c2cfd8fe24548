"""Health and readiness, asked of a real server."""

from __future__ import annotations

import ssl
from datetime import UTC, datetime, timedelta

import pytest
from tests.support.http import Received, Reply, closed_port, http_sink, https_sink
from tests.support.smtp import AUTHORITIES

from tocsin.adapters.monitors.http import HttpMonitor, validate_options
from tocsin.domain.errors import InvalidError
from tocsin.net.http import Http

AT = datetime(2026, 3, 4, 14, 23, 5, tzinfo=UTC)
MONITOR = HttpMonitor(Http(), clock=lambda: AT)


def _leaking(received: Received) -> Reply:
    return Reply(200) if received.path == "/health" else Reply(503, b'{"detail": "no session within 2 s"}')


def test_a_service_may_be_alive_and_not_ready() -> None:
    with http_sink(_leaking) as sink:
        sample = MONITOR.look({"health": f"{sink.url}/health", "ready": f"{sink.url}/ready"})
    assert sample.at == AT
    assert sample.health is not None
    assert (sample.health.ok, sample.health.status, sample.health.error) == (True, 200, "")
    assert sample.ready is not None
    assert (sample.ready.ok, sample.ready.status) == (False, 503)
    assert sample.ready.error == 'answered 503 {"detail": "no session within 2 s"}'


def test_no_answer_is_a_failed_check() -> None:
    sample = MONITOR.look({"ready": f"http://127.0.0.1:{closed_port()}/ready"})
    assert sample.health is None
    assert sample.ready is not None
    assert (sample.ready.ok, sample.ready.status) == (False, None)
    assert "did not answer" in sample.ready.error


@pytest.mark.parametrize(
    ("raw", "field"),
    [
        ({}, "ready"),
        ({"ready": "orders:8080"}, "ready"),
        ({"ready": "http://a", "limit_s": 0}, "limit_s"),
        ({"url": "x"}, "url"),
    ],
)
def test_a_wrong_option_is_named(raw: dict[str, object], field: str) -> None:
    with pytest.raises(InvalidError) as wrong:
        validate_options(raw)
    assert wrong.value.field == field


def test_the_days_that_a_certificate_is_still_good_for_are_seen() -> None:
    server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    server.load_cert_chain(AUTHORITIES)
    monitor = HttpMonitor(Http(authorities=str(AUTHORITIES)), clock=lambda: AT)
    with https_sink(server) as port:
        sample = monitor.look({"ready": f"https://localhost:{port}/ready"})

    assert sample.ready is not None
    assert sample.ready.ok, sample.ready.error
    assert sample.certificate_days == (datetime(2119, 1, 1, tzinfo=UTC) - AT) / timedelta(days=1)


def test_without_tls_there_is_no_certificate() -> None:
    with http_sink() as sink:
        assert MONITOR.look({"ready": sink.url}).certificate_days is None
