"""The dead man's switch: while all is well, an address outside hears of us; when it hears no more, somebody else tells.

A worker asks it, and only while pages go out: a Tocsin that runs and pages nobody is as bad as one that does not run.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Final

import msgspec

from tocsin.flows.engine import Engine
from tocsin.flows.ports import PermanentError, TransientError
from tocsin.flows.storage import Timer, Tx
from tocsin.flows.transact import transact

STREAM: Final = "housekeeping/deadman"
NAME: Final = "deadman"
KEPT: Final = "deadman"
# What should have gone out, or been looked at, this long ago is late enough to be silent about oneself.
LATEST_S: Final = 60.0
ALIVE: Final = timedelta(seconds=30)
Ask = Callable[[str], None]


class Knock(msgspec.Struct, frozen=True):
    """When the switch was asked last, and why it was not, or did not answer."""

    at: datetime
    trouble: str = ""


def begin(engine: Engine, *, wanted: bool) -> None:
    """Arm the first round, or end them where no address is set any more."""

    def arm(tx: Tx) -> None:
        if wanted:
            tx.bring_forward(STREAM, NAME, tx.now())
        else:
            tx.clear_timer(STREAM, NAME)
            tx.put_value(KEPT, "")

    transact(engine, arm)


def knock(engine: Engine, timer: Timer, *, url: str, every: timedelta, ask: Ask) -> str:
    """Ask the address if all is well; return why not, '' when it heard. The next round is armed first."""
    if not transact(engine, lambda tx: _next(tx, timer, every)):
        return "another worker does"
    trouble = unfit(engine)
    if not trouble:
        try:
            ask(url)
        except (TransientError, PermanentError) as error:
            trouble = str(error)
    transact(engine, lambda tx: tx.put_value(KEPT, _written(tx, trouble)))
    return trouble


def last_knock(tx: Tx) -> Knock | None:
    """Return what became of the last round; None where there is no switch."""
    raw = tx.value(KEPT)
    return msgspec.json.decode(raw, type=Knock) if raw else None


def unfit(engine: Engine) -> str:
    """Return what is so wrong that nobody outside should believe all is well; '' when nothing is."""
    with engine.store.reading() as tx:
        backlog, now = tx.backlog(), tx.now()
        living = {beat.role for beat in tx.heartbeats() if now - beat.at <= ALIVE}
    if backlog.get("oldest_due_s", 0.0) > LATEST_S:
        return "messages are more than a minute late"
    if backlog.get("oldest_timer_s", 0.0) > LATEST_S:
        return "clocks are more than a minute late"
    return "" if "serve" in living else "no server is alive: alerts are not being taken"


def _next(tx: Tx, timer: Timer, every: timedelta) -> bool:
    if not tx.finish_timer(timer):
        return False
    tx.set_timer(timer.stream, timer.name, timer.generation, tx.now() + every)
    return True


def _written(tx: Tx, trouble: str) -> str:
    return msgspec.json.encode(Knock(at=tx.now(), trouble=trouble[:300])).decode()
