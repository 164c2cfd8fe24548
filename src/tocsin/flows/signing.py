"""Which secrets the installation signs with: those that are configured, else one that the database keeps."""

from __future__ import annotations

import secrets as chance
from dataclasses import dataclass, field
from datetime import timedelta

from tocsin.flows.ports import SignatureError, Signer
from tocsin.flows.storage import Tx

KEPT = "signing.secret"


@dataclass(frozen=True, slots=True, kw_only=True)
class Signing:
    """Signs what comes back through a person. `secrets` are the configured ones, newest first; the newest signs.

    Without any, the first to sign makes one and the database keeps it: every process of an installation reads the
    database, on whatever machine it runs, and a file in a home directory would be another secret on each.
    """

    signer: Signer
    secrets: tuple[str, ...] = field(default=(), repr=False)

    def sign(self, tx: Tx, text: str, *, purpose: str, valid: timedelta) -> str:
        """Return `text` signed for one purpose and a time."""
        known = self.secrets or (tx.first_value(KEPT, chance.token_urlsafe(32)),)
        return self.signer.sign(text, purpose=purpose, expires_at=tx.now() + valid, secrets=known)

    def read(self, tx: Tx, token: str, *, purpose: str) -> str:
        """Return the text that was signed for this purpose.

        Raises:
            SignatureError: it was not signed here for this purpose, or has expired.
        """
        known = self.secrets or tuple(filter(None, [tx.value(KEPT)]))
        if not known:
            raise SignatureError("nothing was ever signed here")
        return self.signer.read(token, purpose=purpose, now=tx.now(), secrets=known)
