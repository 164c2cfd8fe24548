"""The only way anything of ours calls an HTTP address: bounded in time and size, never led astray.

- One total time limit covers name, connection, TLS, request and the whole answer.
- A body is read up to a limit, and never decompressed (a small bomb unpacks to gigabytes).
- Redirects are not followed: the caller sees the 3xx. Proxies from the environment are not used.
- Addresses that are not public are refused, unless the operator configured the target (`trusted=True`);
  the connection goes to the very address that was checked.
"""

from __future__ import annotations

import ssl
from base64 import b64encode
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache, lru_cache
from http import HTTPStatus

import httpcore2
import httpx2

from tocsin.net.addresses import Resolver, system_resolver
from tocsin.net.connection import GuardedBackend
from tocsin.net.deadline import Deadline
from tocsin.net.errors import (
    BrokenOffError,
    ForbiddenTargetError,
    NetError,
    TimedOutError,
    TooLargeError,
    UnreachableError,
    UntrustedCertificateError,
)
from tocsin.net.redaction import origin_of, redact

MAX_BYTES = 1_048_576
USER_AGENT = "Tocsin"
_PEM = "-----BEGIN CERTIFICATE"


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What came back. Header names are lower case; `elapsed_s` covers the whole call.

    `certificate_ends` is when the certificate that was shown (and held) ends; None over plain HTTP.
    """

    status: int
    headers: Mapping[str, str]
    body: bytes
    elapsed_s: float
    certificate_ends: datetime | None = None

    @property
    def ok(self) -> bool:
        """Tell whether the status is 2xx."""
        return HTTPStatus.OK <= self.status < HTTPStatus.MULTIPLE_CHOICES

    def text(self, limit: int = 300) -> str:
        """Return the start of the body on one line and redacted, fit for an error message."""
        return redact(" ".join(self.body[: limit * 4].decode("utf-8", "replace").split())[:limit])


class Http:
    """A guarded client; safe to share between threads, since every call has a connection of its own.

    `authorities` is a file of CA certificates to trust instead of the system's, or their PEM text. `resolver` is for
    tests.
    """

    def __init__(self, *, authorities: str = "", resolver: Resolver = system_resolver) -> None:
        self._tls = _trusting(authorities)
        self._resolver = resolver

    def get(
        self,
        url: str,
        *,
        limit_s: float,
        trusted: bool = False,
        headers: Mapping[str, str] | None = None,
        max_bytes: int = MAX_BYTES,
    ) -> Answer:
        """GET `url`. See `send`."""
        request = _request("GET", url, headers or {}, None)
        return self.send(request, limit_s=limit_s, trusted=trusted, max_bytes=max_bytes)

    def post(
        self,
        url: str,
        body: bytes,
        *,
        limit_s: float,
        trusted: bool = False,
        headers: Mapping[str, str] | None = None,
    ) -> Answer:
        """POST `body` to `url`. See `send`."""
        request = _request("POST", url, headers or {}, body)
        return self.send(request, limit_s=limit_s, trusted=trusted)

    def delete(
        self, url: str, *, limit_s: float, trusted: bool = False, headers: Mapping[str, str] | None = None
    ) -> Answer:
        """DELETE `url`. See `send`."""
        request = _request("DELETE", url, headers or {}, None)
        return self.send(request, limit_s=limit_s, trusted=trusted)

    def send(
        self, request: httpx2.Request, *, limit_s: float, trusted: bool = False, max_bytes: int = MAX_BYTES
    ) -> Answer:
        """Send `request` and return its whole answer within `limit_s` seconds and `max_bytes`.

        Raises:
            ForbiddenTargetError: not http(s), or an address that is not public (and the target is not `trusted`).
            UntrustedCertificateError: the server's certificate does not hold.
            UnreachableError: no connection, or (BrokenOffError) one that ended before a whole answer of HTTP.
            TimedOutError: the time limit passed.
            TooLargeError: the answer is larger than `max_bytes`, or compressed.
        """
        deadline = Deadline(limit_s)
        backend = GuardedBackend(deadline=deadline, trusted=trusted, resolver=self._resolver)
        where = f"{request.method} {origin_of(str(request.url))}"
        raw = _raw(request)
        # One call, one connection: a pool around it would cost more than the call.
        with httpcore2.HTTPConnection(raw.url.origin, self._tls, network_backend=backend) as connection:
            try:
                return _exchange(connection, raw, deadline, max_bytes)
            except httpcore2.TimeoutException as error:
                raise TimedOutError(f"{where} gave no complete answer within {limit_s:g} s") from error
            except (httpcore2.NetworkError, httpcore2.ProtocolError, ssl.SSLError) as error:
                raise _failure(where, error) from error
            except NetError as error:
                raise type(error)(f"{where}: {error}") from error


@cache
def _trusting(authorities: str) -> ssl.SSLContext:
    """Read the certificates that are trusted, once a process: there are hundreds of them."""
    if _PEM in authorities:
        return ssl.create_default_context(cadata=authorities)
    return ssl.create_default_context(cafile=authorities or None)


@lru_cache(maxsize=256)
def _parsed(url: str) -> httpx2.URL:
    """Read an address, once where many messages go to it."""
    return httpx2.URL(url)


def _request(method: str, url: str, headers: Mapping[str, str], body: bytes | None) -> httpx2.Request:
    given = {"User-Agent": USER_AGENT, **headers, "Accept-Encoding": "identity", "Connection": "close"}
    try:
        request = httpx2.Request(method, _parsed(url), headers=given, content=body)
    except (httpx2.InvalidURL, UnicodeError, ValueError, TypeError) as error:
        raise ForbiddenTargetError(f"{origin_of(url)} is not a URL that can be called: {error}") from error
    if request.url.scheme not in {"http", "https"} or not request.url.host:
        raise ForbiddenTargetError(f"{origin_of(url)} is not an http or https URL")
    if request.url.userinfo and "Authorization" not in request.headers:
        pair = f"{request.url.username}:{request.url.password}".encode()
        request.headers["Authorization"] = f"Basic {b64encode(pair).decode()}"
    return request


def _raw(request: httpx2.Request) -> httpcore2.Request:
    url = httpcore2.URL(
        scheme=request.url.raw_scheme,
        host=request.url.raw_host,
        port=request.url.port,
        target=request.url.raw_path,
    )
    return httpcore2.Request(request.method, url, headers=request.headers.raw, content=request.read())


def _exchange(
    connection: httpcore2.HTTPConnection, request: httpcore2.Request, deadline: Deadline, max_bytes: int
) -> Answer:
    response = connection.handle_request(request)
    try:
        headers = httpx2.Headers(response.headers)
        ends = _certificate_ends(response)
        if headers.get("content-encoding", "identity").lower() != "identity":
            raise TooLargeError(f"the answer is compressed ({headers['content-encoding']}), which was not asked for")
        body = b"".join(_bounded(response.iter_stream(), max_bytes))
    finally:
        response.close()
    return Answer(
        status=response.status,
        headers=dict(headers),
        body=body,
        elapsed_s=deadline.elapsed_s(),
        certificate_ends=ends,
    )


def _certificate_ends(response: httpcore2.Response) -> datetime | None:
    secured: ssl.SSLObject | None = response.extensions["network_stream"].get_extra_info("ssl_object")
    ends = (secured.getpeercert() or {}).get("notAfter") if secured else None
    return datetime.fromtimestamp(ssl.cert_time_to_seconds(ends), UTC) if isinstance(ends, str) else None


def _bounded(chunks: Iterable[bytes], max_bytes: int) -> Iterator[bytes]:
    seen = 0
    for chunk in chunks:
        seen += len(chunk)
        if seen > max_bytes:
            raise TooLargeError(f"the answer is larger than {max_bytes} bytes")
        yield chunk


def _failure(where: str, error: Exception) -> NetError:
    cause: BaseException | None = error
    while cause is not None:
        if isinstance(cause, ssl.SSLCertVerificationError):
            return UntrustedCertificateError(f"{where}: the certificate does not hold: {cause.verify_message}")
        cause = cause.__cause__ or cause.__context__
    kind = UnreachableError if isinstance(error, httpcore2.ConnectError | ssl.SSLError) else BrokenOffError
    return kind(f"{where} did not answer: {redact(str(error)) or type(error).__name__}")
