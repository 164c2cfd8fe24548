"""Hidden form tokens: proof that a form came from a page of ours, and a number that makes a double submit harmless.

The CSRF proof is salted anew on every page, so that compression gives nothing of it away.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
import threading
from collections.abc import Callable
from typing import Final

from tocsin.flows.engine import Engine
from tocsin.flows.repetitions import claimed, kept, released
from tocsin.flows.storage import Answer

_STRIPES: Final = 64
SEE_OTHER: Final = 303


def proof(secret: str) -> str:
    """Return a fresh token that only who knows `secret` can make."""
    salt = secrets.token_urlsafe(9)
    return f"{salt}.{_sign(secret, salt)}"


def proven(given: str, secret: str) -> bool:
    """Return whether `given` was made from `secret`, in constant time."""
    salt, _, signature = given.partition(".")
    return bool(secret) and hmac.compare_digest(signature.encode(), _sign(secret, salt).encode())


def nonce() -> str:
    """Return a number used once."""
    return secrets.token_urlsafe(9)


def _sign(secret: str, salt: str) -> str:
    return hmac.new(secret.encode(), salt.encode(), hashlib.sha256).hexdigest()[:32]


class Once:
    """Does what a form asks once, however often it is sent: the store remembers where the first went on to."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._locks = [threading.Lock() for _ in range(_STRIPES)]

    def do(self, key: str, actor: str, act: Callable[[], str]) -> str:
        """Return where to go on: what `act` answers the first time, the same again afterwards.

        A refusal (an exception of `act`) is not remembered. Without a key nothing is.
        """
        if not key:
            return act()
        with self._locks[hash((key, actor)) % _STRIPES]:
            known = claimed(self._engine, f"web/{key}", actor)
            if known is not None:
                return known.body
            try:
                location = act()
            except Exception:
                released(self._engine, f"web/{key}", actor)
                raise
            kept(self._engine, f"web/{key}", actor, Answer(request_hash="", status=SEE_OTHER, body=location))
            return location
