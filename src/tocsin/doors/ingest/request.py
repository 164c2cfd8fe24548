"""One request of a sender: which integration it names, by which protocol, and the key it carries."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import NamedTuple
from urllib.parse import parse_qsl

from starlette.types import Scope

from tocsin.flows.pieces import Post
from tocsin.flows.ports import Envelope
from tocsin.flows.senders import Credentials

PREFIX = "/v1/in/"


class Address(NamedTuple):
    """The integration a path names, '' for none, and the rest of it, as the sender's protocol has it."""

    integration: str
    rest: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """A request with its body; `query` keeps every pair, since some protocols repeat a name."""

    method: str
    address: Address
    headers: Mapping[str, str] = field(default_factory=dict)
    query: tuple[tuple[str, str], ...] = ()
    body: bytes = b""

    def one(self, name: str) -> str:
        """Return the last value of a query parameter, '' without it."""
        return dict(self.query).get(name, "")

    def every(self, name: str) -> list[str]:
        """Return every value of a query parameter."""
        return [value for given, value in self.query if given == name]

    def post(self, kind: str, key: str) -> Post:
        """Return the request as a sender's post; its source does not see the key."""
        query = {name: value for name, value in self.query if name != "key"}
        envelope = Envelope(method=self.method, headers=self.headers, path=self.address.rest, query=query)
        return Post(integration=self.address.integration, kind=kind, key=key, body=self.body, envelope=envelope)

    def credentials(self, kind: str, key: str) -> Credentials:
        """Return who the sender says to be."""
        return Credentials(integration=self.address.integration, kind=kind, key=key)


def address_of(path: str) -> Address | None:
    """Return what a path addresses: `/v1/in/INTEGRATION/…`, or a protocol's own path, where the key tells the integration."""
    if path.startswith(PREFIX) and len(path) > len(PREFIX):
        integration, _, rest = path[len(PREFIX) :].partition("/")
        return Address(integration, rest)
    return Address("", path[1:]) if path.startswith(("/api/v2/", "/v2/")) else None


def request_of(scope: Scope, address: Address, body: bytes) -> Request:
    """Return the request of an ASGI scope."""
    return Request(
        method=scope["method"],
        address=address,
        headers=told_in(scope["headers"]),
        query=tuple(parse_qsl(scope["query_string"].decode("latin-1"), keep_blank_values=True)),
        body=body,
    )


def told_in(headers: Iterable[tuple[bytes, bytes]]) -> dict[str, str]:
    """Return headers by their names in lower case."""
    return {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in headers}


def key_of(request: Request) -> str:
    """Return the key from `Authorization` (a bearer token or a password), `X-Tocsin-Key`, or `?key=` for senders that can do no better."""
    kind, _, secret = request.headers.get("authorization", "").partition(" ")
    match kind.lower():
        case "bearer":
            return secret
        case "basic":
            return _password(secret)
        case _:
            return request.headers.get("x-tocsin-key", "") or request.one("key")


def _password(encoded: str) -> str:
    """Return the password of HTTP's basic authentication, '' when it is none; the name before it is anybody's."""
    try:
        pair = base64.b64decode(encoded, validate=True).decode()
    except (binascii.Error, UnicodeDecodeError):
        return ""
    return pair.partition(":")[2]
