"""Alerts that were held back tell after all once nothing holds them: one timer looks at them all, if anything changed."""

from __future__ import annotations

from functools import partial
from itertools import groupby
from typing import Final

import msgspec

from tocsin.domain.alerts.intervals import holds
from tocsin.domain.alerts.maintenance import open_at
from tocsin.domain.alerts.silences import in_force
from tocsin.domain.catalogue import Catalogue
from tocsin.flows.alert_storage import KeptAlert
from tocsin.flows.engine import Engine
from tocsin.flows.ingest.joining import Incidents
from tocsin.flows.ingest.sender import sender_named
from tocsin.flows.ingest.waiting import ASKED, HELD, look_in_time
from tocsin.flows.policies import catalogue
from tocsin.flows.storage import Timer, Tx
from tocsin.flows.transact import transact

BATCH: Final = 500
_SEEN: Final = f"{HELD}/seen"


def release(engine: Engine, timer: Timer) -> None:
    """Let every alert that nothing holds back any longer join or open its incident, so many a transaction."""
    world = transact(engine, lambda tx: _next(tx, timer))
    if not world:
        return
    after = 0
    while after >= 0:
        after = transact(engine, partial(_release, engine, after))
    transact(engine, lambda tx: tx.put_value(_SEEN, world))


def _next(tx: Tx, timer: Timer) -> str:
    """Take the timer and arm the next look; '' when nothing is held back, or nothing that holds has changed."""
    if not tx.finish_timer(timer) or not tx.firing_rows(held=True, limit=1):
        return ""
    known = catalogue(tx)
    look_in_time(tx, known, tx.silences(ending_after=tx.now()))
    world = _world(tx, known)
    return "" if tx.value(_SEEN) == world else world


def _world(tx: Tx, known: Catalogue) -> str:
    """Return in one line all that holds alerts back now: while it stays the same, so do they."""
    now = tx.now()
    intervals = {interval.key: interval for interval in known.time_intervals}
    silences = sorted(one.id for one in tx.silences(ending_after=now) if in_force(one, now))
    windows = [window.key for window in known.maintenance if open_at(window, intervals, now)]
    hours = [interval.key for interval in known.time_intervals if holds(interval.any_of, now)]
    return msgspec.json.encode((known.version, tx.value(ASKED), silences, windows, hours)).decode()


def _release(engine: Engine, after: int, tx: Tx) -> int:
    """Look at some alerts and return the number of the last, -1 when there are no more."""
    rows = tx.firing_rows(held=True, after=after, limit=BATCH)
    known = catalogue(tx)
    for source, some in groupby(sorted(rows, key=lambda row: row.source), key=lambda row: row.source):
        incidents = Incidents(engine=engine, tx=tx, sender=sender_named(known, source))
        _tell(tx, incidents, list(some))
    return rows[-1].id if len(rows) == BATCH else -1


def _tell(tx: Tx, incidents: Incidents, rows: list[KeptAlert]) -> None:
    incidents.expect([row.state for row in rows])
    joined = []
    for row in rows:
        where = incidents.fired(row.state)
        if where.incident is not None:
            state = row.state.in_incident(where.home)
            joined.append(KeptAlert(source=row.source, state=state, id=row.id, version=row.version, group=where.group))
    if joined:
        tx.put_alerts(joined)
    incidents.save()
