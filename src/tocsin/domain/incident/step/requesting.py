"""Asking for somebody beside the escalation: who is asked, who comes, and what that leaves as it is (R-ONC-2).

A request moves no level and waits for nobody. Whoever is asked is reached by their own rules; that they come stops their
pages and nothing else. An acknowledgement stops the requests before it: somebody has it, and asks anew for whom they need.
"""

from __future__ import annotations

from tocsin.domain.errors import RefusedError
from tocsin.domain.incident.events import Event, ResponderJoined, RespondersRequested
from tocsin.domain.incident.policy import Policy
from tocsin.domain.incident.state import Incident, Requested
from tocsin.domain.incident.step.result import Step, require_open, said_by
from tocsin.domain.incident.step.telling import tell
from tocsin.domain.incident.step.waking import REQUEST, call_key, page
from tocsin.domain.replacing import replace

JOINED = "joined/"


def by_hand(incident: Incident, event: Event, body: RespondersRequested | ResponderJoined, policy: Policy) -> Step:
    """Do what somebody asks, or take the word of who was asked.

    Raises:
        RefusedError: nobody works on it any more, or who says that they come was not asked.
    """
    if isinstance(body, RespondersRequested):
        return request(incident, event, body, policy)
    return join(incident, event, body)


def request(incident: Incident, event: Event, body: RespondersRequested, policy: Policy) -> Step:
    """Page everybody who is asked for, by their own rules; the same request again changes nothing.

    Raises:
        RefusedError: nobody works on it any more.
    """
    require_open(incident, "ask for anybody to join")
    if body.number != incident.requests + 1 or incident.mode == "backfill":
        return Step(incident=incident)
    asked = tuple(
        Requested(
            person=person,
            by=event.actor.person or event.actor.id,
            at=event.recorded_at,
            call=event.seq,
            message=body.message,
            unreachable=person in body.unreachable,
        )
        for person in body.people
    )
    kept = tuple(r for r in incident.requested if r.person not in body.people)
    moved = replace(incident, requests=body.number, requested=(*kept, *asked))
    call = call_key(incident, REQUEST, event.seq)
    return Step(
        incident=moved, effects=tuple(p for r in asked for p in page(moved, policy, call=call, person=r.person))
    )


def reason_for(incident: Incident, person: str, policy: Policy) -> str:
    """Return who asks for a person and why, '' for who was not asked."""
    asked = incident.request_for(person)
    if asked is None:
        return ""
    name = policy.catalogue.names.get(asked.by, asked.by)
    return f"{name} asks you to join" + (f": {asked.message}" if asked.message else "")


def join(incident: Incident, event: Event, body: ResponderJoined) -> Step:
    """Note that somebody who was asked is coming; said twice, it is true once.

    Raises:
        RefusedError: nobody works on it any more, or they were not asked.
    """
    require_open(incident, "join")
    asked = incident.request_for(body.person)
    if asked is None:
        mend = "Acknowledge it, take a role, or say so in a note."
        raise RefusedError(f"nobody asked for {body.person} to join {incident.ref}", mend=mend)
    return Step(incident=came(incident, event, body.person))


def came(incident: Incident, event: Event, person: str) -> Incident:
    """Note that a person has joined, if they were asked and had not yet."""
    asked = incident.request_for(person)
    if asked is None or asked.joined_at is not None:
        return incident
    return said_by(_with(incident, replace(asked, joined_at=event.occurred_at)), event, JOINED + person)


def unreachable(incident: Incident, event: Event, person: str, policy: Policy) -> Step:
    """Say in the responders' channels that somebody who was asked for cannot be reached: nobody waits in vain."""
    asked = incident.request_for(person)
    if asked is None or asked.unreachable:
        return Step(incident=incident)
    known = _with(incident, replace(asked, unreachable=True))
    name = policy.catalogue.names.get(person, person)
    text = f"{name} was asked to join {incident.ref} and cannot be reached: no method worked."
    return tell(known, event, policy, moment="update", audience="responders", facts={"text": text})


def corrected(incident: Incident, event: Event, said: tuple[str, ...]) -> Incident:
    """Return the incident in which those whose word (`said`, by fact) was corrected joined at its time, or did not join."""
    joins = isinstance(event.body, ResponderJoined)
    for fact in said:
        asked = incident.request_for(fact.removeprefix(JOINED))
        if asked is not None:
            incident = _with(incident, replace(asked, joined_at=event.occurred_at if joins else None))
            incident = said_by(incident, event, fact)
    return incident


def _with(incident: Incident, asked: Requested) -> Incident:
    kept = tuple(asked if r.person == asked.person else r for r in incident.requested)
    return replace(incident, requested=kept)
