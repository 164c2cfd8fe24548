"""One GET: what came back, or why nothing did, and how long each phase took."""

from __future__ import annotations

import socket
import ssl
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
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


@dataclass(frozen=True, slots=True)
class Question:
    """One page to ask for; with an `address`, of that address of the name alone."""

    role: PageRole
    url: str
    address: str = ""


def ask(client: httpx2.Client, question: Question, until: float) -> HttpPage:
    """Return the answer to one GET, ended at `until` (monotonic seconds). Whatever goes wrong on the way is part of it."""
    page = HttpPage(role=question.role, url=question.url, address=question.address)
    marks: dict[str, float] = {}
    began = time.monotonic()
    try:
        addresses = addresses_of(question.url)
        page = replace(page, dns_s=time.monotonic() - began, addresses=addresses)
        timeout = max(0.05, until - time.monotonic())
        trace = {"trace": lambda name, _: marks.setdefault(name.partition(".")[2], time.monotonic())}
        url, headers, extensions = _directed(question)
        with client.stream("GET", url, headers=headers, timeout=timeout, extensions=trace | extensions) as response:
            address, expires = _peer(response)
            page = replace(page, status=response.status_code, address=address, tls_expires_at=expires)
            page = replace(page, body=_excerpt(response, until))
    except (httpx2.HTTPError, httpx2.InvalidURL, OSError, UnicodeError) as error:
        kind = _kind(error)
        page = replace(page, error=None if page.status else kind, error_text=str(error) or type(error).__name__)
        page = replace(page, tls_expired=any(getattr(one, "verify_code", 0) == _EXPIRED for one in _chain(error)))
    ended = time.monotonic()
    first_byte = marks.get("receive_response_headers.complete")
    return replace(
        page,
        total_s=ended - began,
        connect_s=_between(marks, "connect_tcp"),
        tls_s=_between(marks, "start_tls"),
        ttfb_s=_between(marks, "send_request_headers", "receive_response_headers"),
        body_s=ended - first_byte if first_byte is not None else None,
    )


def _directed(question: Question) -> tuple[str, dict[str, str], dict[str, str]]:
    """Return URL, headers and extensions that reach one address and still name the host, also to TLS."""
    if not question.address:
        return question.url, {}, {}
    parts = urlsplit(question.url)
    host = f"[{question.address}]" if ":" in question.address else question.address
    netloc = f"{host}:{parts.port}" if parts.port else host
    return parts._replace(netloc=netloc).geturl(), {"Host": parts.netloc}, {"sni_hostname": parts.hostname or ""}


def addresses_of(url: str) -> tuple[str, ...]:
    """Return every address the URL's host resolves to.

    Raises:
        OSError: the name cannot be resolved.

    """
    parts = urlsplit(url)
    port = parts.port or (443 if parts.scheme == "https" else 80)
    found = socket.getaddrinfo(parts.hostname, port, type=socket.SOCK_STREAM)
    return tuple(dict.fromkeys(str(one[4][0]) for one in found))


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
