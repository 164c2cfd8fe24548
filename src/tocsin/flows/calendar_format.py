"""What flows need of calendar files."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One person's hours as calendars get them. `uid` stays the same when the end moves."""

    uid: str
    starts: datetime
    ends: datetime
    person: str
    email: str
    title: str
    cancelled: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """Hours as a calendar has them: every name and address of whoever has them that the event holds, in small letters."""

    starts: datetime
    ends: datetime
    names: tuple[str, ...]
    title: str


class CalendarFormat(Protocol):
    """Writes and reads calendar files."""

    def write(self, name: str, entries: Sequence[Entry], stamp: datetime) -> str:
        """Return a calendar file that was made at `stamp`."""
        ...

    def read(self, text: str, begin: datetime, end: datetime, zone: str) -> list[Found]:
        """Return what happens from `begin` to `end`; times without a zone are those of `zone`.

        Raises:
            InvalidError: the text is no calendar, or holds more than can be taken over.
        """
        ...
