"""Silences in memory."""

from __future__ import annotations

from datetime import datetime

from tocsin.domain.alerts.silences import Silence
from tocsin.store.memory.part import Part


class SilenceRows(Part):
    """Which alerts tell nobody."""

    def put_silence(self, silence: Silence) -> None:
        """Insert a silence, or replace the one with its id."""
        self.rows.silences[silence.id] = silence

    def silence(self, silence_id: str) -> Silence | None:
        """Return a silence; None when unknown."""
        return self.rows.silences.get(silence_id)

    def silences(self, *, ending_after: datetime | None = None, limit: int = 0) -> list[Silence]:
        """Return silences that end after an instant (all without one), the last to end first; every one when `limit` is 0."""
        found = [one for one in self.rows.silences.values() if ending_after is None or one.ends_at > ending_after]
        ordered = sorted(found, key=lambda one: (one.ends_at, one.id), reverse=True)
        return ordered[:limit] if limit else ordered
