"""One API to look at, GET only: where it is, what it is sent, and how much of it there is time and room for."""

from __future__ import annotations

import http.client
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import TypeVar
from urllib.parse import urlencode

import msgspec

from tocsin.adapters.probes.refusals import ReadError
from tocsin.adapters.probes.unix import get_by_socket
from tocsin.domain.diagnosis.facts.blind_spots import Refusal
from tocsin.domain.diagnosis.redaction import excerpt, without
from tocsin.domain.errors import InvalidError
from tocsin.net.errors import NetError, TimedOutError, TooLargeError
from tocsin.net.http import Http
from tocsin.net.redaction import redact

Shape = TypeVar("Shape")
_SHORTEST_S = 0.05
_DENIED = frozenset({HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN})
_SAID = 300


class ApiError(ReadError):
    """The API did not answer, or not what was asked for; `kind` says why."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Api:
    """An API at `root` (http or https), or at a unix `socket`; `until` is in monotonic seconds.

    With `beginnings`, that of an answer will do which is larger (over a socket). `secrets` are hidden in everything it says.
    """

    http: Http
    until: float
    max_bytes: int
    beginnings: bool = False
    root: str = ""
    socket: str = ""
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    secrets: tuple[str, ...] = field(default=(), repr=False)

    @property
    def left_s(self) -> float:
        """The seconds that are left, never less than a moment."""
        return max(_SHORTEST_S, self.until - time.monotonic())

    def get(self, path: str, shape: type[Shape], **query: object) -> Shape:
        """Return the answer to one GET in the shape that is wanted.

        Raises:
            ApiError: there is none, it refuses, it is too large, or it has another shape.
        """
        body = self.fetch(path, **query)
        try:
            return msgspec.json.decode(body, type=shape)
        except (msgspec.MsgspecError, UnicodeDecodeError) as error:
            raise ApiError("other", self.clean(f"{path}: not what the API documents: {error}")) from error

    def fetch(self, path: str, **query: object) -> bytes:
        """Return the body of the answer to one GET.

        Raises:
            ApiError: there is none, it refuses, or it is too large.
        """
        asked = f"{path}?{urlencode(query)}" if query else path
        try:
            status, body = self._by_socket(asked) if self.socket else self._by_http(asked)
        except ApiError as error:
            raise ApiError(error.kind, self.clean(str(error))) from error
        if not HTTPStatus.OK <= status < HTTPStatus.MULTIPLE_CHOICES:
            raise ApiError(_kind(status), self.clean(f"{path}: HTTP {status} {_said(body)}"))
        return body

    def clean(self, text: str) -> str:
        """Return `text` on one short line without secrets."""
        return excerpt(redact(without(" ".join(text.split()), self.secrets)))

    def _by_http(self, asked: str) -> tuple[int, bytes]:
        url = self.root.rstrip("/") + asked
        try:
            answer = self.http.get(
                url, limit_s=self.left_s, trusted=True, headers=self.headers, max_bytes=self.max_bytes
            )
        except TimedOutError as error:
            raise ApiError("timeout", str(error)) from error
        except TooLargeError as error:
            raise ApiError("other", f"{error}; raise `max_bytes`, or ask for less") from error
        except NetError as error:
            raise ApiError("refused", str(error)) from error
        return answer.status, answer.body

    def _by_socket(self, asked: str) -> tuple[int, bytes]:
        try:
            answer = get_by_socket(self.socket, asked, limit_s=self.left_s, max_bytes=self.max_bytes)
        except TimeoutError as error:
            raise ApiError("timeout", f"{self.socket} did not answer in time") from error
        except PermissionError as error:
            raise ApiError("denied", f"{self.socket}: {error.strerror}") from error
        except (OSError, http.client.HTTPException) as error:
            raise ApiError("refused", f"{self.socket}: {error}") from error
        if not (answer.whole or self.beginnings):
            raise ApiError("other", f"{self.socket} answered more than {self.max_bytes} bytes; raise `max_bytes`")
        return answer.status, answer.body


def api_client(http: Http, authorities: str) -> Http:
    """Return the client that trusts `authorities`: a PEM file's path, or its text; the given one where there are none.

    Raises:
        ApiError: they cannot be read.
    """
    if not authorities:
        return http
    try:
        return Http(authorities=authorities)
    except OSError as error:
        raise ApiError("missing", f"`authorities` cannot be read: {error.strerror or error}") from error


def headers_of(token: str, headers: Mapping[str, str]) -> dict[str, str]:
    """Return the headers to send; `token` is a bearer token."""
    return {**headers, "Authorization": f"Bearer {token}"} if token else dict(headers)


def require_url(kind: str, url: str, field: str = "url") -> None:
    """Let an http or https URL pass, or a reference to one.

    Raises:
        InvalidError: it is neither.
    """
    if not url.startswith(("http://", "https://", "env:", "file:")):
        mend = "Write the API's root URL."
        raise InvalidError(f"{kind}: `{field}` is not an http or https URL", field=field, mend=mend)


def require_within(kind: str, options: msgspec.Struct, limits: Mapping[str, tuple[float, float]]) -> None:
    """Let options pass whose figures lie within `limits`.

    Raises:
        InvalidError: one does not.
    """
    for name, (least, most) in limits.items():
        if not least <= getattr(options, name) <= most:
            mend = f"Between {least:g} and {most:g}."
            raise InvalidError(f"{kind}: `{name}` is out of range", field=name, mend=mend)


def _kind(status: int) -> Refusal:
    return "denied" if status in _DENIED else "missing" if status == HTTPStatus.NOT_FOUND else "other"


def _said(body: bytes) -> str:
    return " ".join(body[: _SAID * 4].decode("utf-8", "replace").split())[:_SAID]
