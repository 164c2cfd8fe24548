"""Signatures by HMAC-SHA256 (RFC 2104) with a key of its own for each purpose; each names the key that made it."""

from __future__ import annotations

import hmac
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Sequence
from datetime import datetime
from functools import cache
from typing import Final

from tocsin.flows.ports import SignatureError

LONGEST: Final = 2_000
_PARTS: Final = 4
_KEY_ID_LENGTH: Final = 8
_DAMAGED: Final = "it was not signed here, or was cut short or changed on its way"


class HmacSigner:
    """Signs with the first of the secrets; what any of them signed is believed.

    A token is `KEY-ID.EXPIRES.TEXT.SIGNATURE`. The key id follows from the secret, so that nobody has to number keys; the
    purpose is not in the token but in the key, so that what was signed for one purpose is rubbish for another.
    """

    def sign(self, text: str, *, purpose: str, expires_at: datetime, secrets: Sequence[str]) -> str:
        """Return `text` signed until `expires_at`, in letters that any address may hold."""
        secret = secrets[0]
        claim = f"{key_id(secret)}.{int(expires_at.timestamp())}.{_encoded(text.encode())}"
        return f"{claim}.{_signature(secret, purpose, claim)}"

    def read(self, token: str, *, purpose: str, now: datetime, secrets: Sequence[str]) -> str:
        """Return the text that `sign` was given for the same purpose.

        Raises:
            SignatureError: none of the secrets signed it for this purpose, or it has expired.
        """
        parts = token.split(".")
        if len(token) > LONGEST or not token.isascii() or len(parts) != _PARTS:
            raise SignatureError(_DAMAGED)
        claim, _, signature = token.rpartition(".")
        secret = next((one for one in secrets if hmac.compare_digest(key_id(one), parts[0])), "")
        if not secret or not hmac.compare_digest(_signature(secret, purpose, claim), signature):
            raise SignatureError(_DAMAGED)
        # Ours from here on: what was signed can be read.
        if now.timestamp() >= int(parts[1]):
            raise SignatureError("it has expired", expired=True)
        return urlsafe_b64decode(parts[2] + "=" * (-len(parts[2]) % 4)).decode()


@cache
def key_id(secret: str) -> str:
    """Return the public name of a key, which gives nothing of the secret away."""
    return _mac(secret.encode(), "key id").hex()[:_KEY_ID_LENGTH]


def _signature(secret: str, purpose: str, claim: str) -> str:
    return _encoded(_mac(_key(secret, purpose), claim))


@cache
def _key(secret: str, purpose: str) -> bytes:
    return _mac(secret.encode(), f"purpose {purpose}")


def _mac(key: bytes, text: str) -> bytes:
    return hmac.digest(key, text.encode(), "sha256")


def _encoded(data: bytes) -> str:
    return urlsafe_b64encode(data).decode().rstrip("=")
