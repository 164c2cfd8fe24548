"""Answers about incidents, each through the one visibility predicate."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from tocsin.domain.catalogue import Service
from tocsin.domain.errors import InvalidError
from tocsin.domain.incident.checklist import checklists
from tocsin.domain.incident.events import Absorbed, Event, Merged, Related
from tocsin.domain.incident.missing import Missing, missing
from tocsin.domain.incident.outlook import outlook
from tocsin.domain.incident.policy import Policy
from tocsin.domain.incident.runbooks import Shelf
from tocsin.domain.incident.state import Incident, PlanState
from tocsin.domain.incident.timeline import entries, milestones
from tocsin.domain.learning.durations import Duration, durations
from tocsin.domain.visibility import Viewer
from tocsin.flows.engine import Engine
from tocsin.flows.former import remembering
from tocsin.flows.handle import UnknownIncidentError
from tocsin.flows.policies import catalogue, policy_of
from tocsin.flows.queries.views import (
    DurationsView,
    DurationView,
    IncidentList,
    IncidentSummary,
    IncidentView,
    PlanView,
    TimelinePage,
)
from tocsin.flows.shelf import shelf_for
from tocsin.flows.storage import IncidentFilter, Tx

# A timeline's cursor is the number of the last event that the first page knew, and the lines read, in one integer.
PLACES = 1_000_000
HIDDEN = "another incident"


def incidents(
    engine: Engine, viewer: Viewer, wanted: IncidentFilter, *, cursor: str = "", limit: int = 50
) -> IncidentList:
    """Return one page of visible incidents, newest declared first."""
    with engine.store.reading() as tx:
        page = tx.list_incidents(viewer, wanted, cursor=cursor, limit=limit)
        shelf, now = shelf_for(tx, page.items), tx.now()
        rules = {digest: policy_of(tx, digest) for digest in {i.pack for i in page.items}}
        items = tuple(_summary(i, rules[i.pack], now, shelf) for i in page.items)
    return IncidentList(items=items, next_cursor=page.next_cursor)


def incident(engine: Engine, viewer: Viewer, ref: str) -> IncidentView:
    """Return one visible incident with everything the page shows.

    Raises:
        UnknownIncidentError: absent, or hidden from `viewer`.
    """
    with engine.store.reading() as tx:
        found = see(tx, viewer, ref)
        return _view(engine, tx, found, viewer)


def see(tx: Tx, viewer: Viewer, ref: str) -> Incident:
    """Return a visible incident.

    Raises:
        UnknownIncidentError: absent, or hidden from `viewer`.
    """
    found = tx.see(viewer, ref)
    if found is None:
        raise UnknownIncidentError(ref)
    return found


def timeline(
    engine: Engine,
    viewer: Viewer,
    ref: str,
    *,
    as_known_at: datetime | None = None,
    cursor: int = 0,
    limit: int = 200,
) -> TimelinePage:
    """Return a page of the timeline, by when things happened."""
    with engine.store.reading() as tx:
        found = see(tx, viewer, ref)
        events = tx.events(found.id)
        until, begun = divmod(cursor, PLACES) if cursor else (found.seq, 0)
        if until > found.seq or (cursor and not begun > 0):
            raise InvalidError("the cursor is not one of this timeline", field="cursor", mend="Begin without a cursor.")
        # Later pages leave out what was recorded since the first: a line dated back would shift every other.
        names = {**remembering(tx, catalogue(tx), found.catalogue).names, **refs(tx, viewer, events)}
        listed = entries([e for e in events if e.seq <= until], as_known_at=as_known_at, names=names)
    page = tuple(listed[begun : begun + limit])
    more = begun + limit < len(listed)
    following = until * PLACES + begun + limit if more else 0
    return TimelinePage(ref=found.ref, as_known_at=as_known_at, entries=page, next_cursor=following)


def refs(tx: Tx, viewer: Viewer, events: Iterable[Event]) -> dict[str, str]:
    """Return the reference of every other incident that a log names, by id; of a hidden one that it is another."""
    named: set[str] = set()
    for event in events:
        match event.body:
            case Related(other=other) | Absorbed(other=other) | Merged(into=other):
                named.add(other)
            case _:
                pass
    return {other: _ref(tx, viewer, other) or HIDDEN for other in named}


def missing_now(engine: Engine, viewer: Viewer, ref: str) -> tuple[Missing, ...]:
    """Return what is missing now, the most urgent first."""
    with engine.store.reading() as tx:
        found = see(tx, viewer, ref)
        policy = policy_of(tx, found.pack)
        return missing(found, policy.pack, tx.now(), shelf_for(tx, [found]), names=policy.catalogue.names)


def services_and_now(engine: Engine) -> tuple[tuple[Service, ...], datetime]:
    """Return the services free text may name, and the time it is."""
    with engine.store.reading() as tx:
        return catalogue(tx).services, tx.now()


def _summary_fields(found: Incident, policy: Policy, now: datetime, shelf: Shelf) -> dict[str, object]:
    level = policy.level(found.severity)
    return {
        "id": found.id,
        "ref": found.ref,
        "title": found.title,
        "severity": found.severity,
        "severity_name": level.name,
        "rank": found.rank,
        "phase": found.phase,
        "status": found.status,
        "status_name": policy.pack.status_names.get(found.status, str(found.status)),
        "mode": found.mode,
        "team": found.team,
        "services": found.services,
        "private": found.private,
        "commander": found.holder("commander"),
        "acknowledged_by": found.paging.acknowledged_by,
        "declared_at": found.declared_at,
        "started_at": found.began_at,
        "resolved_at": found.resolved_at,
        "update_due_at": found.update_due_at,
        "paging": outlook(found, policy),
        "missing": missing(found, policy.pack, now, shelf, names=policy.catalogue.names),
    }


def _summary(found: Incident, policy: Policy, now: datetime, shelf: Shelf) -> IncidentSummary:
    return IncidentSummary(**_summary_fields(found, policy, now, shelf))  # type: ignore[arg-type]  # the fields are listed above


def _view(engine: Engine, tx: Tx, found: Incident, viewer: Viewer) -> IncidentView:
    policy = policy_of(tx, found.pack)
    events = tx.events(found.id)
    stamps = milestones(events)
    same = {
        name: getattr(found, name)
        for name in (
            "summary", "source", "reporter", "endpoints", "functions", "symptoms", "initial_error", "matched", "links",
            "impact", "roles", "tasks", "answers", "alerts", "membership", "frozen", "causes", "blind_spots", "diagnosed_at", "bundle",
            "root_cause", "root_cause_confirmed", "verification", "resolution", "next_steps", "closed_at", "followups",
            "postmortem_state", "requested", "runbooks", "told", "updates", "last_update_at", "seq",
        )
    }  # fmt: skip
    return IncidentView(
        **_summary_fields(found, policy, tx.now(), shelf_for(tx, [found])),  # type: ignore[arg-type]  # the fields are listed there
        **same,
        url=f"{engine.public_url}/incidents/{found.ref}",
        pack=policy.pack.key,
        members=tuple(sorted(found.members)),
        paged=found.paging.paged,
        paging_exhausted=found.paging.exhausted and not found.paging.acknowledged_by,
        checklists=tuple(checklists(found, policy.pack, events)),
        related=tuple((ref, kind) for other, kind in found.related if (ref := _ref(tx, viewer, other))),
        merged_into=_ref(tx, viewer, found.merged_into),
        absorbed=tuple(ref for other in found.absorbed if (ref := _ref(tx, viewer, other))),
        plans=tuple(_plan(p) for p in found.plans),
        milestones=stamps,
        durations=DurationsView(**{d.name: _length(d) for d in durations(stamps).all()}),
    )


def _ref(tx: Tx, viewer: Viewer, other: str) -> str:
    """Return another incident's reference, or '' when it is hidden from the viewer."""
    found = tx.see(viewer, other) if other else None
    return found.ref if found else ""


def _length(known: Duration) -> DurationView:
    return DurationView(
        name=known.name,
        begins=known.begins,
        ends=known.ends,
        begin_at=known.begin_at,
        end_at=known.end_at,
        seconds=known.value.total_seconds() if known.value is not None else None,
        text=str(known),
    )


def _plan(state: PlanState) -> PlanView:
    names = PlanView.__dataclass_fields__
    return PlanView(**{name: getattr(state, name) for name in names})
