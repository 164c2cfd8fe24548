"""Schedules as people use them: who is on call when, what is missing, and changes of single hours with who made them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final

from tocsin.domain.actor import Actor
from tocsin.domain.catalogue import Catalogue
from tocsin.domain.errors import InvalidError, RefusedError
from tocsin.domain.oncall.overlay import Laid, with_changes
from tocsin.domain.oncall.report import Report, weigh
from tocsin.domain.oncall.shifts import Change, Shift, changes, shifts
from tocsin.domain.schedules import Override, Schedule, Stint, Swap, Temporary
from tocsin.flows.engine import Engine
from tocsin.flows.history import gaps_then, pieces, shifts_then
from tocsin.flows.laid import lay, read, written
from tocsin.flows.policies import catalogue
from tocsin.flows.schedule_records import ChangeKind, StoredChange
from tocsin.flows.storage import Tx
from tocsin.flows.transact import transact

LONGEST: Final = timedelta(days=400)
USUAL: Final = timedelta(days=14)


@dataclass(frozen=True, slots=True, kw_only=True)
class Made:
    """A change that people made. `person` and `taker` are of a swap; an override and a temporary say it in `what`."""

    id: str
    kind: ChangeKind
    starts: datetime
    ends: datetime
    what: Laid
    by: str
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class View:
    """A schedule over a span: who is on call, what is missing, what each carries, and the changes people made.

    Hours that are over are told by the configuration in force then.
    """

    key: str
    zone: str
    starts: datetime
    ends: datetime
    shifts: tuple[Shift, ...]
    report: Report
    made: tuple[Made, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Effect:
    """What a change was kept as (an empty `id` when nothing was kept), and the hours it changes."""

    id: str
    schedule: str
    changes: tuple[Change, ...]


class UnknownScheduleError(Exception):
    """There is no such schedule, or no such change of it: `tocsin oncall` lists the schedules."""


def view(engine: Engine, key: str, begin: datetime | None = None, end: datetime | None = None) -> View:
    """Return a schedule from `begin` (now) to `end` (two weeks later).

    Raises:
        UnknownScheduleError: there is none called `key`.
        InvalidError: the span is empty or longer than 400 days.
    """
    with engine.store.reading() as tx:
        starts = begin or tx.now()
        ends = end or starts + USUAL
        _check_span(starts, ends)
        schedule = _schedule(catalogue(tx, since=starts), key)
        spans = pieces(tx, starts, ends)
        kept = tuple(_made(c) for c in tx.schedule_changes(starts) if c.schedule == key and c.starts < ends)
    held, missing = shifts_then(spans, key), gaps_then(spans, key)
    return View(
        key=key,
        zone=schedule.zone,
        starts=starts,
        ends=ends,
        shifts=held,
        report=weigh(schedule, (starts, ends), held, missing),
        made=kept,
    )


def preview(engine: Engine, wanted: Catalogue, end: datetime | None = None) -> list[Effect]:
    """Return what another configuration would change of who is on call, from now to `end` (in four weeks), by schedule.

    Raises:
        InvalidError: the span is empty or longer than 400 days.
    """
    with engine.store.reading() as tx:
        now = tx.now()
        until = end or now + 2 * USUAL
        _check_span(now, until)
        old = catalogue(tx, since=now)
        new = lay(wanted, tx.schedule_changes(now))
    found = []
    for key in dict.fromkeys(s.key for s in (*old.schedules, *new.schedules)):
        nobody = Schedule(key=key, zone="UTC")
        changed = changes(old.schedule(key) or nobody, new.schedule(key) or nobody, now, until)
        found += [Effect(id="", schedule=key, changes=changed)] if changed else []
    return found


def override(engine: Engine, key: str, wanted: Override, actor: Actor) -> Effect:
    """Keep an override. Hours that are over stay as they were: one that began before now begins now.

    Raises:
        UnknownScheduleError: there is no such schedule.
        InvalidError: a person is unknown, the kind and `replaces` contradict each other, or the hours are over or empty.
    """
    if wanted.replaces and wanted.kind != "replace":
        raise InvalidError(
            f"an override that is to {wanted.kind} replaces nobody", field="replaces", mend="Leave it out."
        )

    def build(known: Catalogue, change_id: str, starts: datetime, _: datetime) -> Laid:
        _check_people(known, "person", wanted.person)
        if wanted.replaces:
            _check_people(known, "replaces", wanted.replaces)
        return replace(wanted, starts=starts, key=change_id)

    return _keep(engine, key, "override", (wanted.starts, wanted.ends), actor, build=build)


def temporary(engine: Engine, key: str, wanted: Temporary, actor: Actor) -> Effect:
    """Keep a temporary schedule, in whose span nothing else holds.

    Raises:
        UnknownScheduleError: there is no such schedule.
        InvalidError: a person is unknown, a shift lies outside, or the hours are over or empty.
    """

    def build(known: Catalogue, change_id: str, starts: datetime, _: datetime) -> Laid:
        for shift in wanted.shifts:
            _check_people(known, "shifts", *shift.people)
            _check_stint(shift, wanted)
        return replace(wanted, starts=starts, key=change_id)

    return _keep(engine, key, "temporary", (wanted.starts, wanted.ends), actor, build=build)


def ask_swap(engine: Engine, key: str, starts: datetime, ends: datetime, actor: Actor) -> Effect:
    """Ask to be stood in for; nothing changes until somebody agrees.

    Raises:
        UnknownScheduleError: there is no such schedule.
        InvalidError: the hours are over or empty, or you are not on call in any of them.
    """

    def build(known: Catalogue, change_id: str, begins: datetime, now: datetime) -> Laid:
        _check_people(known, "person", actor.person)
        on = shifts(_schedule(known, key), begins, ends)
        if all(actor.person not in shift.people for shift in on):
            raise InvalidError(f"{actor.person} is not on call then", field="starts", mend="Name hours you have.")
        return Swap(key=change_id, person=actor.person, starts=begins, ends=ends, asked_at=now)

    return _keep(engine, key, "swap", (starts, ends), actor, build=build)


def take_swap(engine: Engine, key: str, change_id: str, actor: Actor) -> Effect:
    """Agree to stand in for somebody who asked; only for yourself.

    Raises:
        UnknownScheduleError: there is no such schedule or request.
        RefusedError: it is your own, is taken, or its hours have begun.
    """

    def take(tx: Tx) -> Effect:
        kept = _kept(tx, key, change_id)
        swap = read(kept.kind, kept.body)
        if not isinstance(swap, Swap):
            raise UnknownScheduleError(f"{change_id} is no swap")
        known = catalogue(tx)
        _check_people(known, "person", actor.person)
        if actor.person == swap.person:
            raise RefusedError("you asked for this swap yourself", mend="Somebody else has to agree.")
        if swap.taker:
            raise RefusedError(f"{swap.taker} has taken it already")
        if swap.starts <= tx.now():
            raise RefusedError("its hours have begun", mend="Make an override for the rest of them.")
        before = _schedule(known, key)
        taken = replace(swap, taker=actor.person)
        tx.put_schedule_change(replace(kept, body=written(taken)))
        after = replace(before, swaps=tuple(taken if s.key == swap.key else s for s in before.swaps))
        return Effect(id=change_id, schedule=key, changes=changes(before, after, swap.starts, swap.ends))

    return transact(engine, take)


def remove(engine: Engine, key: str, change_id: str, actor: Actor) -> Effect:
    """Take a change back; of one that has begun only the rest, since what was stays as it was.

    Raises:
        UnknownScheduleError: there is no such schedule or change.
        RefusedError: it is over, or was taken back before.
    """

    def take_back(tx: Tx) -> Effect:
        kept, now = _kept(tx, key, change_id), tx.now()
        if kept.removed_at is not None:
            raise RefusedError(f"{kept.removed_by} took it back before")
        if kept.ends <= now:
            raise RefusedError("it is over, and history is not rewritten")
        before = _schedule(catalogue(tx), key)
        if kept.starts < now:
            tx.put_schedule_change(replace(kept, ends=now, body=written(replace(read(kept.kind, kept.body), ends=now))))
        else:
            tx.put_schedule_change(replace(kept, removed_at=now, removed_by=_named(actor)))
        after = _schedule(catalogue(tx), key)
        return Effect(id=change_id, schedule=key, changes=changes(before, after, max(kept.starts, now), kept.ends))

    return transact(engine, take_back)


def _keep(
    engine: Engine,
    key: str,
    kind: ChangeKind,
    span: tuple[datetime, datetime],
    actor: Actor,
    *,
    build: Callable[[Catalogue, str, datetime, datetime], Laid],
) -> Effect:
    def keep(tx: Tx) -> Effect:
        known, now = catalogue(tx), tx.now()
        before = _schedule(known, key)
        starts, ends = max(span[0], now), span[1]
        _check_span(span[0], ends)
        if ends <= now:
            raise InvalidError("these hours are over, and history is not rewritten", field="ends")
        laid = build(known, engine.new_id(), starts, now)
        tx.put_schedule_change(
            StoredChange(
                id=laid.key,
                schedule=key,
                kind=kind,
                starts=starts,
                ends=ends,
                body=written(laid),
                created_at=now,
                created_by=_named(actor),
            )
        )
        return Effect(id=laid.key, schedule=key, changes=changes(before, with_changes(before, [laid]), starts, ends))

    return transact(engine, keep)


def _kept(tx: Tx, key: str, change_id: str) -> StoredChange:
    found = tx.schedule_change(change_id)
    if found is None or found.schedule != key:
        raise UnknownScheduleError(f"{key} has no change {change_id}")
    return found


def _schedule(known: Catalogue, key: str) -> Schedule:
    found = known.schedule(key)
    if found is None:
        raise UnknownScheduleError(f"there is no schedule {key!r}")
    return found


def _check_span(starts: datetime, ends: datetime) -> None:
    if ends <= starts:
        raise InvalidError("it ends before it starts", field="ends", mend="Swap them.")
    if ends - starts > LONGEST:
        raise InvalidError(f"this is longer than {LONGEST.days} days", field="ends", mend="Ask for less at once.")


def _check_people(known: Catalogue, field: str, *people: str) -> None:
    for person in people:
        if known.person(person) is None:
            raise InvalidError(f"nobody is called {person!r}", field=field, mend="Use a key of `people`.")


def _check_stint(shift: Stint, wanted: Temporary) -> None:
    if not wanted.starts <= shift.starts < shift.ends <= wanted.ends:
        raise InvalidError("a shift lies outside its temporary schedule, or is empty", field="shifts")


def _made(change: StoredChange) -> Made:
    return Made(
        id=change.id,
        kind=change.kind,
        starts=change.starts,
        ends=change.ends,
        what=read(change.kind, change.body),
        by=change.created_by,
        at=change.created_at,
    )


def _named(actor: Actor) -> str:
    return f"{actor.id} for {actor.on_behalf_of}" if actor.on_behalf_of else actor.id
