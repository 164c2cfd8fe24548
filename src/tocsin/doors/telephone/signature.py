"""The signature of a provider's posts: HMAC-SHA1 over the address and the sorted fields, with the account's token."""

from __future__ import annotations

import hashlib
import hmac
from base64 import b64encode
from collections.abc import Iterable
from urllib.parse import urlsplit, urlunsplit

Fields = Iterable[tuple[str, str]]


def signature_of(token: str, url: str, fields: Fields) -> str:
    """Return what `X-Twilio-Signature` must say; a field that came twice with the same value counts once."""
    said = url + "".join(name + value for name, value in sorted(set(fields)))
    return b64encode(hmac.new(token.encode(), said.encode("utf-8", "replace"), hashlib.sha1).digest()).decode()


def is_signed(given: str, token: str, url: str, fields: Fields) -> bool:
    """Return whether a post was signed with the token; the address may have been signed with its port or without."""
    known = tuple(fields)
    right = [
        hmac.compare_digest(signature_of(token, one, known).encode(), given.encode()) for one in (url, _with_port(url))
    ]
    return bool(token) and bool(given) and any(right)


def _with_port(url: str) -> str:
    parts = urlsplit(url)
    if parts.port or not parts.hostname:
        return url
    host = f"[{parts.hostname}]" if ":" in parts.hostname else parts.hostname
    return urlunsplit(parts._replace(netloc=f"{host}:{443 if parts.scheme == 'https' else 80}"))
