"""Retention: what is older than its setting goes, once an hour, by whichever worker the timer falls to."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta

from tocsin.flows.engine import Engine
from tocsin.flows.storage import Timer, Tx
from tocsin.flows.transact import transact

STREAM = "housekeeping/retention"
NAME = "prune"
EVERY = timedelta(hours=1)
# Remembered answers are promised for a day; logins carry their own end; every process that starts has a heartbeat of its own.
ALWAYS: Mapping[str, timedelta] = {
    "answers": timedelta(days=1),
    "logins": timedelta(0),
    "heartbeats": timedelta(days=1),
}


def begin(engine: Engine) -> None:
    """Arm the first round; a worker that starts does so, and several at once make one round."""
    transact(engine, lambda tx: tx.set_timer(STREAM, NAME, 1, tx.now()))


def prune(engine: Engine, timer: Timer, *, keep: Mapping[str, timedelta]) -> None:
    """Delete what `keep` (by kind) no longer holds; the next round is armed first, so that a broken one costs an hour only."""
    now = transact(engine, lambda tx: _next(tx, timer))
    if now is None:
        return
    for kind, kept in {**ALWAYS, **keep}.items():
        engine.store.prune(kind, now - kept)


def _next(tx: Tx, timer: Timer) -> datetime | None:
    if not tx.finish_timer(timer):
        return None
    now = tx.now()
    tx.set_timer(timer.stream, timer.name, timer.generation, now + EVERY)
    return now
