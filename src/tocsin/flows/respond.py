"""The verbs of a response that need more than one event, an id, or a second incident."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from tocsin.domain.actor import Actor
from tocsin.domain.catalogue import Catalogue
from tocsin.domain.errors import InvalidError, RefusedError
from tocsin.domain.incident.checklist import checklists
from tocsin.domain.incident.events import (
    Acknowledged,
    ChecklistTicked,
    Event,
    EventBody,
    FollowUpAdded,
    MemberChanged,
    Merged,
    MilestoneReached,
    Related,
    Resolved,
    Retracted,
    ScopeChanged,
    TaskGiven,
    Unmerged,
    WatchEnded,
)
from tocsin.domain.incident.state import Incident
from tocsin.domain.policy.deadlines import count_recurrences
from tocsin.domain.visibility import WORKER, Viewer
from tocsin.flows.declare import require_services
from tocsin.flows.engine import Engine
from tocsin.flows.handle import Change, find, handle, record
from tocsin.flows.merging import absorbing, releasing
from tocsin.flows.policies import catalogue, policy_of
from tocsin.flows.queries import see
from tocsin.flows.storage import IncidentFilter, Tx
from tocsin.flows.transact import transact

MOST_LOOKED_AT = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class By:
    """Who acts, with whose eyes."""

    actor: Actor
    viewer: Viewer


def act(engine: Engine, ref: str, body: EventBody, by: By, *, occurred_at: datetime | None = None) -> Incident:
    """Record one thing a person did and return the incident.

    Raises:
        InvalidError: it names a person or a service that nobody knows.
    """
    with engine.store.reading() as tx:
        _require_known(catalogue(tx), body)
    return handle(engine, ref, [Change(body=body, actor=by.actor, occurred_at=occurred_at)], viewer=by.viewer)


def _require_known(known: Catalogue, body: EventBody) -> None:
    match body:
        case Acknowledged(person=person) | MemberChanged(person=person, removed=False) if known.person(person) is None:
            mend = "Use a key of `people` in tocsin.yaml."
            raise InvalidError(f"nobody is called {person!r}", field="person", mend=mend)
        case ScopeChanged(services=services):
            require_services(known, services)
        case _:
            pass


def change_member(engine: Engine, ref: str, body: MemberChanged, by: By) -> Incident:
    """Say who may see a private incident.

    Raises:
        RefusedError: somebody takes themselves out, which could leave nobody who can see it.
    """
    if body.removed and body.person == by.viewer.person:
        mend = "Ask another member to take you out."
        raise RefusedError("you cannot take yourself out of an incident's members", mend=mend)
    return act(engine, ref, body, by)


def tick(engine: Engine, ref: str, body: ChecklistTicked, by: By) -> Incident:
    """Tick a checklist's item, or untick it.

    Raises:
        InvalidError: no checklist of the incident's pack has such an item.
    """
    with engine.store.reading() as tx:
        incident = see(tx, by.viewer, ref)
        lists = checklists(incident, policy_of(tx, incident.pack).pack)
    keys = [item.key for one in lists for item in one.items]
    if body.item not in keys and body.item not in {key.partition("/")[2] for key in keys}:
        mend = f"Items: {', '.join(keys) or 'none'}."
        raise InvalidError(f"no checklist has an item {body.item!r}", field="item", mend=mend)
    return act(engine, ref, body, by)


def give_task(engine: Engine, ref: str, title: str, by: By, *, owner: str = "") -> tuple[Incident, str]:
    """Delegate work and return the incident with the new task's id (`t1`, `t2`, …)."""

    def give(tx: Tx) -> tuple[Incident, str]:
        incident = find(tx, ref, by.viewer)
        key = f"t{len(incident.tasks) + 1}"
        change = Change(body=TaskGiven(task=key, title=title, owner=owner), actor=by.actor)
        return record(engine, tx, incident, [change]), key

    return transact(engine, give)


def add_followup(engine: Engine, ref: str, item: FollowUpAdded, by: By) -> tuple[Incident, str]:
    """Add an action item under a fresh id (`a1`, `a2`, …) and return it with the incident."""

    def add(tx: Tx) -> tuple[Incident, str]:
        incident = find(tx, ref, by.viewer)
        key = f"a{len(incident.followups) + 1}"
        return record(engine, tx, incident, [Change(body=replace(item, followup=key), actor=by.actor)]), key

    return transact(engine, add)


def resolve(
    engine: Engine, ref: str, body: Resolved, by: By, *, anyway: str = "", at: datetime | None = None
) -> Incident:
    """Give the all-clear. `anyway` is the reason for not waiting for gates and the watch window; it is recorded."""

    def give(tx: Tx) -> Incident:
        incident = find(tx, ref, by.viewer)
        said = replace(body, recurrences=recurrences(tx, incident))
        changes = [Change(body=said, actor=by.actor, occurred_at=at)]
        if anyway:
            changes.insert(0, Change(body=WatchEnded(result="shortened", reason=anyway), actor=by.actor))
        return record(engine, tx, incident, changes)

    return transact(engine, give)


