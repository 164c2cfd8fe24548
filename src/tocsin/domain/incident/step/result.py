"""What a step answers, and the small moves all cases share."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from tocsin.domain.effects import ClearTimer, Effect, SetTimer, Tell
from tocsin.domain.errors import RefusedError
from tocsin.domain.incident.events import Event
from tocsin.domain.incident.phases import Phase
from tocsin.domain.incident.state import Incident, Rested
from tocsin.domain.replacing import replace

MILESTONE: Final = "milestone/"


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """The incident after an event, and what the world is asked for."""

    incident: Incident
    effects: tuple[Effect, ...] = field(default=())

    def also(self, *more: Effect) -> Step:
        """Return this step with further effects."""
        return Step(incident=self.incident, effects=(*self.effects, *more))

    def then(self, other: Step) -> Step:
        """Return `other`'s incident with the effects of both."""
        return Step(incident=other.incident, effects=(*self.effects, *other.effects))

    def once(self) -> Step:
        """Return this step with every effect asked for once, and one message of a kind for each place of a channel."""
        kept: dict[object, Effect] = {}
        for number, effect in enumerate(self.effects):
            kept.setdefault(_identity(effect) or number, effect)
        return Step(incident=self.incident, effects=tuple(kept.values()))


def _identity(effect: Effect) -> object:
    if isinstance(effect, Tell):
        return effect.channel, effect.address, effect.template
    return getattr(effect, "key", None)


def arm(incident: Incident, name: str, due: datetime, event: Event) -> Step:
    """Set (or move) a timer. Its generation is the event's seq, so an older one can never be mistaken for it."""
    timers = {**incident.timers, name: event.seq}
    return Step(
        incident=replace(incident, timers=timers), effects=(SetTimer(name=name, generation=event.seq, due=due),)
    )


def disarm(incident: Incident, *names: str) -> Step:
    """Clear timers by name; a name ending in `/` clears all that begin with it."""
    gone = [n for n in incident.timers if any(n == w or (w.endswith("/") and n.startswith(w)) for w in names)]
    if not gone:
        return Step(incident=incident)
    kept = {n: g for n, g in incident.timers.items() if n not in gone}
    return Step(incident=replace(incident, timers=kept), effects=tuple(ClearTimer(name=n) for n in gone))


def disarm_all(incident: Incident, *, but: tuple[str, ...] = ()) -> Step:
    """Clear every timer, except those whose names begin with one of `but`."""
    return disarm(incident, *(n for n in incident.timers if not n.startswith(but)))


def stamp(incident: Incident, name: str, event: Event) -> Incident:
    """Keep the first time a milestone was reached."""
    return incident if name in incident.milestones else restamp(incident, name, event)


def restamp(incident: Incident, name: str, event: Event) -> Incident:
    """Let a milestone rest on this event, whatever was said before; that is kept for the day this is withdrawn."""
    at, by = incident.milestones.get(name), incident.said_by.get(MILESTONE + name)
    if at is not None and by and by != event.id:
        before = (*incident.former.get(event.id, ()), Rested(name=name, at=at, by=by))
        incident = replace(incident, former={**incident.former, event.id: before})
    stamped = replace(incident, milestones={**incident.milestones, name: event.occurred_at})
    return said_by(stamped, event, MILESTONE + name)


def said_by(incident: Incident, event: Event, fact: str) -> Incident:
    """Note that a fact rests on this event."""
    return replace(incident, said_by={**incident.said_by, fact: event.id})


def unstamp(incident: Incident, *names: str) -> Incident:
    """Forget milestones that turned out not to have been reached."""
    keys = {MILESTONE + name for name in names}
    return replace(
        incident,
        milestones={n: at for n, at in incident.milestones.items() if n not in names},
        said_by={k: by for k, by in incident.said_by.items() if k not in keys},
    )


def require_open(incident: Incident, verb: str) -> None:
    """Refuse a person's act on an incident nobody works on any more.

    Raises:
        RefusedError: the incident is not in triage or active.
    """
    if not incident.open:
        mend = (
            "It went on in the incident it was merged into." if incident.phase is Phase.MERGED else "Reopen it first."
        )
        raise RefusedError(f"cannot {verb}: {incident.ref} is {incident.phase}", mend=mend)
