"""Asking for further people beside the escalation, and taking their word that they come."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from tocsin.domain.errors import InvalidError, RefusedError
from tocsin.domain.incident.events import ResponderJoined, RespondersRequested
from tocsin.domain.incident.state import Incident
from tocsin.domain.oncall.escalation import people_of, usable_contacts
from tocsin.domain.oncall.requested import target_named
from tocsin.flows.engine import Engine
from tocsin.flows.handle import Change, find, record
from tocsin.flows.policies import catalogue
from tocsin.flows.respond import By
from tocsin.flows.storage import Tx
from tocsin.flows.transact import transact


def request(engine: Engine, ref: str, targets: Sequence[str], by: By, *, message: str = "") -> Incident:
    """Page people, whoever is on call by schedules, and the members of teams, each by their own rules; the escalation goes on.

    Raises:
        InvalidError: no target is given, or one is unknown or means several things.
        RefusedError: nobody is meant now, nobody of them can be reached, or nobody works on the incident any more.
    """

    def go(tx: Tx) -> Incident:
        incident = find(tx, ref, by.viewer)
        body = _asked(tx, incident, targets, message)
        return record(engine, tx, incident, [Change(body=body, actor=by.actor)])

    done = transact(engine, go)
    engine.store.wake()
    return done


def _asked(tx: Tx, incident: Incident, targets: Sequence[str], message: str) -> RespondersRequested:
    known, now = catalogue(tx), tx.now()
    if not targets:
        raise InvalidError("nobody is asked for", field="targets", mend="Name a person, a schedule or a team.")
    named = tuple(dict.fromkeys(target_named(word, known) for word in targets))
    people = tuple(dict.fromkeys(p for target in named for p in people_of(target, known, now)))
    lost = tuple(p for p in people if not usable_contacts(known, p))
    if not people:
        raise RefusedError(
            f"{', '.join(named)} means nobody now", mend="Name a person; `tocsin oncall` says who is there."
        )
    if len(lost) == len(people):
        mend = f"Let them confirm one: tocsin page --test {lost[0]}"
        raise RefusedError(f"{', '.join(lost)} has no verified contact method", mend=mend)
    return RespondersRequested(
        number=incident.requests + 1, people=people, targets=named, message=message.strip(), unreachable=lost
    )


def join(engine: Engine, ref: str, by: By, *, person: str = "", occurred_at: datetime | None = None) -> Incident:
    """Note that somebody who was asked is coming, the caller where nobody is named.

    Raises:
        RefusedError: they were not asked, or nobody works on it any more.
    """

    def go(tx: Tx) -> Incident:
        incident = find(tx, ref, by.viewer)
        body = ResponderJoined(person=person or by.viewer.person)
        return record(engine, tx, incident, [Change(body=body, actor=by.actor, occurred_at=occurred_at)])

    return transact(engine, go)
