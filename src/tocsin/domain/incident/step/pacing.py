"""The clocks of the route that an incident's alerts came by: the first page waits for the group, an unanswered one is repeated."""

from __future__ import annotations

from typing import Final

from tocsin.domain.alerts.notifying import repeats_at
from tocsin.domain.incident.events import Event
from tocsin.domain.incident.policy import Policy
from tocsin.domain.incident.state import Incident
from tocsin.domain.incident.step.paging import begin_paging
from tocsin.domain.incident.step.result import Step, arm
from tocsin.domain.replacing import replace

WAIT: Final = "group_wait"
REPEAT: Final = "group_repeat"
# While one of these runs, paging goes on by itself, or somebody has put it off.
_PAGING: Final = frozenset({"escalate", "page_again", "paging_ends", "snooze"})


def first_page(incident: Incident, event: Event, policy: Policy) -> Step:
    """Page the first level, at once or when the route's wait is over; a severity that pages nobody waits for nothing."""
    wait = incident.pace.wait if incident.pace else None
    if not wait or not policy.level(incident.severity).pages:
        return begin_paging(incident, event, policy)
    return arm(incident, WAIT, event.recorded_at + wait, event)


def waited(incident: Incident, event: Event, policy: Policy) -> Step:
    """Page the first level now that the wait is over; an incident whose alerts are all over by now wakes nobody."""
    if incident.paging.level >= 0 or not _asks(incident, policy):
        return Step(incident=incident)
    return begin_paging(incident, event, policy)


def repeat(incident: Incident, event: Event, policy: Policy) -> Step:
    """Page from the first level again, where everybody was paged in vain and the alerts still fire."""
    if not incident.paging.exhausted or _PAGING & set(incident.timers) or not _asks(incident, policy):
        return Step(incident=incident)
    again = replace(incident.paging, level=-1, unreached=(), exhausted=False)
    return begin_paging(replace(incident, paging=again), event, policy)


def keep_pace(incident: Incident, event: Event, policy: Policy) -> Step:
    """Let the clocks run while somebody is to be woken: the wait of a group that fires again, then the repetition."""
    pace = incident.pace
    if pace is None or not _asks(incident, policy):
        return Step(incident=incident)
    if incident.paging.level < 0:
        return Step(incident=incident) if WAIT in incident.timers else first_page(incident, event, policy)
    if REPEAT in incident.timers:
        return Step(incident=incident)
    due = repeats_at(event.recorded_at, event.recorded_at + pace.interval, pace.interval, pace.repeat)
    return arm(incident, REPEAT, due, event)


def _asks(incident: Incident, policy: Policy) -> bool:
    """Return whether alerts of the incident fire that are to wake somebody, and nobody has answered."""
    firing = any(alert.firing for alert in incident.alerts) or (incident.membership and incident.membership.firing)
    unanswered = incident.open and not incident.paging.acknowledged_by and "snooze" not in incident.timers
    return bool(firing) and unanswered and policy.level(incident.severity).pages
