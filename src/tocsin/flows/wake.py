"""A timer came due: tell the incident. What looks at the world (monitors, gates) is handed on to its own flow."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from tocsin.domain.actor import SYSTEM
from tocsin.domain.errors import RefusedError
from tocsin.domain.incident.events import Closed, EventBody, TimerElapsed
from tocsin.domain.incident.state import Incident
from tocsin.domain.incident.step.holding import is_known
from tocsin.domain.incident.step.verifying import window_over
from tocsin.flows.engine import Engine
from tocsin.flows.handle import Change, load, record
from tocsin.flows.ingest import Hearing
from tocsin.flows.policies import policy_of
from tocsin.flows.storage import StoreUnavailableError, Timer, Tx
from tocsin.flows.transact import transact

Looker = Callable[[Timer], None]


def wake(engine: Engine, timer: Timer, lookers: Mapping[str, Looker]) -> None:
    """Carry out one due timer.

    `lookers` maps a stream's first word (`monitor`, `housekeeping`) or a timer's name (`gates`) to the flow that does I/O
    and arms the timer anew itself.
    """
    looker = _looker(timer, lookers)
    if looker is not None:
        looker(timer)
        return
    transact(engine, lambda tx: _tell(engine, tx, timer, Hearing(tx=tx)) if tx.finish_timer(timer) else None)


def wake_together(engine: Engine, timers: Sequence[Timer], lookers: Mapping[str, Looker]) -> Sequence[Timer]:
    """Tell incidents of several due timers in one transaction; return those that are left to be carried out alone.

    That is whatever looks at the world, and what somebody else works on now; all of them when one breaks, so that it alone
    is put off.
    """
    plain = [timer for timer in timers if _looker(timer, lookers) is None]
    if len(plain) <= 1:
        return timers
    try:
        left = transact(engine, lambda tx: _tell_all(engine, tx, plain))
    except StoreUnavailableError:
        raise
    except Exception:  # noqa: BLE001 (which one broke shows when each is carried out alone)
        return timers
    return [timer for timer in timers if timer in left or _looker(timer, lookers) is not None]


def _looker(timer: Timer, lookers: Mapping[str, Looker]) -> Looker | None:
    return lookers.get(timer.name) or lookers.get(timer.stream.partition("/")[0])


def _tell_all(engine: Engine, tx: Tx, timers: Sequence[Timer]) -> Sequence[Timer]:
    at_hand = tx.load_together({timer.stream for timer in timers})
    hearing = Hearing(tx=tx)
    for timer in tx.finish_timers([timer for timer in timers if timer.stream in at_hand]):
        _tell(engine, tx, timer, hearing)
    return [timer for timer in timers if timer.stream not in at_hand]


def _tell(engine: Engine, tx: Tx, timer: Timer, hearing: Hearing) -> None:
    incident = load(tx, timer.stream)
    if incident is None:
        return  # there is nobody left to tell: the timer is gone with its incident
    if incident.timers.get(timer.name) != timer.generation:
        return
    held = hearing.held(incident, timer)
    if held is not None and is_known(incident, held):
        tx.set_timer(timer.stream, timer.name, timer.generation, held.until)  # known already: only the next look is new
        return
    body = held or _meaning(tx, incident, timer)
    try:
        record(engine, tx, incident, [Change(body=body, actor=SYSTEM)])
    except RefusedError:
        # A rule stands against it (a review that is still owed keeps an incident open): the timer is spent, no more.
        record(engine, tx, incident, [Change(body=_elapsed(timer), actor=SYSTEM)])


def _meaning(tx: Tx, incident: Incident, timer: Timer) -> EventBody:
    match timer.name:
        case "watch":
            return window_over(incident, policy_of(tx, incident.pack))
        case "close_after":
            return Closed(reason="closed by the pack's clock after resolution")
        case _:
            return _elapsed(timer)


def _elapsed(timer: Timer) -> TimerElapsed:
    return TimerElapsed(name=timer.name, generation=timer.generation)
