"""Signatures over a body, and the time in it: whoever cannot make them is not the sender, and what is old was overheard."""

from __future__ import annotations

import hashlib
import hmac
from datetime import datetime, timedelta

from tocsin.flows.ports import InboundPost, UnverifiedError


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


def require_recent(at: datetime | None, post: InboundPost, *, within: timedelta, where: str) -> None:
    """Let a post pass that was signed `within` that long of being received; what an operator replays may be older.

    Raises:
        UnverifiedError: it is older, or does not say when it was signed.
    """
    if post.replayed:
        return
    if at is None:
        raise UnverifiedError(f"{where} is missing: without it an old post cannot be told from a new one")
    if post.received_at - at > within:
        minutes = round(within.total_seconds() / 60)
        mend = "Compare the clocks of both sides."
        raise UnverifiedError(f"{where} is {at.isoformat()}, more than {minutes} minutes ago. {mend}")
