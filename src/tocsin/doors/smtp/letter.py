"""A mail's envelope as a sender's post: the address names the integration, its key is in the address or in a header.

`INTEGRATION+KEY@anything`; or, with the key in `X-Tocsin-Integration-Key`, `INTEGRATION@anything` and `anything+INTEGRATION@anything`.
"""

from __future__ import annotations

from typing import NamedTuple

from tocsin.flows.pieces import Post
from tocsin.flows.ports import Envelope

KIND = "email"
HEADER = b"x-tocsin-integration-key"
MASK = b"***"
LONGEST_LOCAL_PART = 64


class Recipient(NamedTuple):
    """The two halves of an address' local part."""

    name: str
    tag: str


def recipient_of(address: str) -> Recipient | None:
    """Return whom an address names, None when it can be nobody here."""
    local, at, _ = address.rpartition("@")
    name, _, tag = local.strip('"').partition("+")
    fits = bool(at) and bool(name) and len(local) <= LONGEST_LOCAL_PART and local.isprintable()
    return Recipient(name, tag) if fits else None


def post_of(recipient: Recipient, mail: bytes) -> Post:
    """Return a mail as a post; the key does not stay in its headers."""
    given = _header_key(mail)
    key = given or recipient.tag
    integration = recipient.name if recipient.tag in {"", key} else recipient.tag
    return Post(integration=integration, kind=KIND, key=key, body=_without(mail, key), envelope=Envelope(path="mail"))


def _header_key(mail: bytes) -> str:
    for line in _head(mail).splitlines():
        name, _, value = line.partition(b":")
        if name.strip().lower() == HEADER:
            return value.strip().decode("utf-8", "replace")
    return ""


def _without(mail: bytes, key: str) -> bytes:
    """Return the mail with its key masked, wherever a server on its way wrote the address into a header."""
    head = _head(mail)
    return head.replace(key.encode(), MASK) + mail[len(head) :] if key else mail


def _head(mail: bytes) -> bytes:
    ends = [at for at in (mail.find(b"\r\n\r\n"), mail.find(b"\n\n")) if at >= 0]
    return mail[: min(ends)] if ends else mail
