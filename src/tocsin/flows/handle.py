"""Load, decide, save: the one road by which anything happens to an incident."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

from tocsin.domain.actor import Actor
from tocsin.domain.errors import InvalidError
from tocsin.domain.incident.events import Declared, Event, EventBody, TimerElapsed
from tocsin.domain.incident.state import Incident
from tocsin.domain.incident.step import fold, step
from tocsin.domain.visibility import Viewer, may_see
from tocsin.flows.engine import Engine
from tocsin.flows.former import policy_then, remembering
from tocsin.flows.outbox import Handover
from tocsin.flows.policies import policy_of
from tocsin.flows.storage import Tx
from tocsin.flows.transact import transact

SKEW = timedelta(minutes=5)


class UnknownIncidentError(Exception):
    """No such incident (or it is none of your business, which looks the same)."""

    def __init__(self, ref: str) -> None:
        super().__init__(f"no incident is called {ref!r}")
        self.ref = ref


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """One thing that happened: a body, by whom, when it was true (None: now), and what it corrects."""

    body: EventBody
    actor: Actor
    occurred_at: datetime | None = None
    supersedes: str = ""


def handle(engine: Engine, ref: str, changes: Sequence[Change], *, viewer: Viewer) -> Incident:
    """Record `changes` of one incident in one transaction and return it.

    Raises:
        UnknownIncidentError: absent, or hidden from `viewer`.
        RefusedError: a rule said no; nothing was recorded.
        InvalidError: a value cannot be right; nothing was recorded.
    """
    return transact(engine, lambda tx: record(engine, tx, find(tx, ref, viewer), changes))


def find(tx: Tx, ref: str, viewer: Viewer) -> Incident:
    """Return a visible incident, locked for this transaction.

    Raises:
        UnknownIncidentError: absent, or hidden from `viewer`.
    """
    incident = load(tx, tx.resolve_ref(ref))
    if incident is None or not may_see(viewer, private=incident.private, members=incident.members):
        raise UnknownIncidentError(ref)
    return incident


def load(tx: Tx, incident: str) -> Incident | None:
    """Return the incident by its id, locked for this transaction; None when there is none.

    A snapshot that another version of the code wrote is folded anew: after an upgrade, clocks and people go on as before.
    """
    found = tx.load(incident)
    return found if found is not None or not tx.events(incident, limit=1) else refold(tx, incident)


def record(engine: Engine, tx: Tx, incident: Incident, changes: Sequence[Change]) -> Incident:
    """Fold `changes` into `incident` inside `tx`: events, snapshot, outbox and timers."""
    policy = policy_of(tx, incident.pack)
    shown = replace(policy, catalogue=remembering(tx, policy.catalogue, incident.catalogue))
    now = tx.now()
    events: list[Event] = []
    for change in changes:
        event = envelope(engine, incident, change, now)
        result = step(incident, event, policy)
        if isinstance(change.body, TimerElapsed) and replace(result.incident, seq=incident.seq) == incident:
            continue
        incident = result.incident
        events.append(event)
        Handover(engine=engine, incident=incident, event=event, policy=shown).write(tx, result.effects)
    if events:
        tx.save(incident, events)
    return incident


def envelope(engine: Engine, incident: Incident, change: Change, now: datetime) -> Event:
    """Put a change into its envelope.

    Raises:
        InvalidError: it claims to have happened in the future.
    """
    occurred = change.occurred_at or now
    require_past(occurred, now, "at")
    return Event(
        id=engine.new_id(),
        incident=incident.id,
        seq=incident.seq + 1,
        occurred_at=occurred.astimezone(UTC),
        recorded_at=now,
        actor=change.actor,
        body=change.body,
        supersedes=change.supersedes,
    )


def require_past(moment: datetime, now: datetime, field: str) -> None:
    """Let a time pass that may have been, give or take the clocks' difference.

    Raises:
        InvalidError: it has no zone or is in the future.
    """
    if moment.tzinfo is None:
        raise InvalidError("a time needs a zone", field=field, mend="Write it like 2026-01-31T14:23:00Z.")
    if moment > now + SKEW:
        mend = "Give the time it happened, in UTC."
        raise InvalidError(f"{moment:%Y-%m-%d %H:%M:%S} UTC is in the future", field=field, mend=mend)


def refold(tx: Tx, incident: str) -> Incident:
    """Return the state folded anew from its events: what a snapshot of another version is replaced by.

    The rules are those that it opened under, pack and catalogue, so that folding tomorrow gives the same. No effect is
    asked for again: they left when the events were recorded.

    Raises:
        UnknownIncidentError: there is no history that begins with a declaration.
    """
    events = tx.events(incident)
    first = events[0].body if events else None
    if not isinstance(first, Declared):
        raise UnknownIncidentError(incident)
    return fold(events, policy_then(tx, first.pack, tx.opened_under(incident), events[0].recorded_at))
