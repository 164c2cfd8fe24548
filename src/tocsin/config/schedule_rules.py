"""What schedules must keep to beyond their types: everybody in them exists, and no hours begin after their end."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable
from datetime import datetime
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from tocsin.config.checker import Checker
from tocsin.config.tree import Where
from tocsin.domain.schedules import Layer, Override, Schedule, Temporary


def check_schedules(c: Checker, schedules: Iterable[Schedule], people: Collection[str]) -> None:
    """Note what is wrong with schedules; `people` are the names there are."""
    for schedule in schedules:
        at: Where = ("schedules", schedule.key)
        check_zone(c, (*at, "zone"), schedule.zone or "UTC")
        _short_form(c, at, schedule, people)
        for kind in ("layers", "overrides", "temporaries"):
            _distinct(c, (*at, kind), [one.key for one in getattr(schedule, kind)])
        for i, layer in enumerate(schedule.layers):
            _layer(c, (*at, "layers", layer.key or i), layer, people)
        for i, override in enumerate(schedule.overrides):
            _override(c, (*at, "overrides", override.key or i), override, people)
        for i, temporary in enumerate(schedule.temporaries):
            _temporary(c, (*at, "temporaries", temporary.key or i), temporary, people)
        for person in schedule.holidays:
            c.word((*at, "holidays", person), person, people, "person")


def check_zone(c: Checker, where: Where, zone: str) -> None:
    """Note it when `zone` is no IANA time zone."""
    try:
        ZoneInfo(zone)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        c.say(where, f"{zone!r} is no time zone", "Use a name of the IANA database, such as Europe/Berlin.")


def _short_form(c: Checker, at: Where, schedule: Schedule, people: Collection[str]) -> None:
    _known(c, (*at, "people"), schedule.people, people)
    if schedule.people and schedule.starts is None:
        c.say(at, "starts is missing", "Add `starts:`, the local time of the first hand-over.")
    if not schedule.people and (schedule.starts is not None or not schedule.layers):
        c.say((*at, "people"), "nobody is in this schedule", "Name at least one person, or give it layers.")
    if schedule.starts is not None:
        _local(c, (*at, "starts"), schedule.starts)
    _length(c, at, schedule.length)


def _layer(c: Checker, at: Where, layer: Layer, people: Collection[str]) -> None:
    _known(c, (*at, "people"), layer.people, people)
    for i, group in enumerate(layer.groups):
        _known(c, (*at, "groups", i), group, people)
        if not group:
            c.say((*at, "groups", i), "nobody is in this group", "Name somebody, or leave the group out.")
    if bool(layer.people) == bool(layer.groups):
        c.say(at, "a layer has either people or groups", "List `people`, or `groups` of people who share a turn.")
    if layer.zone:
        check_zone(c, (*at, "zone"), layer.zone)
    _length(c, at, layer.length)
    naive = _local(c, (*at, "starts"), layer.starts)
    if layer.ends is not None and _local(c, (*at, "ends"), layer.ends) and naive and layer.ends <= layer.starts:
        c.say((*at, "ends"), "it ends before it starts", "Swap them.")
    if layer.worked_days and (layer.turn != "daily" or not layer.worked):
        mend = "Give it `turn: daily` and `hours` with the days that are worked, or leave it out."
        c.say((*at, "worked_days"), "only daily turns with hours can count worked days", mend)
    for i, hours in enumerate(layer.hours):
        if not hours.days:
            c.say((*at, "hours", i, "days"), "these hours are on no day", "Leave `days` out for every day.")
        if hours.from_.tzinfo is not None or hours.to.tzinfo is not None:
            c.say((*at, "hours", i), "these hours carry an offset, and belong to the layer's zone", "Leave it out.")


def _override(c: Checker, at: Where, override: Override, people: Collection[str]) -> None:
    for name in ("person", "replaces"):
        _known_one(c, (*at, name), getattr(override, name), people)
    if override.replaces and override.kind != "replace":
        mend = "Leave `replaces` out, or the kind."
        c.say((*at, "replaces"), f"an override that is to {override.kind} replaces nobody", mend)
    _span(c, at, override.starts, override.ends)


def _temporary(c: Checker, at: Where, temporary: Temporary, people: Collection[str]) -> None:
    sound = _span(c, at, temporary.starts, temporary.ends)
    for i, shift in enumerate(temporary.shifts):
        where: Where = (*at, "shifts", i)
        _known(c, (*where, "people"), shift.people, people)
        if not shift.people:
            c.say((*where, "people"), "nobody has this shift", "Name somebody, or leave the shift out.")
        if not _span(c, where, shift.starts, shift.ends) or not sound:
            continue
        if shift.starts < temporary.starts or shift.ends > temporary.ends:
            c.say(where, "this shift reaches beyond its temporary schedule", "Cut it, or make the schedule longer.")


def _known(c: Checker, where: Where, named: Iterable[str], people: Collection[str]) -> None:
    for i, person in enumerate(named):
        _known_one(c, (*where, i), person, people)


def _known_one(c: Checker, where: Where, person: str, people: Collection[str]) -> None:
    if person:  # an empty one was noted when it was read
        c.word(where, person, people, "person")


def _distinct(c: Checker, where: Where, keys: list[str]) -> None:
    for key, count in Counter(keys).items():
        if key and count > 1:
            c.say(where, f"{key} is given {count} times", "Keep one of them.")


def _length(c: Checker, at: Where, length: int) -> None:
    if length < 1:
        c.say((*at, "length"), f"a turn of {length} is no turn", "Give 1 or more.")


def _local(c: Checker, where: Where, moment: datetime) -> bool:
    if moment.tzinfo is not None:
        word = str(where[-1]).removesuffix("s")
        c.say(where, f"the {word} carries an offset, and belongs to the schedule's zone", "Leave the offset out.")
    return moment.tzinfo is None


def _span(c: Checker, at: Where, starts: datetime, ends: datetime) -> bool:
    if starts.tzinfo is None or ends.tzinfo is None:
        c.say(at, "start and end need an offset", "Write 2026-01-05T09:00Z or +01:00.")
        return False
    if ends <= starts:
        c.say(at, "it ends before it starts", "Swap them.")
        return False
    return True
