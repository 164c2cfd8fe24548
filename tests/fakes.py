"""Stand-ins that pass the real ones' contract suites, and values to begin a test with."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from tocsin.domain.actor import SYSTEM, Actor
from tocsin.domain.incident.events import Declared, Event, EventBody, Noted
from tocsin.domain.incident.phases import Phase, Status
from tocsin.domain.incident.state import Incident
from tocsin.flows.storage import ConflictError, NewJob, Store
from tocsin.store.memory import ManualClock, MemoryStore

NOON = datetime(2026, 1, 5, 12, 0, tzinfo=UTC)
ANNA = Actor(kind="person", id="anna")

__all__ = [
    "ANNA",
    "NOON",
    "SYSTEM",
    "ManualClock",
    "MemoryStore",
    "a_job",
    "an_event",
    "an_incident",
    "append",
    "declare",
]

_numbers = itertools.count(1)


def an_incident(ref: str = "INC-1", **changes: Any) -> Incident:
    """Return an incident as it is after its declaration; its id follows from its reference."""
    declared = Incident(
        id=f"id-{ref.lower()}",
        ref=ref,
        seq=1,
        phase=Phase.ACTIVE,
        status=Status.INVESTIGATING,
        mode="standard",
        severity="SEV2",
        rank=2,
        title="Orders API answers 500",
        summary="",
        pack="digest",
        catalogue=1,
        declared_at=NOON,
        recorded_at=NOON,
    )
    return replace(declared, **changes)


def an_event(incident: Incident, body: EventBody, *, seq: int = 0, at: datetime = NOON) -> Event:
    """Return an event of `incident`, numbered as its last one unless `seq` says otherwise."""
    number = seq or incident.seq
    return Event(
        id=f"{incident.id}/{number}/{next(_numbers)}",
        incident=incident.id,
        seq=number,
        occurred_at=at,
        recorded_at=at,
        actor=ANNA,
        body=body,
    )


def declare(store: Store, ref: str = "INC-1", **changes: Any) -> Incident:
    """Save a new incident with its declaration and return it."""
    incident = an_incident(ref, **changes)
    body = Declared(title=incident.title, severity=incident.severity, ref=ref)
    with store.transaction() as tx:
        tx.save(incident, [an_event(incident, body, at=incident.recorded_at)])
    return incident


def append(store: Store, incident: str, text: str, *, jobs: Sequence[NewJob] = ()) -> Incident:
    """Load an incident by id, add a note to it, enqueue `jobs` and return its new state."""
    with store.transaction() as tx:
        before = tx.load(incident)
        if before is None:
            raise ConflictError(f"no incident {incident}")
        after = replace(before, seq=before.seq + 1)
        tx.save(after, [an_event(after, Noted(text=text), at=tx.now())])
        tx.enqueue(jobs)
        return after


def a_job(key: str = "k1", *, incident: str = "", **changes: Any) -> NewJob:
    """Return a job that has been due since long ago."""
    job = NewJob(key=key, kind="page", incident=incident, payload={"to": "anna"}, due=NOON - timedelta(days=365))
    return replace(job, **changes)
