"""What the store promises about silences; a part of `flows.storage.Tx`."""

from __future__ import annotations

from datetime import datetime
from typing import Protocol

from tocsin.domain.alerts.silences import Silence


class Silences(Protocol):
    """Silences, inside one transaction."""

    def put_silence(self, silence: Silence) -> None:
        """Insert a silence, or replace the one with its id."""
        ...

    def silence(self, silence_id: str) -> Silence | None:
        """Return a silence, locked for this transaction; None when unknown."""
        ...

    def silences(self, *, ending_after: datetime | None = None, limit: int = 0) -> list[Silence]:
        """Return silences that end after an instant (all without one), the last to end first; every one when `limit` is 0."""
        ...
