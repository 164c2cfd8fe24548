"""Waking people: levels, acknowledgement, failed deliveries (R-ONC-2, R-ONC-3, R-DET-2)."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from tocsin.domain.catalogue import EscalationPolicy
from tocsin.domain.effects import CancelPages
from tocsin.domain.incident.events import Acknowledged, DeliveryFailed, Event, StatusChanged, UpdatePosted
from tocsin.domain.incident.policy import Policy
from tocsin.domain.incident.state import Incident, Paging
from tocsin.domain.incident.step.calling import next_way, stands
from tocsin.domain.incident.step.clocks import PAGING_TIMERS, start_clocks
from tocsin.domain.incident.step.requesting import came, unreachable
from tocsin.domain.incident.step.result import Step, arm, disarm, require_open, said_by, stamp
from tocsin.domain.incident.step.telling import inform, tell
from tocsin.domain.incident.step.waking import ESCALATION, LEADERSHIP, REQUEST, call_key, page, remind
from tocsin.domain.incident.step.writing_back import write_back
from tocsin.domain.oncall.escalation import Concern, Rung, rung, usable_contacts
from tocsin.domain.replacing import replace


def is_quiet(incident: Incident) -> bool:
    """Return whether nobody is to be paged now: somebody has it, or it is snoozed."""
    return bool(incident.paging.acknowledged_by) or "snooze" in incident.timers


def begin_paging(incident: Incident, event: Event, policy: Policy) -> Step:
    """Page the first level, when the severity pages and nobody has it yet."""
    if is_quiet(incident) or not policy.level(incident.severity).pages:
        return Step(incident=incident)
    return page_level(incident, event, policy, max(0, incident.paging.level))


def page_level(incident: Incident, event: Event, policy: Policy, level: int, *, without: Collection[str] = ()) -> Step:
    """Page everybody of a level and arm the escalation to the next; empty levels fall through at once."""
    if incident.mode == "backfill":
        return Step(incident=incident)
    found = _rung(incident, policy, level, event.recorded_at, without)
    call = call_key(incident, ESCALATION, event.seq)
    moved = replace(incident, paging=replace(incident.paging, level=found.level))
    pages = [p for person in found.people for p in page(moved, policy, call=call, person=person)]
    reached = tuple(p for p in found.people if usable_contacts(policy.catalogue, p))
    paging = replace(
        moved.paging,
        ladder=ladder_of(incident, policy),
        call=event.seq,
        called=found.people,
        paged=tuple(dict.fromkeys((*incident.paging.paged, *reached))),
        unreached=tuple(p for p in dict.fromkeys((*without, *found.people)) if p not in reached),
        passed=found.passed,
        exhausted=found.last,
        ended=False,
    )
    result = _await_answer(replace(moved, paging=paging), event, found).also(*pages)
    result = result.then(_tell_of(result.incident, event, policy, found))
    return result if pages else result.then(_nobody_answers(result.incident, event, policy))


def ladder_of(incident: Incident, policy: Policy) -> EscalationPolicy:
    """Return the escalation policy the incident goes by: the one it was paged by first, else the one in force."""
    return incident.paging.ladder or ladder_now(incident, policy)


def ladder_now(incident: Incident, policy: Policy) -> EscalationPolicy:
    """Return the escalation policy in force now: those its routes name, else its team's."""
    return policy.ladder(incident.team, incident.policies)


def concern_of(incident: Incident) -> Concern:
    """Return what a policy needs to know of the incident."""
    paging = incident.paging
    repeats = 1 + (paging.ladder.repeats if paging.ladder else 0)
    return Concern(
        team=incident.team,
        services=incident.services,
        rank=incident.rank,
        owners=tuple(h.person for h in incident.roles if h.role == "service_owner"),
        managers=tuple(h.person for h in incident.roles if h.role == "oncall_manager"),
        turn=paging.turn + paging.begun + paging.round * repeats,
    )


def _rung(incident: Incident, policy: Policy, level: int, at: datetime, without: Collection[str] = ()) -> Rung:
    ladder = ladder_of(incident, policy)
    return rung(ladder, policy.catalogue, level, at, concern_of(incident), without=without)


