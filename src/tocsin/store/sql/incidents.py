"""Incidents and their events in SQL: the snapshot row guards the order, the events follow at commit."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import replace
from typing import Any

import msgspec
from sqlalchemy import Connection, Select, Table, bindparam, delete, insert, select, update
from sqlalchemy.sql.dml import ReturningInsert

from tocsin.domain.actor import Actor
from tocsin.domain.incident.codec import decode_body, decode_state, encode_body, encode_state
from tocsin.domain.incident.events import Event
from tocsin.domain.incident.state import STATE_VERSION, FollowUp, Incident
from tocsin.flows.storage import ConflictError
from tocsin.store.naming import alias_of, check_seqs, search_text
from tocsin.store.sql.engine import Clock
from tocsin.store.sql.part import AnyRow, Part, Values, inserting
from tocsin.store.stamps import from_us, maybe_us, to_us
from tocsin.store.tables import (
    counters,
    followups,
    incident_aliases,
    incident_members,
    incident_services,
    incidents,
)
from tocsin.store.tables import events as event_rows

# Put together once: these are asked for with every event, and putting them together costs more than asking.
_MOVE = (
    update(incidents)
    .where(incidents.c.id == bindparam("_id"), incidents.c.seq == bindparam("_seq"))
    .values({column.name: bindparam(column.name) for column in incidents.columns})
)
_STATE = select(incidents.c.state, incidents.c.state_version, incidents.c.recorded_at).where(
    incidents.c.id == bindparam("_id")
)
_STATES = (
    select(incidents.c.id, incidents.c.state, incidents.c.state_version, incidents.c.recorded_at)
    .where(incidents.c.id.in_(bindparam("_ids", expanding=True)))
    .order_by(incidents.c.id)
)
_LOCKED_STATES = _STATES.with_for_update(skip_locked=True)
_LAST = select(incidents.c.seq, incidents.c.recorded_at).where(incidents.c.id == bindparam("_id"))
_LOCKED = {statement: statement.with_for_update() for statement in (_STATE, _LAST)}


def _counting(*, on_postgres: bool) -> ReturningInsert[Any]:
    statement = inserting(counters, on_postgres=on_postgres)
    counted = statement.on_conflict_do_update(index_elements=["prefix"], set_={"n": counters.c.n + 1})
    return counted.returning(counters.c.n)


_COUNT = {on_postgres: _counting(on_postgres=on_postgres) for on_postgres in (False, True)}


class IncidentRows(Part):
    """The incident log of one transaction."""

    def __init__(self, connection: Connection, clock: Clock, *, writable: bool) -> None:
        super().__init__(connection, clock, writable=writable)
        self._loaded: dict[str, Incident] = {}
        self._recorded_us: dict[str, int] = {}  # of the last event, where this transaction has the row for itself
        self._foreseen: dict[str, Incident] = {}
        self._unwritten: list[Event] = []

    def resolve_ref(self, ref: str) -> str:
        """Return the incident's id for an id, a reference or any former alias (case-insensitive); '' when unknown."""
        wanted = alias_of(ref)
        found = self.one(select(incident_aliases.c.incident).where(incident_aliases.c.ref == wanted))
        found = found or self.one(select(incidents.c.id).where(incidents.c.id == wanted))
        return str(found[0]) if found else ""

    def load(self, incident: str) -> Incident | None:
        """Return the incident's state, locked for this transaction; None when unknown or of another state version."""
        foreseen = self._foreseen.get(incident)
        if foreseen is not None:
            return foreseen
        found = self._found(_STATE, incident)
        return None if found is None else self._take(incident, found)

    def load_together(self, ids: Collection[str]) -> frozenset[str]:
        """Read these incidents at once, those that others hold left out, and return which: `load` has them at hand then."""
        wanted = sorted({one for one in ids if one})
        if not wanted:
            return frozenset()
        found = self.connection.execute(_LOCKED_STATES if self.writable else _STATES, {"_ids": wanted}).all()
        for row in found:
            state = self._take(row.id, row)
            if state is not None:
                self._foreseen[row.id] = state
        return frozenset(row.id for row in found)

    def _take(self, incident: str, found: AnyRow) -> Incident | None:
        self.not_before(found.recorded_at)
        if found.state_version != STATE_VERSION:
            return None
        state = decode_state(found.state)
        self._loaded[incident] = state
        if self.writable:
            self._recorded_us[incident] = found.recorded_at
        return state

    def opened_under(self, incident: str) -> int:
        """Return the number of the configuration that the incident opened under; 0 if unknown."""
        found = self.one(select(incidents.c.catalogue).where(incidents.c.id == incident))
        return int(found.catalogue) if found else 0

    def save(self, incident: Incident, events: Sequence[Event]) -> None:
        """Append events and replace the snapshot and its index columns; see the promise in `flows.storage`."""
        check_seqs(incident, events)
        before = self._loaded.get(incident.id)
        first = incident.seq == len(events)
        last_recorded = 0 if first else self._last_recorded(incident.id, incident.seq - len(events))
        self._foreseen.pop(incident.id, None)
        for event in events:
            last_recorded = max(last_recorded, to_us(event.recorded_at))
            self._unwritten.append(replace(event, recorded_at=from_us(last_recorded)))
        values = _columns(incident, last_recorded)
        if first:
            self._insert(incident, values)
        else:
            self._update(incident, values, incident.seq - len(events))
        if before is None or before.ref != incident.ref:
            self.add_alias(incident.ref, incident.id)
        self._project(incident, before, fresh=first)
        self._loaded[incident.id] = incident
        self._recorded_us[incident.id] = last_recorded

    def events(self, incident: str, *, after: int = 0, limit: int = 0) -> list[Event]:
        """Return events in recorded order, after seq `after`; all of them when `limit` is 0."""
        wanted = select(event_rows).where(event_rows.c.incident == incident, event_rows.c.seq > after)
        wanted = wanted.order_by(event_rows.c.seq)
        stored = [_event(row) for row in self.rows(wanted.limit(limit) if limit else wanted)]
        fresh = [event for event in self._unwritten if event.incident == incident and event.seq > after]
        found = stored + fresh
        return found[:limit] if limit else found

    def next_number(self, prefix: str) -> int:
        """Return the next number for a rendered id prefix, from 1, without gaps under concurrent declares."""
        return int(self.connection.execute(_COUNT[self.on_postgres], {"prefix": prefix, "n": 1}).scalar_one())

    def add_alias(self, ref: str, incident: str) -> None:
        """Make `ref` resolve to `incident` as well; ConflictError when it names another."""
        if self.added(incident_aliases, {"ref": alias_of(ref), "incident": incident}):
            return
        if self.resolve_ref(ref) != incident:
            raise ConflictError(f"{ref} already names another incident")

    def write_events(self) -> None:
        """Insert the events saved in this transaction, as its last act.

        Numbers of `events.change` must become visible in order, so transactions with events end one after another. Taking
        that lock only here, when nothing else will be locked any more, keeps it out of every deadlock.
        """
        if not self._unwritten:
            return
        self.serialise("changes")
        self.run(insert(event_rows), [_row(event) for event in self._unwritten])
        self._unwritten.clear()

    def _found(self, statement: Select[Any], incident: str) -> AnyRow | None:
        wanted = _LOCKED[statement] if self.writable else statement
        return self.connection.execute(wanted, {"_id": incident}).first()

    def _last_recorded(self, incident: str, seq: int) -> int:
        known = self._loaded.get(incident)
        if known is not None and known.seq == seq and incident in self._recorded_us:
            return self._recorded_us[incident]  # nobody else can have appended since
        found = self._found(_LAST, incident)
        if found is None or found.seq != seq:
            raise ConflictError("the incident moved on")
        return int(found.recorded_at)

    def _insert(self, incident: Incident, values: Values) -> None:
        if not self.added(incidents, values):
            raise ConflictError(f"{incident.ref} exists already")

    def _update(self, incident: Incident, values: Values, seq: int) -> None:
        """Replace the snapshot, with others of this transaction: its row is locked, and its seq was looked at."""
        self.defer(_MOVE, {**values, "_id": incident.id, "_seq": seq})

    def _project(self, incident: Incident, before: Incident | None, *, fresh: bool) -> None:
        """Keep members, services and follow-ups in rows of their own, touching only what changed."""
        if before is None or before.members != incident.members:
            rows: list[Values] = [{"incident": incident.id, "person": person} for person in sorted(incident.members)]
            self._replace(incident_members, incident.id, rows, fresh=fresh)
        if before is None or before.services != incident.services:
            rows = [{"incident": incident.id, "service": service} for service in sorted(set(incident.services))]
            self._replace(incident_services, incident.id, rows, fresh=fresh)
        if before is None or before.followups != incident.followups:
            rows = [_followup(incident.id, followup) for followup in incident.followups]
            self._replace(followups, incident.id, rows, fresh=fresh)

    def _replace(self, table: Table, incident: str, rows: Sequence[Values], *, fresh: bool) -> None:
        if not fresh:
            self.run(delete(table).where(table.c.incident == incident))
        if rows:
            self.run(insert(table), rows)


