"""Schedules out to calendars, and out of them."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Final

from tocsin.domain.actor import Actor
from tocsin.domain.catalogue import Catalogue
from tocsin.domain.errors import InvalidError
from tocsin.domain.oncall.overlay import with_changes
from tocsin.domain.oncall.shifts import Shift, shifts
from tocsin.domain.schedules import Schedule, Stint, Temporary
from tocsin.flows.calendar_format import CalendarFormat, Entry
from tocsin.flows.engine import Engine
from tocsin.flows.history import pieces, shifts_then
from tocsin.flows.laid import read
from tocsin.flows.policies import catalogue, stated
from tocsin.flows.schedule_records import StoredChange
from tocsin.flows.schedules import Effect, UnknownScheduleError, temporary
from tocsin.flows.storage import Tx

AHEAD: Final = timedelta(days=180)
BEHIND: Final = timedelta(days=31)
# States a schedule has been in that are looked through for events which calendars may still show.
MOST_STATES: Final = 60


def export(engine: Engine, form: CalendarFormat, key: str, person: str = "") -> str:
    """Return a schedule as a calendar file, from a month ago to half a year ahead, of everybody or of one person.

    Events that a taken-back or later change put aside stay in it as cancelled, so that calendars drop them.

    Raises:
        UnknownScheduleError: there is no such schedule.
    """
    with engine.store.reading() as tx:
        found = _events(tx, key)
        now = tx.now()
    wanted = [entry for entry in found if person in {"", entry.person}]
    return form.write(f"{key}: {person}" if person else key, _in_order(wanted), now)


def export_person(engine: Engine, form: CalendarFormat, person: str) -> str:
    """Return a person's hours of every schedule as a calendar file, over the same span."""
    with engine.store.reading() as tx:
        now = tx.now()
        found = [entry for schedule in catalogue(tx).schedules for entry in _events(tx, schedule.key)]
    return form.write(person, _in_order([entry for entry in found if entry.person == person]), now)


def _in_order(entries: list[Entry]) -> list[Entry]:
    return sorted(entries, key=lambda e: (e.starts, e.person, e.uid))


def _events(tx: Tx, key: str) -> list[Entry]:
    now = tx.now()
    begin = _first_of_month(now - BEHIND)
    known, plain = catalogue(tx, since=begin), stated(tx).schedule(key)
    if known.schedule(key) is None or plain is None:
        raise UnknownScheduleError(f"there is no schedule {key!r}")
    span = begin, now + AHEAD
    made = [c for c in tx.schedule_changes(begin, removed=True) if c.schedule == key]
    found = {entry.uid: entry for entry in _entries(known, key, shifts_then(pieces(tx, *span), key))}
    for state in _former(plain, made):
        for entry in _entries(known, key, shifts(state, *span)):
            found.setdefault(entry.uid, replace(entry, cancelled=True))
    return list(found.values())


def take_over(
    engine: Engine, form: CalendarFormat, key: str, text: str, span: tuple[datetime, datetime], *, actor: Actor
) -> Effect:
    """Take a span of a calendar over as a temporary schedule.

    Raises:
        UnknownScheduleError: there is no such schedule.
        InvalidError: the file cannot be read, or names somebody who is not in the configuration.
    """
    begin, end = span
    with engine.store.reading() as tx:
        known = catalogue(tx)
    schedule = known.schedule(key)
    if schedule is None:
        raise UnknownScheduleError(f"there is no schedule {key!r}")
    names = {name.lower(): p.key for p in known.people for name in (p.key, p.name, p.email) if name}
    stints, strangers = [], []
    for one in form.read(text, begin, end, schedule.zone):
        people = tuple(dict.fromkeys(names[name] for name in one.names if name in names))
        strangers += [] if people else [one.title or "an event without a title"]
        stints.append(Stint(people=people, starts=max(begin, one.starts), ends=min(end, one.ends)))
    if strangers:
        shown = ", ".join(sorted(set(strangers))[:10])
        mend = "Give people the e-mail that the calendar has for them, or change the calendar."
        raise InvalidError(f"the calendar has events of nobody known: {shown}", field="calendar", mend=mend)
    return temporary(engine, key, Temporary(starts=begin, ends=end, shifts=tuple(stints)), actor)


def _entries(known: Catalogue, key: str, of: Sequence[Shift]) -> Iterator[Entry]:
    """Return each person's hours, joined over what they have them by."""
    held: dict[str, list[tuple[datetime, datetime]]] = {}
    for shift in of:
        for person in shift.people:
            spans = held.setdefault(person, [])
            starts = spans.pop()[0] if spans and spans[-1][1] == shift.starts else shift.starts
            spans.append((starts, shift.ends))
    for person, spans in held.items():
        found = known.person(person)
        name, email = (found.name, found.email) if found else (person, "")
        for starts, ends in spans:
            digest = hashlib.sha256(f"{key}\n{person}\n{starts.isoformat()}".encode()).hexdigest()[:32]
            title = f"On call: {name} ({key})"
            yield Entry(uid=f"{digest}@tocsin", starts=starts, ends=ends, person=person, email=email, title=title)


def _former(plain: Schedule, made: Sequence[StoredChange]) -> Iterator[Schedule]:
    """Return what the schedule was before and after each change, by what is kept of them."""
    moments = [(c.created_at, True, c) for c in made] + [(c.removed_at, False, c) for c in made if c.removed_at]
    in_force: list[StoredChange] = []
    yield plain
    for _, begins, change in sorted(moments, key=lambda m: (m[0], not m[1]))[-MOST_STATES:]:
        in_force = [c for c in in_force if c.id != change.id] + ([change] if begins else [])
        yield with_changes(plain, [read(c.kind, c.body) for c in in_force])


def _first_of_month(at: datetime) -> datetime:
    """Begin where later exports begin too, so that what has begun before keeps its start."""
    return at.astimezone(UTC).replace(day=1, hour=0, minute=0, second=0, microsecond=0)
