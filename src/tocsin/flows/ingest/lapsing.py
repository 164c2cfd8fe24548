"""Alerts whose sender fell silent end with their lease: one timer watches them all, due when the first of them ends.

While nobody could take a refresh, silence says nothing: after the door was shut, senders get the time to come again, so that
an alert that holds others back is not taken for over by those who were away.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from itertools import groupby

from tocsin.domain.alerts.fold import AlertState, expire
from tocsin.flows.engine import Engine
from tocsin.flows.ingest.inhibitors import Inhibitors
from tocsin.flows.ingest.joining import Incidents
from tocsin.flows.ingest.sender import sender_named
from tocsin.flows.policies import catalogue
from tocsin.flows.storage import Timer, Tx
from tocsin.flows.transact import transact

LEASES = "alert"
STREAM = f"{LEASES}/leases"
NAME = "lapse"
BATCH = 500
AWAY = timedelta(seconds=30)
"""A door without a sign of life for so long was shut."""
AGAIN = timedelta(minutes=2)
"""Within this time of the door's opening every sender that is there has come again: Prometheus does after one minute."""
OPENED = f"{LEASES}/opened"
EVERY = timedelta(seconds=1)
"""Leases that end one after another are looked at together, this often at most."""


def watch_leases(tx: Tx, states: Iterable[AlertState]) -> None:
    """See to it that somebody looks when the first of these leases ends."""
    ends = [state.expires_at for state in states if state.expires_at is not None]
    if ends:
        tx.bring_forward(STREAM, NAME, min(ends))


def lapse(engine: Engine, timer: Timer) -> None:
    """End the alerts whose lease ran out without a refresh, so many a transaction; the next look is armed first."""
    if not transact(engine, lambda tx: _next(tx, timer)):
        return
    while transact(engine, lambda tx: _lapse(engine, tx)) == BATCH:
        continue


def door_opens(tx: Tx) -> None:
    """Note that senders can be heard again, where they could not before; called by who opens the door, before its first beat."""
    last = _last_beat(tx)
    if tx.next_lapse() is not None and (last is None or tx.now() - last > AWAY):
        tx.put_value(OPENED, tx.now().isoformat())


def _next(tx: Tx, timer: Timer) -> bool:
    """Take the timer, and arm it for the next lease that ends; one that has ended is looked at soon again, should we die now."""
    if not tx.finish_timer(timer):
        return False
    heard = _heard_from(tx)
    first = tx.next_lapse()
    if first is not None:
        tx.bring_forward(STREAM, NAME, max(first, tx.now() + EVERY, heard))
    return heard <= tx.now()


def _heard_from(tx: Tx) -> datetime:
    """Return from when on a sender's silence means something: past, but after the door was shut."""
    now, last, opened = tx.now(), _last_beat(tx), tx.value(OPENED)
    if last is not None and now - last > AWAY:
        return now + AWAY
    return datetime.fromisoformat(opened) + AGAIN if opened else now


def _last_beat(tx: Tx) -> datetime | None:
    return max((beat.at for beat in tx.heartbeats() if beat.role == "serve"), default=None)


def _lapse(engine: Engine, tx: Tx) -> int:
    found = tx.lapsed_alerts(BATCH)
    over = [row.with_state(expire(row.state, tx.now()).state) for row in found]
    if not over:
        return 0
    tx.put_alerts(over)
    known = catalogue(tx)
    fired = {row.id: row.state for row in found}
    for source, some in groupby(sorted(over, key=lambda row: row.source), key=lambda row: row.source):
        rows = list(some)
        sender = sender_named(known, source)
        Inhibitors(tx=tx, known=known).moved(sender, ((fired[row.id], row.state) for row in rows))
        incidents = Incidents(engine=engine, tx=tx, sender=sender)
        for row in rows:
            incidents.ended(row.state)
        incidents.save()
    return len(found)
