"""Silences in SQL."""

from __future__ import annotations

from datetime import datetime

import msgspec
from sqlalchemy import bindparam, select

from tocsin.domain.alerts.silences import Silence
from tocsin.store.sql.part import Part
from tocsin.store.stamps import to_us
from tocsin.store.tables import silences as silence_rows

_ALL = select(silence_rows.c.body).order_by(silence_rows.c.ends_at.desc(), silence_rows.c.id.desc())
_LASTING = _ALL.where(silence_rows.c.ends_at > bindparam("_after"))


class SilenceRows(Part):
    """Which alerts tell nobody."""

    def put_silence(self, silence: Silence) -> None:
        """Insert a silence, or replace the one with its id."""
        values = {
            "id": silence.id,
            "starts_at": to_us(silence.starts_at),
            "ends_at": to_us(silence.ends_at),
            "body": msgspec.json.encode(silence).decode(),
        }
        self.upsert(silence_rows, values)

    def silence(self, silence_id: str) -> Silence | None:
        """Return a silence, locked for this transaction; None when unknown."""
        wanted = select(silence_rows.c.body).where(silence_rows.c.id == silence_id)
        found = self.one(wanted.with_for_update() if self.writable else wanted)
        return msgspec.json.decode(found.body, type=Silence) if found else None

    def silences(self, *, ending_after: datetime | None = None, limit: int = 0) -> list[Silence]:
        """Return silences that end after an instant (all without one), the last to end first; every one when `limit` is 0."""
        wanted, bound = (_ALL, {}) if ending_after is None else (_LASTING, {"_after": to_us(ending_after)})
        found = self.connection.execute(wanted.limit(limit) if limit else wanted, bound).all()
        return [msgspec.json.decode(row.body, type=Silence) for row in found]
