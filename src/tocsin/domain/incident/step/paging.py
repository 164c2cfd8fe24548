"""Waking people: levels, acknowledgement, failed deliveries (R-ONC-2, R-ONC-3, R-DET-2)."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from tocsin.domain.effects import CancelPages, WriteBack
from tocsin.domain.incident.events import Acknowledged, DeliveryFailed, Event
from tocsin.domain.incident.policy import Policy
from tocsin.domain.incident.state import Incident, Paging
from tocsin.domain.incident.step.calling import next_way
from tocsin.domain.incident.step.clocks import start_clocks
from tocsin.domain.incident.step.result import Step, arm, disarm, require_open, said_by, stamp
from tocsin.domain.incident.step.telling import tell
from tocsin.domain.incident.step.waking import ESCALATION, call_key, page
from tocsin.domain.oncall.escalation import Rung, rung


def begin_paging(incident: Incident, event: Event, policy: Policy) -> Step:
    """Page the first level, when the severity pages and nobody has it yet."""
    if incident.paging.acknowledged_by or not policy.level(incident.severity).pages:
        return Step(incident=incident)
    return page_level(incident, event, policy, max(0, incident.paging.level))


def page_level(incident: Incident, event: Event, policy: Policy, level: int) -> Step:
    """Page everybody of a level and arm the escalation to the next; empty levels fall through at once."""
    if incident.mode == "backfill":
        return Step(incident=incident)
    found = _rung(incident, policy, level, event.recorded_at)
    paging = replace(
        incident.paging,
        level=found.level,
        call=event.seq,
        paged=tuple(dict.fromkeys((*incident.paging.paged, *found.people))),
        unreached=(),
        exhausted=found.last,
    )
    moved = replace(incident, paging=paging)
    call = call_key(moved, ESCALATION, event.seq)
    pages = [p for person in found.people for p in page(moved, policy, call=call, person=person)]
    if not found.last:
        return arm(moved, "escalate", event.recorded_at + found.wait, event).also(*pages)
    result = disarm(moved, "escalate").also(*pages)
    return result if pages else result.then(_nobody_answers(result.incident, event, policy))


def _rung(incident: Incident, policy: Policy, level: int, at: datetime) -> Rung:
    return rung(policy.ladder(incident.team, incident.policies), policy.catalogue, level, at)


def _nobody_answers(incident: Incident, event: Event, policy: Policy) -> Step:
    """Say in the responders' channels that the catch-all responder cannot be reached either: paging never ends in silence."""
    text = f"Nobody can be paged for {incident.ref}: no level has a working contact, the catch-all has none left."
    return tell(incident, event, policy, moment="update", audience="responders", facts={"text": text})


def acknowledge(incident: Incident, event: Event, body: Acknowledged) -> Step:
    """Stop the escalation and tell the alert's source; a second acknowledgement changes nothing.

    Raises:
        RefusedError: nobody works on it any more (an integration that says so late is not refused, it changes nothing).
    """
    if not incident.open and event.actor.kind in {"integration", "system"}:
        return Step(incident=incident)
    require_open(incident, "acknowledge")
    if incident.paging.acknowledged_by:
        return Step(incident=incident)
    paging = replace(incident.paging, acknowledged_by=body.person, acknowledged_at=event.occurred_at)
    taken = said_by(stamp(replace(incident, paging=paging), "acknowledged", event), event, "acknowledged_by")
    return disarm(taken, "escalate", "ack_by").also(CancelPages(), *write_back(taken, event, "acknowledge"))


def unacknowledge(incident: Incident, event: Event, policy: Policy) -> Step:
    """Begin paging again from the first level, and the acknowledge-by clock with it."""
    require_open(incident, "take back an acknowledgement of")
    if not incident.paging.acknowledged_by:
        return Step(incident=incident)
    free = replace(incident, paging=Paging(paged=incident.paging.paged))
    result = begin_paging(free, event, policy)
    return result.then(start_clocks(result.incident, event, policy, "ack_by"))


def escalate(incident: Incident, event: Event, policy: Policy) -> Step:
    """Page the next level, unless somebody has it."""
    if incident.paging.acknowledged_by or not incident.open:
        return Step(incident=incident)
    return page_level(incident, event, policy, incident.paging.level + 1)


def delivery_failed(incident: Incident, event: Event, body: DeliveryFailed, policy: Policy) -> Step:
    """Try the person's next method at once; when nobody of the level can be reached, the next level.

    Messages and reminders are only recorded. The next page keeps the seq of the call it belongs to in its key, so that a
    failure that is told twice is answered once.
    """
    escalating = body.key.startswith(f"{incident.id}/{ESCALATION}/")
    if body.kind != "page" or not incident.open or (escalating and incident.paging.acknowledged_by):
        return Step(incident=incident)
    following, hopeful = next_way(incident, event, body, policy)
    if hopeful or not body.key.startswith(call_key(incident, ESCALATION, incident.paging.call)):
        return following
    return following.then(_unreached(following.incident, event, body.to, policy))


def _unreached(incident: Incident, event: Event, person: str, policy: Policy) -> Step:
    paging = incident.paging
    if person in paging.unreached:
        return Step(incident=incident)
    unreached = (*paging.unreached, person)
    known = replace(incident, paging=replace(paging, unreached=unreached))
    people = _rung(incident, policy, paging.level, event.recorded_at).people
    if set(people) - set(unreached):
        return Step(incident=known)
    if paging.exhausted:
        return _nobody_answers(known, event, policy)
    return page_level(known, event, policy, paging.level + 1)


# Alerts of our own monitors have nobody behind them who waits for an answer.
OWN_SOURCES = "monitor:"


def write_back(incident: Incident, event: Event, verb: str) -> tuple[WriteBack, ...]:
    """Tell the sources of the alerts what happened to them, but not what a source told us; backfilled history tells nobody."""
    if incident.mode == "backfill":
        return ()
    told_by = event.actor.id if event.actor.kind == "integration" else ""
    return tuple(
        WriteBack(
            key=f"{incident.id}/{verb}/{event.seq}/{a.source}/{a.fingerprint}",
            source=a.source,
            fingerprint=a.fingerprint,
            verb=verb,
        )
        for a in incident.alerts
        if (a.firing or verb == "resolve") and not a.source.startswith(OWN_SOURCES) and a.source != told_by
    )
