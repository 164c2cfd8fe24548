"""What the machinery could not do: tried again, and in the end said where people look, never dropped in silence."""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial

from tocsin.domain.actor import SYSTEM
from tocsin.domain.incident.events import Delivered, DeliveryFailed, EventBody, Noted, PlanEnded
from tocsin.domain.incident.state import Incident
from tocsin.domain.visibility import WORKER
from tocsin.flows.backoff import Jitter, backoff
from tocsin.flows.engine import Engine
from tocsin.flows.handle import Change, UnknownIncidentError, find, load, record
from tocsin.flows.onward import send_on
from tocsin.flows.storage import ConflictError, Job, StoreUnavailableError, Timer, Tx
from tocsin.flows.transact import transact

TRIES = 6
AGAIN = timedelta(minutes=5)
# Looked at again for as long as there is something to look at; every other timer means one thing, once.
RECURRING = frozenset({"look", "gates", "rediagnose", "prune", "lease", "deadman", "notices"})
# As long as nobody has the incident somebody has to be woken: whatever broke may have been mended meanwhile.
VITAL = frozenset({"escalate", "page_again", "snooze", "ack_timeout", "group_wait", "group_repeat"})
STORE_ERRORS = (StoreUnavailableError, ConflictError)


def put_aside(engine: Engine, job: Job, reason: str, *, jitter: Jitter = random.random) -> str:
    """Put a row whose runner broke out of the way, later or for good; return what became of it: postponed, buried or lost.

    It may have broken after the outside took what was sent, so the next try says that it may be a repeat.
    """
    if job.attempt >= TRIES:
        return "buried" if close(engine, job, _epitaph(job, reason), reason, dead=True) else "lost"

    def later(tx: Tx) -> bool:
        return tx.postpone(job, tx.now() + backoff(job.attempt, jitter=jitter), reason, unknown=True)

    return "postponed" if transact(engine, later) else "lost"


def close(
    engine: Engine, job: Job, body: EventBody | None, text: str, *, dead: bool = False, told_at: datetime | None = None
) -> bool:
    """Settle (or bury) the row and record the event in one transaction; False, and nothing written, when the lease was lost.

    A buried message to a person goes on to their next method in that transaction. `told_at` is when a delivered one was
    taken, where that is not when this attempt was.
    What happened outside has happened: a record that cannot take the event gets a note, one that is gone nothing.
    """
    end = _End(engine=engine, job=job, body=body if job.incident else None, text=text, dead=dead, told_at=told_at)
    return engine.closing.ask(end, partial(_close_all, engine), end.alone)


def _close_all(engine: Engine, ends: Sequence[_End]) -> Mapping[int, bool]:
    """End rows in one transaction, but for those that somebody else works on or whose incident somebody holds."""

    def write(tx: Tx) -> Mapping[int, bool]:
        held = tx.lock_jobs([end.job for end in ends])
        at_hand = tx.load_together({end.job.incident for end in ends if end.body is not None})
        free = [n for n, one in enumerate(ends) if one.job.id in held and (not one.body or one.job.incident in at_hand)]
        return {number: ends[number].write(tx, ends[number].body) for number in free}

    return transact(engine, write)


def put_off(engine: Engine, timer: Timer, reason: str) -> str:
    """Deal with a timer whose flow broke: its lease tries again, until it is dropped with a note, or looked at much later."""
    if timer.attempt < TRIES:
        return "retried"
    return transact(engine, lambda tx: _dropped(engine, tx, timer, reason))


def note(engine: Engine, tx: Tx, incident: str, text: str) -> None:
    """Write a note of the machinery's own into an incident, if there is one."""
    try:
        found = find(tx, incident, WORKER)
    except UnknownIncidentError:
        return
    record(engine, tx, found, [Change(body=Noted(text=text), actor=SYSTEM)])


@dataclass(frozen=True, slots=True, kw_only=True)
class _End:
    """How a row ends."""

    engine: Engine
    job: Job
    body: EventBody | None
    text: str
    dead: bool
    told_at: datetime | None = None

    def alone(self) -> bool:
        """Write it in a transaction of its own, with a note where the record cannot take the event, or with nothing."""
        for attempt in _from_best(self.job, self.body):
            try:
                return transact(self.engine, partial(self.write, body=attempt))
            except STORE_ERRORS:
                raise
            except Exception:  # noqa: BLE001, S112 (whatever is wrong with the record, the message must not be sent again for it)
                continue
        return transact(self.engine, partial(self.write, body=None))

    def write(self, tx: Tx, body: EventBody | None) -> bool:
        if not (tx.bury(self.job, self.text) if self.dead else tx.settle(self.job, self.text)):
            return False
        if self.dead:
            send_on(tx, self.job)
        if body is not None:
            sent_at = self.told_at or _sent_at(self.job) if isinstance(body, Delivered) else None
            told = Change(body=body, actor=SYSTEM, occurred_at=sent_at)
            record(self.engine, tx, self._incident(tx), [told])
        return True

    def _incident(self, tx: Tx) -> Incident:
        found = load(tx, self.job.incident)
        if found is None:
            raise UnknownIncidentError(self.job.incident)
        return found


def _sent_at(job: Job) -> datetime:
    """Return when a message was sent, which is when somebody was told: they may answer before the channel has said so.

    An earlier attempt whose end nobody knows may have told them already, as early as it was due.
    """
    return min(job.due, job.taken_at) if job.previous_outcome_unknown else job.taken_at


def _from_best(job: Job, body: EventBody | None) -> Sequence[EventBody]:
    if body is None:
        return ()
    return (body, Noted(text=f"{type(body).__name__} of {job.key} could not be recorded"))


def _epitaph(job: Job, reason: str) -> EventBody:
    match job.kind:
        case "page" | "message" | "reminder":
            via = str(job.payload.get("method") or job.payload.get("via") or job.payload.get("channel") or "")
            to = str(job.payload.get("to"))
            return DeliveryFailed(key=job.key, kind=job.kind, to=to, via=via, reason=reason, attempt=job.attempt)
        case "run_plan":
            told = (f"the run broke off: {reason}", "look at the world before you plan again")
            return PlanEnded(plan=str(job.payload.get("plan")), result="unknown", output=told)
        case _:
            return Noted(text=f"Tocsin gave up on {job.kind} after {job.attempt} tries: {reason}")


def _dropped(engine: Engine, tx: Tx, timer: Timer, reason: str) -> str:
    if not tx.finish_timer(timer):
        return "lost"
    if timer.name in RECURRING | VITAL:
        tx.set_timer(timer.stream, timer.name, timer.generation, tx.now() + AGAIN)
        if timer.name in VITAL:
            note(
                engine, tx, timer.stream, f"Tocsin cannot carry out the clock {timer.name!r} and keeps trying: {reason}"
            )
        return "postponed"
    note(engine, tx, timer.stream, f"Tocsin gave up on the clock {timer.name!r}: {reason}")
    return "dropped"
