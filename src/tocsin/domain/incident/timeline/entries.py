"""The timeline as people read it: in the order things were true, with corrections visible and machine noise summed up."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from typing import Final

from tocsin.domain import words
from tocsin.domain.actor import Actor
from tocsin.domain.incident.events import (
    Delivered,
    DeliveryFailed,
    Event,
    FollowUpAdded,
    PlanProposed,
    Retracted,
    TaskGiven,
    TimerElapsed,
)
from tocsin.domain.incident.timeline.correction import Standing, standings
from tocsin.domain.incident.timeline.sentences import Kind, say

# Timers that only keep the engine going; the others are a deadline that passed, which people want to see.
QUIET_TIMERS: Final = frozenset({"update_reminder", "update_nag", "gates", "watch", "tell", "notify", "close_after"})
# What a reminder was about, where the name of its clock is no sentence.
NUDGES: Final = {
    "leadership": "leadership is told of this severity",
    "ack_by": "nobody has acknowledged",
    "commander_by": "there is no incident commander",
}
SHORTEST_KEY: Final = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class Former:
    """How a corrected entry was first entered, and by whom."""

    at: datetime
    text: str
    who: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One line of the timeline. `at` is when it was true, `recorded_at` when it was learned, both aware UTC.

    `who` recorded it; `kind` is one of `sentences.Kind` and names the icon; `corrected_from` is None unless the entry was
    corrected or withdrawn later.
    """

    seq: int
    id: str
    at: datetime
    recorded_at: datetime
    who: str
    kind: Kind
    text: str
    details: tuple[str, ...] = ()
    pinned: bool = False
    corrected_from: Former | None = None
    withdrawn: bool = False


def entries(
    events: Iterable[Event], *, as_known_at: datetime | None = None, names: Mapping[str, str] = words.NOBODY
) -> list[Entry]:
    """Return the timeline, oldest first; with `as_known_at`, as it looked to those who knew only what was recorded then.

    Deliveries of one message or page are one entry; reminders about one thing are one entry; timers that only keep the
    engine going are none. `names` turns people's keys into names where they are known.
    """
    facts = standings(events, as_known_at=as_known_at)
    names = {**_titles(facts), **names}
    machine = [s.now for s in facts if isinstance(s.now.body, Delivered | DeliveryFailed)]
    told = [s for s in facts if not isinstance(s.now.body, Delivered | DeliveryFailed) and not _quiet(s.now)]
    lines = [*(_entry(s, names) for s in told), *_deliveries(machine, names)]
    return sorted(lines, key=lambda line: (line.at, line.seq))


def _titles(facts: Sequence[Standing]) -> dict[str, str]:
    """Return what tasks, plans and action items are called, so that later events about them can be read alone."""
    titles: dict[str, str] = {}
    for fact in facts:
        match fact.now.body:
            case TaskGiven(task=key, title=title):
                titles[f"task/{key}"] = title
            case PlanProposed(plan=key, title=title):
                titles[f"plan/{key}"] = title
            case FollowUpAdded(followup=key, title=title):
                titles[f"followup/{key}"] = title
    return titles


def _quiet(event: Event) -> bool:
    return isinstance(event.body, TimerElapsed) and event.body.name.partition("/")[0] in QUIET_TIMERS


def _entry(fact: Standing, names: Mapping[str, str]) -> Entry:
    said = say(fact.now.body, names)
    former = None
    if fact.now is not fact.first:
        was = say(fact.first.body, names)
        former = Former(at=fact.first.occurred_at, text=was.text, who=_who(fact.first.actor, names))
    return Entry(
        seq=fact.now.seq,
        id=fact.now.id,
        # A withdrawn fact keeps its place: readers look for it where it used to be.
        at=fact.first.occurred_at if fact.withdrawn else fact.now.occurred_at,
        recorded_at=fact.now.recorded_at,
        who=_who(fact.now.actor, names),
        kind=said.kind,
        text=said.text,
        details=said.details,
        pinned=said.pinned,
        corrected_from=former,
        withdrawn=isinstance(fact.now.body, Retracted),
    )


def _who(actor: Actor, names: Mapping[str, str]) -> str:
    if actor.kind == "system":
        return "Tocsin"
    # A sender or an agent may be called what some person's key is, and is not that person.
    own = words.name(actor.id, names) if actor.kind == "person" else actor.id
    return f"{own} for {words.name(actor.on_behalf_of, names)}" if actor.on_behalf_of else own


def _deliveries(events: Sequence[Event], names: Mapping[str, str]) -> list[Entry]:
    keyed = sorted(((_batch(e), e) for e in events), key=lambda pair: (pair[0], pair[1].occurred_at, pair[1].seq))
    return [_batch_entry(batch, [e for _, e in group], names) for batch, group in groupby(keyed, key=lambda p: p[0])]


def _batch(event: Event) -> tuple[str, str, str]:
    """Return what a delivery belongs to: its kind, the event that asked for it, and whom or what it was about."""
    body = event.body
    assert isinstance(body, Delivered | DeliveryFailed)  # noqa: S101 (its caller picked them)
    _, _, rest = body.key.partition("/")
    parts = rest.split("/")
    if len(parts) < SHORTEST_KEY:
        return body.kind, body.key, body.to
    asked_by, about = parts[1], parts[2:]
    if body.kind == "message":
        return body.kind, asked_by, about[1]
    if body.kind == "reminder":
        return body.kind, "/".join(about[:-1]), body.to
    return body.kind, asked_by, ""


def _batch_entry(batch: tuple[str, str, str], events: Sequence[Event], names: Mapping[str, str]) -> Entry:
    kind, asked_by, about = batch
    last = {e.body.key: e for e in events if isinstance(e.body, Delivered | DeliveryFailed)}
    good = [e.body for e in last.values() if isinstance(e.body, Delivered)]
    bad = [e.body for e in last.values() if isinstance(e.body, DeliveryFailed)]
    share = f"{len(good)}/{len(last)} delivered"
    match kind:
        case "page":
            people = ", ".join(f"{words.name(b.to, names)} by {b.via}" for b in good)
            text = f"Paged {people}" if people else f"No page delivered ({share})"
        case "reminder":
            again = f" ({len(good)} times, last {words.clock(events[-1].occurred_at)})" if len(good) > 1 else ""
            topic = NUDGES.get(asked_by) or asked_by.replace("_", " ").replace("/", " ")
            text = (
                f"Reminded {words.name(about, names)}: {topic}{again}" if good else f"Reminder not delivered: {topic}"
            )
        case _:
            text = f"{about.capitalize()} told: {share}"
    failures = tuple(f"{words.name(b.to, names)} by {b.via} not reached: {b.reason}" for b in bad)
    first = events[0]
    return Entry(
        seq=first.seq,
        id=first.id,
        at=first.occurred_at,
        recorded_at=first.recorded_at,
        who="Tocsin",
        kind="page" if kind == "page" else "message",
        text=text,
        details=failures or tuple(b.to for b in good if kind == "message"),
    )