def recurrences(tx: Tx, incident: Incident) -> int:
    """Return how often the same severity struck the same services within the span its review rule looks back (R-PM-1)."""
    level = policy_of(tx, incident.pack).level(incident.severity)
    if level.review_recurring_within is None or not incident.services:
        return 0
    wanted = IncidentFilter(services=incident.services, severities=(incident.severity,), modes=("standard",))
    listed = tx.list_incidents(WORKER, wanted, limit=MOST_LOOKED_AT).items
    return count_recurrences(level, incident.declared_at, (i.declared_at for i in listed if i.id != incident.id))


def merge(engine: Engine, ref: str, into: str, by: By, *, reason: str = "") -> Incident:
    """Merge `ref` into `into`; both records say so, and alerts and references follow. Return the one that goes on.

    Alerts follow because it is about the other's services from now on, and `flows.ingest.homes` goes where groups went.
    """

    def join(tx: Tx) -> Incident:
        gone, kept = _both(tx, (ref, into), by)
        if not kept.open:
            raise RefusedError(f"{kept.ref} is {kept.phase}: nothing can be merged into it", mend="Choose an open one.")
        record(engine, tx, gone, [Change(body=Merged(into=kept.id, reason=reason), actor=by.actor)])
        return record(engine, tx, kept, [Change(body=absorbing(gone, kept), actor=by.actor)])

    return transact(engine, join)


def unmerge(engine: Engine, ref: str, reason: str, by: By) -> Incident:
    """Undo a merge and return the incident that stands alone again."""

    def part(tx: Tx) -> Incident:
        gone = find(tx, ref, by.viewer)
        kept_id = gone.merged_into
        moved = record(engine, tx, gone, [Change(body=Unmerged(reason=reason), actor=by.actor)])
        # Whoever may see this one may take it out again, even of one they may not see.
        kept = find(tx, kept_id, WORKER)
        record(engine, tx, kept, [Change(body=releasing(tx, gone, kept), actor=by.actor)])
        return moved

    return transact(engine, part)


def relate(engine: Engine, ref: str, body: Related, by: By) -> Incident:
    """Link two incidents, in both records."""

    def link(tx: Tx) -> Incident:
        one, other = _both(tx, (ref, body.other), by)
        record(engine, tx, other, [Change(body=replace(body, other=one.id), actor=by.actor)])
        return record(engine, tx, one, [Change(body=replace(body, other=other.id), actor=by.actor)])

    return transact(engine, link)


def _both(tx: Tx, refs: tuple[str, str], by: By) -> tuple[Incident, Incident]:
    """Load two incidents in the order of their ids, so that two merges at once cannot wait for each other."""
    asked = {tx.resolve_ref(ref) or ref: ref for ref in reversed(refs)}
    loaded = {key: find(tx, asked[key], by.viewer) for key in sorted(asked)}
    first, second = (tx.resolve_ref(ref) for ref in refs)
    return loaded[first], loaded[second]


def correct(engine: Engine, ref: str, event_id: str, change: Change, by: By) -> Incident:
    """Append an event that supersedes an earlier one; the earlier stays in the record, struck through.

    Raises:
        InvalidError: this incident has no such event, or the correction is of another type.
    """

    def append(tx: Tx) -> Incident:
        incident = find(tx, ref, by.viewer)
        old = _event(tx.events(incident.id), event_id)
        if not isinstance(change.body, Retracted | type(old.body)):
            kind = type(old.body).__name__
            raise InvalidError(
                f"that event is a {kind}", field="body", mend=f"Correct it with a {kind}, or retract it."
            )
        return record(engine, tx, incident, [replace(change, supersedes=old.id)])

    return transact(engine, append)


def amend(
    engine: Engine, ref: str, event_id: str, by: By, *, at: datetime | None = None, retract: str = ""
) -> Incident:
    """Say that an event happened at another time, or not at all.

    Raises:
        InvalidError: neither or both were given.
    """
    if (at is None) == (not retract):
        raise InvalidError("give either another time or a reason to retract", field="at", mend="Give one of the two.")
    if retract:
        return correct(engine, ref, event_id, Change(body=Retracted(reason=retract), actor=by.actor), by)
    with engine.store.reading() as tx:
        incident = see(tx, by.viewer, ref)
        old = _event(tx.events(incident.id), event_id)
    return correct(engine, ref, event_id, Change(body=old.body, actor=by.actor, occurred_at=at), by)


def state_milestone(engine: Engine, ref: str, name: str, at: datetime, by: By) -> Incident:
    """State when a milestone was reached; the newest statement counts, the former stays readable."""
    return act(engine, ref, MilestoneReached(name=name), by, occurred_at=at)


def _event(events: Sequence[Event], key: str) -> Event:
    for event in events:
        if key in {event.id, str(event.seq)}:
            return event
    raise InvalidError(f"no event {key!r} in this incident", field="event", mend="Take an id from the timeline.")