def wait_for(incident: Incident, event: Event, timer: str, due: datetime) -> Step:
    """Let one timer of paging run, and no other."""
    result = rest(incident, but=timer)
    return result.then(arm(replace(result.incident, paging_due_at=due), timer, due, event))


def rest(incident: Incident, *, but: str = "") -> Step:
    """Let no timer of paging run, nor wait for what holds it back or for another answer."""
    moving = replace(incident.paging, held="", held_timer="", asked_anew=False)
    return disarm(
        replace(incident, paging=moving, paging_due_at=None), *(name for name in PAGING_TIMERS if name != but)
    )


def _await_answer(incident: Incident, event: Event, found: Rung) -> Step:
    """Arm the next level, or what comes after the catch-all: all of it again, or the end of that."""
    ladder = incident.paging.ladder
    if not found.last or ladder is None:
        return wait_for(incident, event, "escalate", event.recorded_at + found.wait)
    again = "page_again" if incident.paging.round < ladder.again_times else "paging_ends"
    return wait_for(incident, event, again, event.recorded_at + ladder.again_after)


def _tell_of(incident: Incident, event: Event, policy: Policy, found: Rung) -> Step:
    """Tell those who are only to know, people and channels, whom this level pages."""
    names = ", ".join(policy.catalogue.names.get(p, p) for p in found.people)
    nudges = [n for who in found.told for n in remind(incident, event, policy, about="informed", person=who)]
    told = inform(incident, event, policy, channels=found.channels, text=f"Paged for {incident.ref}: {names}.")
    return told.also(*nudges)


def _nobody_answers(incident: Incident, event: Event, policy: Policy) -> Step:
    """Say in the responders' channels that the catch-all responder cannot be reached either: paging never ends in silence."""
    text = f"Nobody can be paged for {incident.ref}: no level has a working contact, the catch-all has none left."
    return tell(incident, event, policy, moment="update", audience="responders", facts={"text": text})


def acknowledge(incident: Incident, event: Event, body: Acknowledged, policy: Policy) -> Step:
    """Stop the escalation and tell the alert's source; a second acknowledgement says that somebody still has it.

    Raises:
        RefusedError: nobody works on it any more (an integration that says so late is not refused, it changes nothing).
    """
    if not incident.open and event.actor.kind in {"integration", "system"}:
        return Step(incident=incident)
    require_open(incident, "acknowledge")
    if incident.paging.acknowledged_by:
        return _has_it_on(incident, event, policy) if is_stopped(incident) else Step(incident=incident)
    paging = replace(incident.paging, acknowledged_by=body.person, acknowledged_at=event.occurred_at)
    taken = said_by(stamp(replace(incident, paging=paging), "acknowledged", event), event, "acknowledged_by")
    taken = came(taken, event, body.person)
    result = _has_it_on(taken, event, policy)
    result = result.then(disarm(result.incident, "ack_by"))
    return result.also(CancelPages(), *write_back(result.incident, event, "acknowledge"))


def is_stopped(incident: Incident) -> bool:
    """Return whether paging stands still for a time only: it is snoozed, or a sign of work is waited for."""
    return bool({"snooze", "ack_timeout"} & set(incident.timers))


def _has_it_on(incident: Incident, event: Event, policy: Policy) -> Step:
    """Stop paging; where the policy asks for a sign of work, until one is due."""
    patience = ladder_of(incident, policy).ack_timeout
    if patience is None or incident.mode == "backfill" or not policy.level(incident.severity).pages:
        return rest(incident)
    return wait_for(incident, event, "ack_timeout", event.recorded_at + patience)


