"""What people and clocks do to the escalation: the next level at once, a pause, another policy, all from the beginning (R-ONC-2)."""

from __future__ import annotations

from datetime import timedelta
from typing import Final

from tocsin.domain import words
from tocsin.domain.effects import CancelPages
from tocsin.domain.errors import InvalidError, RefusedError
from tocsin.domain.incident.events import Escalated, Event, PagingRestarted, Snoozed
from tocsin.domain.incident.policy import Policy
from tocsin.domain.incident.state import Incident
from tocsin.domain.incident.step.clocks import start_clocks
from tocsin.domain.incident.step.paging import (
    begin_paging,
    escalate,
    is_quiet,
    page_anew,
    page_level,
    rest,
    wait_for,
)
from tocsin.domain.incident.step.result import Step, disarm, require_open
from tocsin.domain.incident.step.telling import tell
from tocsin.domain.incident.step.writing_back import write_back
from tocsin.domain.replacing import replace

LONGEST_SNOOZE: Final = timedelta(days=7)


def by_hand(incident: Incident, event: Event, body: Escalated | Snoozed | PagingRestarted, policy: Policy) -> Step:
    """Do what somebody asks of the escalation.

    Raises:
        RefusedError: nobody works on it any more, or nobody is paged for it.
        InvalidError: a snooze's time cannot be.
    """
    match body:
        case Escalated():
            return escalate_by_hand(incident, event, body, policy)
        case Snoozed():
            return snooze(incident, event, body, policy)
        case PagingRestarted():
            return restart(incident, event, body, policy)


def clock(incident: Incident, event: Event, name: str, policy: Policy) -> Step:
    """Carry out one of paging's timers."""
    match name:
        case "escalate":
            return escalate(incident, event, policy)
        case "page_again":
            return page_again(incident, event, policy)
        case "paging_ends":
            return end_paging(incident, event, policy)
        case _:
            return come_back(incident, event, policy)


def escalate_by_hand(incident: Incident, event: Event, body: Escalated, policy: Policy) -> Step:
    """Page the next level now; whoever has it gives it back by that. Asked for an older paging, it changes nothing.

    Raises:
        RefusedError: nobody works on it any more.
    """
    require_open(incident, "escalate")
    if body.call != incident.paging.call or incident.mode == "backfill":
        return Step(incident=incident)
    was_quiet = is_quiet(incident)
    free = replace(incident, paging=replace(incident.paging, acknowledged_by="", acknowledged_at=None))
    result = rest(free).also(*write_back(incident, event, "unacknowledge"))
    result = result.then(_next_level(result.incident, event, policy))
    return result.then(start_clocks(result.incident, event, policy, "ack_by")) if was_quiet else result


def _next_level(incident: Incident, event: Event, policy: Policy) -> Step:
    paging = incident.paging
    if not paging.exhausted:
        return page_level(incident, event, policy, paging.level + 1)
    return page_level(replace(incident, paging=replace(paging, round=paging.round + 1)), event, policy, 0)


def snooze(incident: Incident, event: Event, body: Snoozed, policy: Policy) -> Step:
    """Page nobody until then, and begin again from the first level when it is over.

    Raises:
        RefusedError: nobody works on it any more, or nobody is paged for it.
        InvalidError: the time is past or more than a week away.
    """
    require_open(incident, "snooze")
    if incident.mode == "backfill" or (incident.paging.level < 0 and not policy.level(incident.severity).pages):
        mend = "Give it a severity that pages, or leave it."
        raise RefusedError(f"nobody is paged for {incident.ref}", mend=mend)
    ahead = body.until - event.recorded_at
    if ahead <= timedelta(0):
        raise InvalidError(f"{words.at(body.until)} is over", field="until", mend="Give a time to come.")
    if ahead > LONGEST_SNOOZE:
        mend = "Snooze it for less, or lower its severity."
        raise InvalidError(f"a snooze lasts {LONGEST_SNOOZE.days} days at the most", field="until", mend=mend)
    result = disarm(incident, "ack_by").also(CancelPages())
    return result.then(wait_for(result.incident, event, "snooze", body.until))


def restart(incident: Incident, event: Event, body: PagingRestarted, policy: Policy) -> Step:
    """Go by the policy the event brings, from its first step; at once unless somebody has it or it is snoozed.

    Raises:
        RefusedError: nobody works on it any more.
    """
    require_open(incident, "restart the paging of")
    if body.call != incident.paging.call or incident.mode == "backfill":
        return Step(incident=incident)
    paging = replace(
        incident.paging,
        ladder=body.policy,
        call=event.seq,
        turn=body.turn,
        begun=0,
        round=0,
        level=-1,
        called=(),
        unreached=(),
        passed=(),
        exhausted=False,
        ended=False,
    )
    fresh = replace(incident, paging=paging)
    if is_quiet(fresh):
        return Step(incident=fresh)
    result = rest(fresh).also(CancelPages())
    return result.then(begin_paging(result.incident, event, policy))


def come_back(incident: Incident, event: Event, policy: Policy) -> Step:
    """The pause is over, or whoever has it showed no sign of work: page as if nobody had answered."""
    return page_anew(incident, event, policy) if incident.open else Step(incident=incident)


def page_again(incident: Incident, event: Event, policy: Policy) -> Step:
    """The catch-all did not answer either: begin again with the first level."""
    if is_quiet(incident) or not incident.open:
        return Step(incident=incident)
    following = replace(incident.paging, round=incident.paging.round + 1)
    return page_level(replace(incident, paging=following), event, policy, 0)


def end_paging(incident: Incident, event: Event, policy: Policy) -> Step:
    """Say that nobody will be woken any more: what follows is up to whoever reads this."""
    if is_quiet(incident) or not incident.open:
        return Step(incident=incident)
    over = replace(incident, paging=replace(incident.paging, ended=True), paging_due_at=None)
    times = incident.paging.round + 1
    text = f"Paging for {incident.ref} has ended: everybody was paged {times} times and nobody acknowledged."
    return tell(over, event, policy, moment="update", audience="responders", facts={"text": text})
