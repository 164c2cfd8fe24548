"""Calendars that subscribe: a signed address for a schedule or a person, read without a login, that ends or is withdrawn."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

import msgspec

from tocsin.domain.actor import Actor
from tocsin.domain.errors import InvalidError
from tocsin.flows.calendar_format import CalendarFormat
from tocsin.flows.calendars import export, export_person
from tocsin.flows.engine import Engine
from tocsin.flows.policies import catalogue
from tocsin.flows.ports import SignatureError
from tocsin.flows.schedules import UnknownScheduleError
from tocsin.flows.signing import Signing
from tocsin.flows.storage import Tx
from tocsin.flows.transact import transact

PURPOSE: Final = "calendar-feed"
PATH: Final = "/feeds/oncall.ics"
LONGEST: Final = timedelta(days=800)


@dataclass(frozen=True, slots=True, kw_only=True)
class Feed:
    """An address that calendars may read until `expires_at`."""

    url: str
    expires_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Withdrawn:
    """Whose addresses lead nowhere any more."""

    person: str


class UnknownFeedError(Exception):
    """This address leads to no calendar: it was withdrawn, has expired, or was never given."""


class _Claim(msgspec.Struct, array_like=True, frozen=True):
    """What an address says: whose hours of which schedule, who asked for it, and of which generation of theirs it is."""

    schedule: str
    person: str
    owner: str
    generation: str


def make_feed(
    engine: Engine, signing: Signing, actor: Actor, *, schedule: str = "", person: str = "", valid: timedelta
) -> Feed:
    """Return an address for a schedule, for one person's hours of it, or for all hours of a person.

    Raises:
        UnknownScheduleError: there is no such schedule.
        InvalidError: neither was given, there is no such person, it would hold for too long, or the caller is no person.
    """
    if not schedule and not person:
        raise InvalidError("whose calendar?", field="schedule", mend="Name a schedule, a person, or both.")
    if not timedelta(0) < valid <= LONGEST:
        raise InvalidError(f"an address holds for 1 to {LONGEST.days} days", field="days", mend="Ask for a year.")

    def make(tx: Tx) -> Feed:
        known = catalogue(tx)
        if schedule and known.schedule(schedule) is None:
            raise UnknownScheduleError(f"there is no schedule {schedule!r}")
        if person and known.person(person) is None:
            raise InvalidError(f"nobody is called {person!r}", field="person", mend="Use a key of `people`.")
        owner = _owner(actor)
        claim = _Claim(schedule=schedule, person=person, owner=owner, generation=tx.value(_generation(owner)))
        token = signing.sign(tx, msgspec.json.encode(claim).decode(), purpose=PURPOSE, valid=valid)
        return Feed(url=f"{engine.public_url}{PATH}?key={token}", expires_at=tx.now() + valid)

    return transact(engine, make)


def revoke_feeds(engine: Engine, actor: Actor) -> Withdrawn:
    """Withdraw every address that the caller asked for so far.

    Raises:
        InvalidError: the caller is no person.
    """
    owner = _owner(actor)

    def revoke(tx: Tx) -> Withdrawn:
        tx.put_value(_generation(owner), str(int(tx.value(_generation(owner)) or "0") + 1))
        return Withdrawn(person=owner)

    return transact(engine, revoke)


def read_feed(engine: Engine, signing: Signing, form: CalendarFormat, token: str) -> str:
    """Return the calendar that an address leads to, as it is now.

    Raises:
        UnknownFeedError: it was withdrawn, has expired, or was never given; or who and what it names has gone.
    """
    with engine.store.reading() as tx:
        try:
            claim = msgspec.json.decode(signing.read(tx, token, purpose=PURPOSE), type=_Claim)
        except SignatureError as error:
            raise UnknownFeedError(str(error)) from error
        known = catalogue(tx)
        if tx.value(_generation(claim.owner)) != claim.generation:
            raise UnknownFeedError("it was withdrawn")
        if known.person(claim.owner) is None or (claim.person and known.person(claim.person) is None):
            raise UnknownFeedError("who asked for it, or whom it is of, has gone")
    if not claim.schedule:
        return export_person(engine, form, claim.person)
    try:
        return export(engine, form, claim.schedule, claim.person)
    except UnknownScheduleError as error:
        raise UnknownFeedError(str(error)) from error


def _owner(actor: Actor) -> str:
    if not actor.person:
        raise InvalidError("an address belongs to a person", field="person", mend="Use a person's token.")
    return actor.person


def _generation(owner: str) -> str:
    return f"feeds/{owner}"
