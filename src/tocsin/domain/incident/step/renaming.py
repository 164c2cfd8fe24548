"""What an incident is called: each renaming keeps the former name, so that one taken back gives it up again."""

from __future__ import annotations

from tocsin.domain.errors import RefusedError
from tocsin.domain.incident.events import Declared, Event, Renamed
from tocsin.domain.incident.state import Incident, Renaming
from tocsin.domain.incident.step.result import Step
from tocsin.domain.replacing import replace


def rename(incident: Incident, event: Event, body: Renamed) -> Step:
    """Give the incident another title, or correct an earlier renaming.

    Raises:
        RefusedError: it is called that already.
    """
    corrected = _place(incident, event)
    if corrected is not None:
        return Step(incident=_corrected(incident, event, body, corrected))
    if not event.supersedes and body.title == incident.title and body.summary in {"", incident.summary}:
        raise RefusedError(f"{incident.ref} is called that already", mend="Give another title.")
    former = Renaming(events=(event.id,), title=incident.title, summary=incident.summary)
    called = replace(incident, title=body.title, summary=body.summary or incident.summary)
    return Step(incident=replace(called, renamings=(*incident.renamings, former)))


def take_back(incident: Incident, event: Event) -> Incident:
    """Return the incident without the renaming that a retraction withdraws; any other retraction changes nothing."""
    place = _place(incident, event)
    if place is None:
        return incident
    gone = incident.renamings[place]
    rest = (*incident.renamings[:place], *incident.renamings[place + 1 :])
    return _before(replace(incident, renamings=rest), place, gone.title, gone.summary)


def redeclared(incident: Incident, body: Declared) -> Incident:
    """Return the incident with the name that a corrected declaration gives it, unless it was renamed since."""
    return _before(incident, 0, body.title, body.summary)


def _place(incident: Incident, event: Event) -> int | None:
    return next((n for n, one in enumerate(incident.renamings) if event.supersedes in one.events), None)


def _corrected(incident: Incident, event: Event, body: Renamed, place: int) -> Incident:
    old = incident.renamings[place]
    same = replace(old, events=(*old.events, event.id))
    renamings = (*incident.renamings[:place], same, *incident.renamings[place + 1 :])
    return _before(replace(incident, renamings=renamings), place + 1, body.title, body.summary or old.summary)


def _before(incident: Incident, place: int, title: str, summary: str) -> Incident:
    """Return the incident with that name before the renaming at `place`: its present one where there is none."""
    if place == len(incident.renamings):
        return replace(incident, title=title, summary=summary)
    following = replace(incident.renamings[place], title=title, summary=summary)
    renamings = (*incident.renamings[:place], following, *incident.renamings[place + 1 :])
    return replace(incident, renamings=renamings)
