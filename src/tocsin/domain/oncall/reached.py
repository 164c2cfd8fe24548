"""How one person is reached at an instant, and which of their rules decides it: for previews, and for `why`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, Literal

from tocsin.domain import words
from tocsin.domain.catalogue import Catalogue
from tocsin.domain.notification import Urgency
from tocsin.domain.oncall.notification import Way, quiet_until, ways
from tocsin.domain.oncall.wall_clock import shown, zone

Reason = Literal["rules", "in_turn", "unverified", "unreachable", "quiet_hours", "quiet_ignored"]
_NOTHING: Final[Mapping[str, str]] = {}


@dataclass(frozen=True, slots=True, kw_only=True)
class Reached:
    """By which ways a person would be reached, from when.

    `ruled` says that their own rules decide, `unverified` are the methods that nobody vouches for, so that they are left
    out. `held_until` is the end of quiet hours that hold it back; `quiet` says that some hold, also where nothing waits.
    """

    person: str
    urgency: Urgency
    at: datetime
    zone: str
    ways: tuple[Way, ...]
    ruled: bool
    unverified: tuple[str, ...]
    quiet: bool
    held_until: datetime | None

    @property
    def begins_at(self) -> datetime:
        """When the first way is used."""
        return self.held_until or self.at


@dataclass(frozen=True, slots=True, kw_only=True)
class Ruling:
    """One decision about reaching somebody: its named reason, a sentence, and whether it keeps something from them."""

    reason: Reason
    sentence: str
    refers_to: tuple[str, ...] = ()
    holds_back: bool = False


def how_reached(catalogue: Catalogue, person: str, urgency: Urgency, at: datetime) -> Reached:
    """Return how a person is reached by what is in force."""
    found = catalogue.person(person)
    until = quiet_until(found, at)
    order = ways(catalogue, person, urgency)
    usable = {way.contact.key for way in order}
    asked = [n.method for n in found.notify.of(urgency)] if found else []
    listed = [*asked, *(c.key for c in found.contacts)] if found else []
    return Reached(
        person=person,
        urgency=urgency,
        at=at,
        zone=found.zone if found else "UTC",
        ways=order,
        ruled=any(method in usable for method in asked),
        unverified=tuple(dict.fromkeys(key for key in listed if key not in usable)),
        quiet=until is not None,
        held_until=until if urgency == "low" else None,
    )


def timed(found: Reached) -> tuple[str, ...]:
    """Return when each way is used, such as `at 0 min push` and `if that fails mail`, in order."""
    return tuple(_when(way) for way in found.ways)


def rulings(found: Reached, names: Mapping[str, str] = _NOTHING) -> tuple[Ruling, ...]:
    """Return what decides how somebody is reached, one sentence each."""
    name = words.name(found.person, names)
    told = [_order(found, name)]
    for method in found.unverified:
        sentence = f"{method} of {name} is not verified, so that it is left out."
        told.append(Ruling(reason="unverified", sentence=sentence, refers_to=(found.person, method), holds_back=True))
    if found.quiet:
        told.append(_quiet(found, name))
    return tuple(told)


def _order(found: Reached, name: str) -> Ruling:
    if not found.ways:
        sentence = f"{name} has no verified contact method: nothing can reach them."
        return Ruling(reason="unreachable", sentence=sentence, refers_to=(found.person,), holds_back=True)
    order = ", ".join(timed(found))
    if found.ruled:
        sentence = f"{name}'s rules for {found.urgency} urgency: {order}."
        return Ruling(reason="rules", sentence=sentence, refers_to=(found.person, f"notify.{found.urgency}"))
    sentence = f"{name} has no rules for {found.urgency} urgency, so that contacts go in turn: {order}."
    return Ruling(reason="in_turn", sentence=sentence, refers_to=(found.person,))


def _quiet(found: Reached, name: str) -> Ruling:
    if found.held_until is None:
        sentence = f"{name} has quiet hours then; what is of high urgency is not held back by them."
        return Ruling(reason="quiet_ignored", sentence=sentence, refers_to=(found.person, "notify.quiet"))
    local = shown(found.held_until, zone(found.zone))
    sentence = f"{name} has quiet hours: it waits until {local:%Y-%m-%d %H:%M} {found.zone}."
    return Ruling(reason="quiet_hours", sentence=sentence, refers_to=(found.person, "notify.quiet"), holds_back=True)


def _when(way: Way) -> str:
    if way.after is None:
        return f"if that fails {way.contact.key}"
    minutes = way.after / timedelta(minutes=1)
    return f"at {minutes:g} min {way.contact.key}"