def _columns(incident: Incident, recorded_us: int) -> Values:
    return {
        "id": incident.id,
        "ref": incident.ref,
        "phase": str(incident.phase),
        "status": str(incident.status),
        "mode": incident.mode,
        "severity": incident.severity,
        "rank": incident.rank,
        "title": incident.title.replace("\0", ""),
        "team": incident.team,
        "private": incident.private,
        "search": search_text(incident),
        "declared_at": to_us(incident.declared_at),
        "recorded_at": recorded_us,
        "seq": incident.seq,
        "state_version": STATE_VERSION,
        "state": encode_state(incident),
        "pack": incident.pack,
        "catalogue": incident.catalogue,
    }


def _followup(incident: str, followup: FollowUp) -> Values:
    return {
        "incident": incident,
        "key": followup.key,
        "owner": followup.owner,
        "due": maybe_us(followup.due),
        "status": followup.status,
        "body": msgspec.json.encode(followup).decode(),
    }


def _row(event: Event) -> Values:
    kind, version, body = encode_body(event.body)
    return {
        "incident": event.incident,
        "seq": event.seq,
        "id": event.id,
        "type": kind,
        "v": version,
        "occurred_at": to_us(event.occurred_at),
        "recorded_at": to_us(event.recorded_at),
        "actor": msgspec.json.encode(event.actor).decode(),
        "supersedes": event.supersedes,
        "body": body,
    }


def _event(row: AnyRow) -> Event:
    return Event(
        id=row.id,
        incident=row.incident,
        seq=row.seq,
        occurred_at=from_us(row.occurred_at),
        recorded_at=from_us(row.recorded_at),
        actor=msgspec.json.decode(row.actor, type=Actor),
        body=decode_body(row.type, row.v, row.body),
        supersedes=row.supersedes,
    )
