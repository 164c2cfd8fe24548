"""Signatures over a body: whoever cannot make them is not the sender."""

from __future__ import annotations

import hashlib
import hmac

from tocsin.flows.ports import UnverifiedError


def require_hmac(secret: str, body: bytes, given: str, *, header: str) -> None:
    """Let a post pass whose `given` signature is the HMAC-SHA256 of `body`, in hex; without a secret every post passes.

    Raises:
        UnverifiedError: the signature is missing or another one.
    """
    if not secret:
        return
    if not given:
        raise UnverifiedError(f"the header {header} is missing: set the same secret at the sender")
    expected = hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()
    # As bytes: text that is not ASCII cannot be compared in constant time.
    if not hmac.compare_digest(expected.encode(), given.strip().lower().encode("utf-8", "replace")):
        raise UnverifiedError(f"the signature in {header} does not fit this body: the two secrets differ")
