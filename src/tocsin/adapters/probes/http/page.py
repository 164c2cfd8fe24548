"""One GET: what came back, or why nothing did, and how long each phase took."""

from __future__ import annotations

import socket
import ssl
import time
from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from typing import cast
from urllib.parse import urlsplit

import httpx2

from tocsin.domain.diagnosis.facts import HttpPage
from tocsin.domain.diagnosis.facts.http import ErrorKind, PageRole
from tocsin.domain.diagnosis.redaction import excerpt, without
from tocsin.net.redaction import redact, redact_url

EXCERPT_BYTES = 2000
_EXPIRED = 10  # X509_V_ERR_CERT_HAS_EXPIRED


def ask(client: httpx2.Client, role: PageRole, url: str, until: float) -> HttpPage:
    """Return the answer to one GET, ended at `until` (monotonic seconds). Whatever goes wrong on the way is part of it."""
    page = HttpPage(role=role, url=url)
    marks: dict[str, float] = {}
    began = time.monotonic()
    try:
        dns_s = _resolve(url)
        timeout = max(0.05, until - time.monotonic())
        extensions = {"trace": lambda name, _: marks.setdefault(name.partition(".")[2], time.monotonic())}
        with client.stream("GET", url, timeout=timeout, extensions=extensions) as response:
            address, expires = _peer(response)
            page = replace(page, status=response.status_code, dns_s=dns_s, address=address, tls_expires_at=expires)
            page = replace(page, body=_excerpt(response, until))
    except (httpx2.HTTPError, httpx2.InvalidURL, OSError, UnicodeError) as error:
        kind = _kind(error)
        page = replace(page, error=None if page.status else kind, error_text=str(error) or type(error).__name__)
        page = replace(page, tls_expired=any(getattr(one, "verify_code", 0) == _EXPIRED for one in _chain(error)))
    return replace(
        page,
        total_s=time.monotonic() - began,
        connect_s=_between(marks, "connect_tcp"),
        tls_s=_between(marks, "start_tls"),
        ttfb_s=_between(marks, "send_request_headers", "receive_response_headers"),
    )


def _resolve(url: str) -> float:
    """Return how long the name took to resolve, in seconds."""
    parts = urlsplit(url)
    began = time.monotonic()
    socket.getaddrinfo(parts.hostname, parts.port or (443 if parts.scheme == "https" else 80), type=socket.SOCK_STREAM)
    return time.monotonic() - began


def _peer(response: httpx2.Response) -> tuple[str, datetime | None]:
    """Return the peer's address and when its certificate ends."""
    stream = response.extensions["network_stream"]
    address = stream.get_extra_info("server_addr")
    secured = stream.get_extra_info("ssl_object")
    ends = cast("str | None", secured.getpeercert().get("notAfter")) if secured else None
    expires = datetime.fromtimestamp(ssl.cert_time_to_seconds(ends), UTC) if ends else None
    return str(address[0]) if address else "", expires


def _excerpt(response: httpx2.Response, until: float) -> str:
    body = b""
    for chunk in response.iter_raw():
        body += chunk
        if len(body) >= EXCERPT_BYTES or time.monotonic() >= until:
            break
    return body[:EXCERPT_BYTES].decode("utf-8", "replace")


def _between(marks: Mapping[str, float], first: str, last: str = "") -> float | None:
    start, end = marks.get(f"{first}.started"), marks.get(f"{last or first}.complete")
    return end - start if start is not None and end is not None else None


def _chain(error: BaseException | None) -> Iterator[BaseException]:
    while error is not None:
        yield error
        error = error.__cause__ or error.__context__


def _kind(error: BaseException) -> ErrorKind:
    kinds: tuple[tuple[type[BaseException] | tuple[type[BaseException], ...], ErrorKind], ...] = (
        ((httpx2.TimeoutException, TimeoutError), "timeout"),
        (socket.gaierror, "dns"),
        (ConnectionRefusedError, "refused"),
        (ssl.SSLError, "tls"),
        ((ConnectionResetError, BrokenPipeError, httpx2.RemoteProtocolError, httpx2.ReadError), "reset"),
    )
    every = list(_chain(error))
    return next((kind for types, kind in kinds if any(isinstance(one, types) for one in every)), "other")


def clean(page: HttpPage, secrets: tuple[str, ...]) -> HttpPage:
    """Return the page without the target's `secrets` and without anything else that looks like one."""
    return replace(
        page,
        url=redact_url(page.url),
        body=redact(without(page.body, secrets)),
        error_text=excerpt(redact(without(page.error_text, secrets))),
    )
