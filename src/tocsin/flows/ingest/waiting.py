"""When alerts that are held back are looked at again: at the end of what holds them, at least once a minute of the clock.

Every time of day in routes, maintenance and silences is a whole minute in its zone, so nothing ends between two looks but
what names its own instant.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Final

from tocsin.domain.alerts.silences import Silence
from tocsin.domain.catalogue import Catalogue
from tocsin.flows.storage import Tx

HELD: Final = "held"
STREAM: Final = f"{HELD}/alerts"
NAME: Final = "release"
ASKED: Final = f"{HELD}/asked"
_MINUTE = timedelta(minutes=1)


def look_soon(tx: Tx) -> None:
    """See to it that alerts that are held back are looked at now: something that may hold them is gone."""
    tx.put_value(ASKED, str(int(tx.value(ASKED) or "0") + 1))
    tx.bring_forward(STREAM, NAME, tx.now())


def look_in_time(tx: Tx, known: Catalogue, silences: Iterable[Silence]) -> None:
    """See to it that alerts that are held back are looked at when the first thing that may hold them ends."""
    tx.bring_forward(STREAM, NAME, next_look(tx.now(), known, silences))


def next_look(now: datetime, known: Catalogue, silences: Iterable[Silence]) -> datetime:
    """Return when the first thing that may hold alerts back ends, or the next whole minute."""
    named = (*(window.ends for window in known.maintenance), *(one.ends_at for one in silences))
    ends = [end for end in named if end is not None and end > now]
    return min([*ends, _next_minute(now)])


def _next_minute(now: datetime) -> datetime:
    return now.replace(second=0, microsecond=0) + _MINUTE
