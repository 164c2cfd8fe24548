"""What a step answers, and the small moves all cases share."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import datetime

from tocsin.domain.effects import ClearTimer, Effect, SetTimer
from tocsin.domain.errors import RefusedError
from tocsin.domain.incident.events import Event
from tocsin.domain.incident.phases import Phase
from tocsin.domain.incident.state import Incident


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """The incident after an event, and what the world is asked for."""

    incident: Incident
    effects: tuple[Effect, ...] = field(default=())

    def also(self, *more: Effect) -> Step:
        """Return this step with further effects."""
        return replace(self, effects=(*self.effects, *more))

    def then(self, other: Step) -> Step:
        """Return `other`'s incident with the effects of both."""
        return Step(incident=other.incident, effects=(*self.effects, *other.effects))


def arm(incident: Incident, name: str, due: datetime, event: Event) -> Step:
    """Set (or move) a timer. Its generation is the event's seq, so an older one can never be mistaken for it."""
    timers = {**incident.timers, name: event.seq}
    return Step(
        incident=replace(incident, timers=timers), effects=(SetTimer(name=name, generation=event.seq, due=due),)
    )


def disarm(incident: Incident, *names: str) -> Step:
    """Clear timers by name; a name ending in `/` clears all that begin with it."""
    gone = [n for n in incident.timers if any(n == w or (w.endswith("/") and n.startswith(w)) for w in names)]
    kept = {n: g for n, g in incident.timers.items() if n not in gone}
    return Step(incident=replace(incident, timers=kept), effects=tuple(ClearTimer(name=n) for n in gone))


def stamp(incident: Incident, name: str, event: Event) -> Incident:
    """Keep the first time a milestone was reached; a superseding event replaces it."""
    if name in incident.milestones and not event.supersedes:
        return incident
    return replace(incident, milestones={**incident.milestones, name: event.occurred_at})


def require_open(incident: Incident, verb: str) -> None:
    """Refuse a person's act on an incident nobody works on any more.

    Raises:
        RefusedError: the incident is not in triage or active.
    """
    if not incident.open:
        mend = f"It went on in {incident.merged_into}." if incident.phase is Phase.MERGED else "Reopen it first."
        raise RefusedError(f"cannot {verb}: {incident.ref} is {incident.phase}", mend=mend)
