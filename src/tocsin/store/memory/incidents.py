"""Incidents and their events in memory."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import replace

from tocsin.domain.incident.codec import decode_body, decode_state, encode_body, encode_state
from tocsin.domain.incident.events import Event
from tocsin.domain.incident.state import Incident
from tocsin.flows.storage import ConflictError
from tocsin.store.memory.part import Part
from tocsin.store.naming import alias_of, check_seqs


class IncidentRows(Part):
    """The incident log of one transaction."""

    def resolve_ref(self, ref: str) -> str:
        """Return the incident's id for an id, a reference or any former alias (case-insensitive); '' when unknown."""
        wanted = alias_of(ref)
        return self.rows.aliases.get(wanted) or (wanted if wanted in self.rows.incidents else "")

    def load(self, incident: str) -> Incident | None:
        """Return the incident's state; None when unknown."""
        found = self.rows.incidents.get(incident)
        if found is not None:
            self.not_before(self.rows.events[incident][-1].recorded_at)
        return found

    def load_together(self, ids: Collection[str]) -> frozenset[str]:
        """Return which of these there are; nobody else holds any."""
        return frozenset(one for one in ids if self.load(one) is not None)

    def opened_under(self, incident: str) -> int:
        """Return the number of the configuration that the incident opened under; 0 if unknown."""
        found = self.rows.incidents.get(incident)
        return found.catalogue if found else 0

    def save(self, incident: Incident, events: Sequence[Event]) -> None:
        """Append events and replace the snapshot; see the promise in `flows.storage`."""
        check_seqs(incident, events)
        stored = self.rows.events.get(incident.id, ())
        if len(stored) != incident.seq - len(events):
            raise ConflictError(f"{incident.ref} moved on")
        self.rows.incidents[incident.id] = decode_state(encode_state(incident))
        last = stored[-1].recorded_at if stored else None
        for event in events:
            last = max(last, event.recorded_at) if last else event.recorded_at
            body = decode_body(*encode_body(event.body))
            stored = (*stored, replace(event, recorded_at=last, body=body))
            self.rows.changes[len(self.rows.changes) + 1] = (incident.id, event.seq)
        self.rows.events[incident.id] = stored
        self.add_alias(incident.ref, incident.id)

    def events(self, incident: str, *, after: int = 0, limit: int = 0) -> list[Event]:
        """Return events in recorded order, after seq `after`; all of them when `limit` is 0."""
        found = list(self.rows.events.get(incident, ())[after:])
        return found[:limit] if limit else found

    def serialise(self, name: str) -> bool:
        """Let one transaction at a time pass: whoever writes is alone anyway."""
        del name
        return False

    def next_number(self, prefix: str) -> int:
        """Return the next number for a rendered id prefix, from 1, without gaps under concurrent declares."""
        self.rows.counters[prefix] = self.rows.counters.get(prefix, 0) + 1
        return self.rows.counters[prefix]

    def add_alias(self, ref: str, incident: str) -> None:
        """Make `ref` resolve to `incident` as well; ConflictError when it names another."""
        if self.rows.aliases.setdefault(alias_of(ref), incident) != incident:
            raise ConflictError(f"{ref} already names another incident")
