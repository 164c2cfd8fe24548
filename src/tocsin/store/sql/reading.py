"""Questions in SQL. `visible` is the one predicate that every answer about incidents passes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec
from sqlalchemy import ColumnElement, Select, and_, func, or_, select, true, tuple_

from tocsin.domain.incident.codec import decode_state
from tocsin.domain.incident.state import STATE_VERSION, FollowUp, Incident
from tocsin.domain.visibility import Viewer
from tocsin.flows.storage import Heartbeat, IncidentFilter, JobSummary, Page, SchemaError
from tocsin.store.cursors import check_limit, read_cursor, write_cursor
from tocsin.store.naming import addressee
from tocsin.store.sql.claims import Claims
from tocsin.store.sql.incidents import IncidentRows
from tocsin.store.sql.part import AnyRow
from tocsin.store.stamps import NEVER_US, from_us, maybe_at
from tocsin.store.tables import (
    events,
    followups,
    heartbeats,
    incident_members,
    incident_services,
    incidents,
    outbox,
)


def visible(viewer: Viewer) -> ColumnElement[bool]:
    """Return the condition on `incidents` under which `viewer` may know of one; `domain.visibility.may_see` in SQL."""
    if viewer.everything:
        return true()
    if not viewer.person:
        return incidents.c.private.is_(False)
    member = select(incident_members.c.person).where(
        incident_members.c.incident == incidents.c.id, incident_members.c.person == viewer.person
    )
    return or_(incidents.c.private.is_(False), member.exists())


class ReadingRows(IncidentRows):
    """The questions of one transaction."""

    def state_of(self, row: AnyRow) -> Incident:
        """Return a row's state, refolded where another version of the code wrote the snapshot."""
        return decode_state(row.state) if row.state_version == STATE_VERSION else self.refolded(row.id)

    def refolded(self, incident: str) -> Incident:
        """Return a state from its events.

        Raises:
            SchemaError: this store was opened without a way to fold events.
        """
        raise SchemaError(f"the snapshot of incident {incident} is of another version; open the store with `refold`")

    def list_incidents(
        self, viewer: Viewer, wanted: IncidentFilter, *, cursor: str = "", limit: int = 50
    ) -> Page[Incident]:
        """Return visible incidents, newest declared first; InvalidError for a bad cursor or limit."""
        statement = _filtered(select(incidents).where(visible(viewer)), wanted)
        place = (incidents.c.declared_at, incidents.c.id)
        if cursor:
            statement = statement.where(tuple_(*place) < tuple_(*read_cursor(wanted, cursor, tuple[int, str])))
        newest = statement.order_by(*(column.desc() for column in place))
        found = self.rows(newest.limit(check_limit(limit) + 1))
        shown = found[:limit]
        more = write_cursor(wanted, shown[-1].declared_at, shown[-1].id) if len(found) > limit else ""
        return Page(items=tuple(self.state_of(row) for row in shown), next_cursor=more)

    def see(self, viewer: Viewer, ref: str) -> Incident | None:
        """Return one visible incident by id, reference or alias; None when absent or hidden (never told apart)."""
        found = self.one(select(incidents).where(incidents.c.id == self.resolve_ref(ref), visible(viewer)))
        return self.state_of(found) if found else None

    def followups(
        self, viewer: Viewer, *, owner: str = "", open_only: bool = True, cursor: str = "", limit: int = 0
    ) -> Page[tuple[str, FollowUp]]:
        """Return (incident reference, follow-up) of visible incidents, by due date, those without one last."""
        of = followups.join(incidents, followups.c.incident == incidents.c.id)
        place = (func.coalesce(followups.c.due, NEVER_US).label("at"), followups.c.incident, followups.c.key)
        statement = select(incidents.c.ref, followups.c.body, *place).select_from(of).where(visible(viewer))
        if owner:
            statement = statement.where(followups.c.owner == owner)
        if open_only:
            statement = statement.where(followups.c.status.in_(["todo", "doing"]))
        wanted = ("followups", owner, open_only)
        if cursor:
            statement = statement.where(tuple_(*place) > tuple_(*read_cursor(wanted, cursor, tuple[int, str, str])))
        ordered = statement.order_by(*place)
        found = self.rows(ordered.limit(check_limit(limit) + 1) if limit else ordered)
        shown = found[:limit] if limit else found
        last = shown[-1] if len(found) > len(shown) else None
        return Page(
            items=tuple((row.ref, msgspec.json.decode(row.body, type=FollowUp)) for row in shown),
            next_cursor=write_cursor(wanted, last.at, last.incident, last.key) if last else "",
        )

    def jobs(
        self, viewer: Viewer, *, incident: str = "", states: Sequence[str] = (), cursor: str = "", limit: int = 200
    ) -> Page[JobSummary]:
        """Return outbox rows of visible incidents (and those of none), newest first."""
        of = outbox.outerjoin(incidents, outbox.c.incident == incidents.c.id)
        shown = or_(outbox.c.incident == "", and_(incidents.c.id.is_not(None), visible(viewer)))
        statement = select(outbox).select_from(of).where(true() if viewer.everything else shown)
        if incident:
            statement = statement.where(outbox.c.incident == incident)
        if states:
            statement = statement.where(outbox.c.state.in_(states))
        wanted, place = ("outbox", incident, tuple(states)), (outbox.c.created_at, outbox.c.id)
        if cursor:
            statement = statement.where(tuple_(*place) < tuple_(*read_cursor(wanted, cursor, tuple[int, str])))
        newest = statement.order_by(*(column.desc() for column in place))
        found = self.rows(newest.limit(check_limit(limit) + 1))
        last = found[limit - 1] if len(found) > limit else None
        more = write_cursor(wanted, last.created_at, last.id) if last else ""
        return Page(items=tuple(_summary(row) for row in found[:limit]), next_cursor=more)

    def job_named(self, viewer: Viewer, name: str) -> JobSummary | None:
        """Return the outbox row with that key or id, None when there is none or its incident is hidden."""
        of = outbox.outerjoin(incidents, outbox.c.incident == incidents.c.id)
        shown = or_(outbox.c.incident == "", and_(incidents.c.id.is_not(None), visible(viewer)))
        wanted = select(outbox).select_from(of).where(or_(outbox.c.key == name, outbox.c.id == name))
        found = self.one(wanted.where(true() if viewer.everything else shown))
        return _summary(found) if found else None

    def heartbeats(self) -> list[Heartbeat]:
        """Return the last sign of life of every process."""
        return [
            Heartbeat(process=row.process, role=row.role, at=from_us(row.at), facts=msgspec.json.decode(row.facts))
            for row in self.rows(select(heartbeats).order_by(heartbeats.c.process))
        ]

    def backlog(self) -> Mapping[str, float]:
        """Return jobs_due, jobs_dead, oldest_due_s, timers_due, oldest_timer_s."""
        return Claims(self.connection, self._clock, writable=False).backlog()

    def latest_change(self) -> int:
        """Return a number that grows with every event recorded anywhere (feeds live pages)."""
        return int(self.connection.execute(select(func.coalesce(func.max(events.c.change), 0))).scalar_one())

    def changes_since(self, viewer: Viewer, change: int, limit: int = 500) -> list[tuple[int, str, int]]:
        """Return (change, incident id, seq) of visible incidents after a change number, in order."""
        of = events.join(incidents, events.c.incident == incidents.c.id)
        statement = select(events.c.change, events.c.incident, events.c.seq).select_from(of)
        statement = statement.where(events.c.change > change, visible(viewer)).order_by(events.c.change)
        return [(row.change, row.incident, row.seq) for row in self.rows(statement.limit(limit))]


def _filtered(statement: Select[Any], wanted: IncidentFilter) -> Select[Any]:
    columns = (
        (incidents.c.phase, wanted.phases),
        (incidents.c.severity, wanted.severities),
        (incidents.c.team, wanted.teams),
        (incidents.c.mode, wanted.modes),
    )
    for column, values in columns:
        if values:
            statement = statement.where(column.in_(values))
    if wanted.services:
        named = select(incident_services.c.incident).where(incident_services.c.service.in_(wanted.services))
        statement = statement.where(incidents.c.id.in_(named))
    if wanted.text:
        statement = statement.where(incidents.c.search.contains(wanted.text.casefold(), autoescape=True))
    return statement


def _summary(row: AnyRow) -> JobSummary:
    payload = msgspec.json.decode(row.payload)
    return JobSummary(
        id=row.id,
        key=row.key,
        kind=row.kind,
        incident=row.incident,
        state=row.state,
        attempt=row.attempt,
        due=from_us(row.due),
        settled_at=maybe_at(row.settled_at),
        result=row.result,
        to=addressee(payload),
    )
