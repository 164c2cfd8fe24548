"""Paging stands still while nothing of an incident's alerts is to be told, and goes on where it stood.

So it is in triage, for what alerts opened: people who say that it is an incident are paged for it whatever
is silenced. Whoever looks at the alerts says what they tell (`Voices`).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from tocsin.domain.incident.events import Absorbed, AlertFired, AlertsGrouped, Event, PagingHeld
from tocsin.domain.incident.phases import Phase
from tocsin.domain.incident.state import Incident
from tocsin.domain.incident.step.clocks import PAGING_TIMERS
from tocsin.domain.incident.step.pacing import REPEAT, WAIT
from tocsin.domain.incident.step.result import Step, arm
from tocsin.domain.replacing import replace

# Each of these may wake somebody, or ends paging, which must not happen unheard either.
HELD_TIMERS: Final = frozenset({*PAGING_TIMERS, WAIT, REPEAT})
ENDED: Final = "every alert has ended"
LEFT: Final = "every alert ended; what fires again is held back, or told in another incident"


@dataclass(frozen=True, slots=True, kw_only=True)
class Voices:
    """What the alerts of an incident say now.

    `held` says what holds back those that fire, '' when one of them tells. `ended`: none fires, and each end was told by
    its sender; `left`: some fire again, but not for this incident.
    """

    held: str = ""
    ended: bool = False
    left: bool = False


def may_hold(incident: Incident, timer: str) -> bool:
    """Return whether what the alerts say decides whether this timer of the incident pages."""
    by_alerts = incident.pace is not None and incident.phase is Phase.TRIAGE and incident.mode != "backfill"
    return by_alerts and timer in HELD_TIMERS and timer in incident.timers


def held_by(incident: Incident, timer: str, voices: Voices) -> str:
    """Return why this timer is to page nobody now, '' when it is to go on.

    A page that was never sent is not held back because the alerts ended: what becomes of that `pacing` says.
    """
    if voices.held:
        return voices.held
    if not voices.ended or timer not in PAGING_TIMERS or incident.paging.level < 0:
        return ""
    return LEFT if voices.left else ENDED


def hold(incident: Incident, event: Event, body: PagingHeld) -> Step:
    """Let a timer wait instead of paging, and note why; one of an older generation changes nothing."""
    if incident.timers.get(body.timer) != body.generation:
        return Step(incident=incident)
    paging = replace(incident.paging, held=body.because, held_timer=body.timer)
    return arm(replace(incident, paging=paging, paging_due_at=None), body.timer, body.until, event)


def is_known(incident: Incident, body: PagingHeld) -> bool:
    """Return whether it is recorded already that this holds the incident's paging back.

    A repetition is held by the way only: the timer that pages the next level takes its place as what looks again at once.
    """
    timer = incident.paging.held_timer
    same = timer == body.timer or timer in PAGING_TIMERS or body.timer not in PAGING_TIMERS
    return same and incident.paging.held == body.because


def goes_on(incident: Incident, timer: str) -> Incident:
    """Return the incident as it is once a timer that may have been held back goes on."""
    if timer != incident.paging.held_timer:
        return incident
    return replace(incident, paging=replace(incident.paging, held="", held_timer=""))


def look_again(incident: Incident, event: Event) -> Step:
    """Look at once whether paging goes on: when one of the alerts fires, others come in, or people mean the incident."""
    timer = incident.paging.held_timer
    means_it = bool(timer) and not may_hold(incident, timer)
    freed = goes_on(incident, timer) if means_it else incident
    if timer not in freed.timers or not (means_it or _may_tell(event)):
        return Step(incident=freed)
    if means_it and timer in PAGING_TIMERS:
        freed = replace(freed, paging_due_at=event.recorded_at)
    return arm(freed, timer, event.recorded_at, event)


def _may_tell(event: Event) -> bool:
    """Return whether alerts may fire now that did not before."""
    match event.body:
        case AlertFired() | Absorbed(undone=False):
            return True
        case AlertsGrouped(firing=firing):
            return firing > 0
        case _:
            return False
