"""What every part of a memory transaction shares."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

import msgspec

from tocsin.store.memory.rows import Rows


class Part:
    """A transaction's tables and time. `writable` is false in a read-only snapshot."""

    def __init__(self, rows: Rows, now: datetime, *, writable: bool) -> None:
        self.rows = rows
        self.writable = writable
        self.rings = False
        self._now = now

    def now(self) -> datetime:
        """Return the clock's time when the transaction began; never before what was loaded."""
        return self._now

    def not_before(self, at: datetime) -> None:
        """Raise `now` to `at` where a clock ran behind."""
        self._now = max(self._now, at)

    def count(self, name: str) -> int:
        """Return the next number of an internal sequence, from 1."""
        self.rows.sequences[name] = self.rows.sequences.get(name, 0) + 1
        return self.rows.sequences[name]


def plain(body: Mapping[str, object]) -> Mapping[str, object]:
    """Return what a database would give back: the same through JSON."""
    decoded: Mapping[str, object] = msgspec.json.decode(msgspec.json.encode(body))
    return decoded
