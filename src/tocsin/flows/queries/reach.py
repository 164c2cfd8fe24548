"""How one person is reached: their contact methods, their rules, and what a page would do now."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from tocsin.domain.catalogue import Catalogue, ContactMethod
from tocsin.domain.errors import InvalidError
from tocsin.domain.notification import Urgency
from tocsin.domain.oncall.notification import Way as Turn
from tocsin.domain.oncall.reached import how_reached, rulings
from tocsin.domain.schedules import WEEK, Hours
from tocsin.flows import contacts
from tocsin.flows.circuits import carrier, open_circuits, provider_of
from tocsin.flows.contacts import Way
from tocsin.flows.engine import Engine
from tocsin.flows.policies import catalogue

URGENCIES: Final[tuple[Urgency, ...]] = ("high", "low")


@dataclass(frozen=True, slots=True, kw_only=True)
class ReachStep:
    """One use of a contact method. `at` is None for one that is used only when another failed.

    `minutes` counts from the call. `left_alone` names its provider while that fails, so that it would be passed over.
    """

    method: str
    kind: str
    minutes: float | None
    at: datetime | None
    left_alone: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReachPlan:
    """What a page of an urgency would do now: its steps in order, and what decides them, a sentence each."""

    urgency: Urgency
    ruled: bool
    begins_at: datetime
    steps: tuple[ReachStep, ...]
    reasons: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Reach:
    """How a person is reached, at `at`. `quiet` are their quiet hours by the clock of `zone`."""

    person: str
    name: str
    zone: str
    at: datetime
    contacts: tuple[Way, ...]
    quiet: tuple[str, ...]
    plans: tuple[ReachPlan, ...]


def reach(engine: Engine, person: str) -> Reach:
    """Return how a person is reached.

    Raises:
        InvalidError: there is no such person.
    """
    with engine.store.reading() as tx:
        known, now, failing = catalogue(tx), tx.now(), open_circuits(tx)
        found = known.person(person)
        if found is None:
            raise InvalidError(f"nobody is called {person!r}", field="person", mend="Use a key of `people`.")
        listed = contacts.ways_of(tx, found)
    return Reach(
        person=person,
        name=found.name or person,
        zone=found.zone,
        at=now,
        contacts=listed,
        quiet=tuple(_hours(one) for one in found.notify.quiet),
        plans=tuple(_plan(known, person, urgency, now, failing) for urgency in URGENCIES),
    )


def _plan(known: Catalogue, person: str, urgency: Urgency, now: datetime, failing: Collection[str]) -> ReachPlan:
    found = how_reached(known, person, urgency, now)
    return ReachPlan(
        urgency=urgency,
        ruled=found.ruled,
        begins_at=found.begins_at,
        steps=tuple(_step(known, way, max(now, found.begins_at), now, failing) for way in found.ways),
        reasons=tuple(one.sentence for one in rulings(found, known.names)),
    )


def _step(known: Catalogue, way: Turn, begins: datetime, now: datetime, failing: Collection[str]) -> ReachStep:
    provider = _provider(known, way.contact)
    return ReachStep(
        method=way.contact.key,
        kind=way.contact.kind,
        minutes=None if way.after is None else way.after.total_seconds() / 60,
        at=None if way.after is None else max(now + way.after, begins),
        left_alone=provider if provider in failing else "",
    )


def _provider(known: Catalogue, contact: ContactMethod) -> str:
    return provider_of(contact.kind, carrier(known, contact.kind, contact.channel), contact.address)


def _hours(one: Hours) -> str:
    days = "" if one.days == WEEK else f" on {', '.join(one.days)}"
    return f"{one.from_:%H:%M} to {one.to:%H:%M}{days}"
