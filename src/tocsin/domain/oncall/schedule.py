"""`on_call(schedule, t)`: one pure answer for the pager, the pages and the exports (R-ONC-1).

A temporary schedule stands in for everything. Else the highest layer that has anybody answers, overrides change that
in their order, and swaps that were agreed to, the earliest first. Everything local goes by the latest time that clocks
have shown (`wall_clock.reached`), so that an hour left out or shown twice makes neither a gap nor an overlap.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from tocsin.domain.oncall.rotation import turn_by
from tocsin.domain.oncall.wall_clock import reached, zone
from tocsin.domain.schedules import WEEK, Hours, Layer, Override, Schedule, Temporary

_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Duty:
    """Somebody on call, and by what: `layer/KEY`, `override/KEY`, `temporary/KEY` or `swap/KEY`."""

    person: str
    source: str


def on_call(schedule: Schedule, at: datetime) -> tuple[str, ...]:
    """Return who is on call at the aware instant `at`, each once; nobody where no layer and no change has anybody."""
    return tuple(duty.person for duty in duties(schedule, at))


def duties(schedule: Schedule, at: datetime) -> tuple[Duty, ...]:
    """Return who is on call at `at`, each once, and why."""
    for number in range(len(schedule.temporaries) - 1, -1, -1):
        if schedule.temporaries[number].starts <= at < schedule.temporaries[number].ends:
            return _of_temporary(schedule.temporaries[number], number, at)
    found = _of_layers(schedule, at)
    for number, override in enumerate(schedule.overrides):
        if override.starts <= at < override.ends:
            found = _overridden(found, override, f"override/{override.key or number + 1}")
    for swap in sorted(schedule.swaps, key=lambda s: (s.asked_at, s.key)):
        if swap.taker and swap.starts <= at < swap.ends:
            found = _replaced(found, swap.person, Duty(swap.taker, f"swap/{swap.key}"))
    return found


def _of_temporary(temporary: Temporary, number: int, at: datetime) -> tuple[Duty, ...]:
    source = f"temporary/{temporary.key or number + 1}"
    people = (p for shift in temporary.shifts if shift.starts <= at < shift.ends for p in shift.people)
    return tuple(Duty(person, source) for person in dict.fromkeys(people))


def _of_layers(schedule: Schedule, at: datetime) -> tuple[Duty, ...]:
    for layer in reversed(schedule.rotations):
        clock = reached(at, zone(layer.zone or schedule.zone))
        people = _crew(layer, clock, schedule.holidays)
        if people:
            return tuple(Duty(person, f"layer/{layer.key}") for person in people)
    return ()


def _crew(layer: Layer, clock: datetime, holidays: Mapping[str, tuple[date, ...]]) -> tuple[str, ...]:
    """Return who has a layer's turn when clocks have shown `clock`."""
    turns = layer.turns
    if not turns or clock < layer.starts or (layer.ends is not None and clock >= layer.ends):
        return ()
    if layer.hours and not any(within(hours, clock) for hours in layer.hours):
        return ()
    number = turn_by(layer, clock)
    if not holidays:
        return tuple(dict.fromkeys(turns[number % len(turns)]))
    today = clock.date()
    # The next in order stands in for who is away. Where all are, whose turn it is has it: better woken than nobody.
    for later in range(len(turns)):
        there = (p for p in turns[(number + later) % len(turns)] if today not in holidays.get(p, ()))
        if crew := tuple(dict.fromkeys(there)):
            return crew
    return tuple(dict.fromkeys(turns[number % len(turns)]))


def within(hours: Hours, clock: datetime) -> bool:
    """Return whether hours hold when clocks have shown `clock`; past midnight they belong to the day they start on."""
    now = clock.time()
    today = WEEK[clock.weekday()] in hours.days
    if hours.from_ < hours.to:
        return today and hours.from_ <= now < hours.to
    yesterday = WEEK[(clock - _DAY).weekday()] in hours.days
    return (today and now >= hours.from_) or (yesterday and now < hours.to)


def _overridden(found: tuple[Duty, ...], override: Override, source: str) -> tuple[Duty, ...]:
    new = Duty(override.person, source)
    if override.kind == "remove":
        return tuple(duty for duty in found if duty.person != override.person)
    if override.kind == "add":
        return found if any(duty.person == new.person for duty in found) else (*found, new)
    return _replaced(found, override.replaces, new) if override.replaces else (new,)


def _replaced(found: tuple[Duty, ...], person: str, new: Duty) -> tuple[Duty, ...]:
    """Put `new` in the place of `person`, if there; somebody who is on call anyway stays there once."""
    if all(duty.person != person for duty in found):
        return found
    changed = (new if duty.person == person else duty for duty in found)
    return tuple({duty.person: duty for duty in changed}.values())
