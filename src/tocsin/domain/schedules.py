"""Schedules as they are written down: layers of turns, and the changes that lie over them.

What they mean at an instant is `tocsin.domain.oncall.schedule`. Times of layers are local and naive, as a rota on a wall
is; those of changes are instants.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from typing import Literal

TurnLength = Literal["hourly", "daily", "weekly", "monthly"]
Day = Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
OverrideKind = Literal["replace", "add", "remove"]

WEEK: tuple[Day, ...] = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


@dataclass(frozen=True, slots=True, kw_only=True)
class Hours:
    """A part of some days by wall clock. Past midnight it belongs to the day it starts on; start = end is 24 hours."""

    from_: time
    to: time
    days: tuple[Day, ...] = WEEK


@dataclass(frozen=True, slots=True, kw_only=True)
class Layer:
    """People, or groups of people, who take turns from `starts`; only in `hours` when there are any.

    A later layer of a schedule stands before an earlier one wherever it has somebody. An empty `zone` is the schedule's.
    With `worked_days` daily turns count only days on which some of the hours start: a weekend off is nobody's turn.
    """

    key: str
    starts: datetime
    people: tuple[str, ...] = ()
    groups: tuple[tuple[str, ...], ...] = ()
    turn: TurnLength = "weekly"
    length: int = 1
    hours: tuple[Hours, ...] = ()
    ends: datetime | None = None
    zone: str = ""
    worked_days: bool = False

    @property
    def worked(self) -> tuple[int, ...]:
        """The weekdays that turns count, Monday 0; none where they count all."""
        return (
            tuple(n for n, day in enumerate(WEEK) if any(day in h.days for h in self.hours)) if self.worked_days else ()
        )

    @property
    def turns(self) -> tuple[tuple[str, ...], ...]:
        """Who has each turn, in order."""
        return self.groups or tuple((person,) for person in self.people)


@dataclass(frozen=True, slots=True, kw_only=True)
class Override:
    """A change of some hours.

    `replace` puts `person` in the place of `replaces`, and only while that one is on call; in the place of everybody
    where none is named. `add` puts `person` beside those on call, `remove` takes `person` out.
    """

    person: str
    starts: datetime
    ends: datetime
    kind: OverrideKind = "replace"
    replaces: str = ""
    key: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Stint:
    """People and their hours in a temporary schedule."""

    people: tuple[str, ...]
    starts: datetime
    ends: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Temporary:
    """For a while nothing else holds, neither layers nor overrides nor swaps; nobody is on call outside its shifts."""

    starts: datetime
    ends: datetime
    shifts: tuple[Stint, ...] = ()
    key: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Swap:
    """Somebody asks to be stood in for; it means nothing until `taker` has agreed. Earlier ones are applied first."""

    key: str
    person: str
    starts: datetime
    ends: datetime
    asked_at: datetime
    taker: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Schedule:
    """Who answers, by layers and the changes over them.

    `people`, `starts`, `turn` and `length` here are the short form of a single layer, below all `layers`. Who is named
    in `holidays` has no turn on those days (of the layer's zone): the next one in order has it. Whoever goes on call hears
    of it `notice` ahead; of hours that nobody has, those who answer for it hear `warn_gaps` ahead; 0 is never.
    """

    key: str
    zone: str
    people: tuple[str, ...] = ()
    starts: datetime | None = None
    turn: TurnLength = "weekly"
    length: int = 1
    layers: tuple[Layer, ...] = ()
    overrides: tuple[Override, ...] = ()
    temporaries: tuple[Temporary, ...] = ()
    holidays: Mapping[str, tuple[date, ...]] = field(default_factory=dict)
    swaps: tuple[Swap, ...] = ()
    notice: timedelta = timedelta(days=1)
    warn_gaps: timedelta = timedelta(days=7)

    @property
    def rotations(self) -> tuple[Layer, ...]:
        """Every layer from the lowest to the highest, the short form among them."""
        if self.starts is None or not self.people:
            return self.layers
        short = Layer(key="", starts=self.starts, people=self.people, turn=self.turn, length=self.length)
        return (short, *self.layers)

    @property
    def everybody(self) -> tuple[str, ...]:
        """Who may ever be on call by it, each once."""
        found = [p for layer in self.rotations for turn in layer.turns for p in turn]
        found += [o.person for o in self.overrides if o.kind != "remove"]
        found += [p for temporary in self.temporaries for shift in temporary.shifts for p in shift.people]
        found += [swap.taker for swap in self.swaps if swap.taker]
        return tuple(dict.fromkeys(found))