def ask_anew(incident: Incident, event: Event, policy: Policy) -> Step:
    """Page whoever acknowledged a lesser matter, and everybody unless they show in a level's time that they have this too."""
    if incident.mode == "backfill":
        return Step(incident=incident)
    person = incident.paging.acknowledged_by
    pages = page(incident, policy, call=call_key(incident, LEADERSHIP, event.seq), person=person)
    if not pages:
        return page_anew(incident, event, policy)
    patience = _rung(incident, policy, 0, event.recorded_at).wait
    result = wait_for(incident, event, "ack_timeout", event.recorded_at + patience).also(*pages)
    paging = result.incident.paging
    paged = tuple(dict.fromkeys((*paging.paged, person)))
    asked = replace(result.incident, paging=replace(paging, paged=paged, asked_anew=True))
    return Step(incident=asked, effects=result.effects)


def sign_of_work(incident: Incident, event: Event, policy: Policy) -> Step:
    """Wait anew for the next sign of work, where one is waited for and this is one."""
    working = isinstance(event.body, UpdatePosted | StatusChanged) and event.actor.kind in {"person", "agent"}
    if not working or "ack_timeout" not in incident.timers:
        return Step(incident=incident)
    return _has_it_on(incident, event, policy)


def unacknowledge(incident: Incident, event: Event, policy: Policy) -> Step:
    """Begin paging again from the first level, and the acknowledge-by clock with it."""
    require_open(incident, "take back an acknowledgement of")
    return page_anew(incident, event, policy) if is_quiet(incident) else Step(incident=incident)


def page_anew(incident: Incident, event: Event, policy: Policy) -> Step:
    """Page from the first level as if nobody had ever answered; whoever's turn is next has it where people take turns."""
    old = incident.paging
    fresh = Paging(paged=old.paged, ladder=old.ladder, turn=old.turn, begun=old.begun + 1, call=event.seq)
    result = rest(replace(incident, paging=fresh))
    result = result.then(begin_paging(result.incident, event, policy))
    result = result.also(*write_back(incident, event, "unacknowledge"))
    return result.then(start_clocks(result.incident, event, policy, "ack_by"))


def escalate(incident: Incident, event: Event, policy: Policy) -> Step:
    """Page the next level, unless somebody has it."""
    if is_quiet(incident) or not incident.open:
        return Step(incident=incident)
    return page_level(incident, event, policy, incident.paging.level + 1)


def delivery_failed(incident: Incident, event: Event, body: DeliveryFailed, policy: Policy) -> Step:
    """Try the person's next method at once; when nobody of the level can be reached, the next level.

    Messages and reminders are only recorded. The next page keeps the seq of the call it belongs to in its key, so that a
    failure that is told twice is answered once.
    """
    escalating = body.key.startswith(f"{incident.id}/{ESCALATION}/")
    if body.kind != "page" or not incident.open or (escalating and is_quiet(incident)):
        return Step(incident=incident)
    asked = body.key.startswith(f"{incident.id}/{REQUEST}/")
    if asked and not stands(incident, body.key):
        return Step(incident=incident)
    following, hopeful = next_way(incident, event, body, policy)
    if asked and not hopeful:
        return following.then(unreachable(following.incident, event, body.to, policy))
    if hopeful or not body.key.startswith(call_key(incident, ESCALATION, incident.paging.call)):
        return following
    return following.then(_unreached(following.incident, event, body.to, policy))


def _unreached(incident: Incident, event: Event, person: str, policy: Policy) -> Step:
    paging = incident.paging
    if person in paging.unreached:
        return Step(incident=incident)
    unreached = (*paging.unreached, person)
    known = replace(incident, paging=replace(paging, unreached=unreached))
    people = paging.called or _rung(incident, policy, paging.level, event.recorded_at).people
    if set(people) - set(unreached):
        return Step(incident=known)
    if paging.exhausted:
        return _nobody_answers(known, event, policy)
    # Where people take turns, the next of them has it before the next level does.
    again = _rung(known, policy, paging.level, event.recorded_at, unreached)
    if again.level == paging.level and _takes_turns(known, policy):
        return page_level(known, event, policy, paging.level, without=unreached)
    return page_level(known, event, policy, paging.level + 1)


def _takes_turns(incident: Incident, policy: Policy) -> bool:
    steps = ladder_of(incident, policy).steps
    step = steps[incident.paging.level % len(steps)] if steps else None
    return step is not None and any(one.round_robin for one in (step, *step.beside))
