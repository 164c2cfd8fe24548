"""Open an incident: number it, choose its rules, record the declaration (R-DET-3)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Final
from uuid import UUID, uuid5

from tocsin.domain.actor import SYSTEM, Actor
from tocsin.domain.alerts.notifying import Pace
from tocsin.domain.catalogue import Catalogue
from tocsin.domain.errors import InvalidError, RefusedError
from tocsin.domain.impact import Impact
from tocsin.domain.incident.events import STATED, Declared, Event, EventBody, MemberChanged, MilestoneReached
from tocsin.domain.incident.policy import Policy
from tocsin.domain.incident.state import Incident
from tocsin.domain.incident.step import Step, step
from tocsin.domain.incident.step.paging import concern_of, ladder_of
from tocsin.domain.mode import Mode
from tocsin.domain.oncall.escalation import rung
from tocsin.domain.policy.classify import classify
from tocsin.domain.policy.names import channel_names, counter_prefix, render_ref
from tocsin.flows.engine import Engine
from tocsin.flows.handle import Change, load, record, require_past
from tocsin.flows.outbox import Handover
from tocsin.flows.policies import policy_for_team
from tocsin.flows.storage import Tx
from tocsin.flows.transact import transact
from tocsin.flows.turns import next_turn

OPENING: Final = "opening"
"""What transactions that may open an incident serialise on, so that one cause has one (ADR 43)."""
DECLARATIONS = UUID("6f1d9a52-3c1b-5b7e-9a50-7c2d0f9f4e11")


@dataclass(frozen=True, slots=True, kw_only=True)
class Declaration:
    """What somebody (or an alert) says. Without a severity the pack's criteria decide; without a team the service's.

    The same `key` from the same actor opens one incident, however often it is said.
    """

    title: str
    severity: str = ""
    summary: str = ""
    services: tuple[str, ...] = ()
    endpoints: tuple[str, ...] = ()
    functions: tuple[str, ...] = ()
    symptoms: tuple[str, ...] = ()
    initial_error: str = ""
    source: str = "manual"
    reporter: str = ""
    team: str = ""
    private: bool = False
    mode: Mode = "standard"
    confirmed: bool = True
    impact: Impact = field(default_factory=Impact)
    links: dict[str, str] = field(default_factory=dict)
    started_at: datetime | None = None
    detected_at: datetime | None = None
    declared_at: datetime | None = None
    key: str = ""
    policies: tuple[str, ...] = ()
    pace: Pace | None = None


def declare(engine: Engine, said: Declaration, actor: Actor, *, more: Sequence[EventBody] = ()) -> Incident:
    """Open an incident and return it; `more` happens right after, in the same transaction.

    Raises:
        InvalidError: a service, team or severity is not known; or a time cannot be right.
        RefusedError: the key opened another incident before.
        NotConfiguredError: no configuration has been applied.
    """

    def alone(tx: Tx) -> Incident:
        tx.serialise(OPENING)  # an alert that would open one for the same service meanwhile joins this one
        return open_in(engine, tx, said, actor, more=more)

    return transact(engine, alone)


def open_in(engine: Engine, tx: Tx, said: Declaration, actor: Actor, *, more: Sequence[EventBody] = ()) -> Incident:
    """Open an incident inside `tx`."""
    said = replace(said, title=" ".join(said.title.split()))
    if not said.title:
        raise InvalidError("an incident needs a title", field="title", mend="Say in a few words what is broken.")
    for name in ("declared_at", "started_at", "detected_at"):
        moment = getattr(said, name)
        if moment is not None:
            require_past(moment, tx.now(), name)
    chosen = _id(said, actor) or engine.new_id()
    known = load(tx, chosen) if said.key else None
    if known is not None:
        return _same(tx, known, said)
    team = team_of(said, tx)
    policy = policy_for_team(tx, team)
    require_services(policy.catalogue, said.services)
    said = replace(said, team=team, mode=_mode(policy.catalogue, said))
    body = _declared(tx, said, policy)
    if policy.level(body.severity).pages and said.mode != "backfill":
        body = replace(body, turn=next_turn(tx, policy.ladder(team, body.policies)))
    event, opened = _first(engine, tx, policy, Change(body=body, actor=actor, occurred_at=said.declared_at), chosen)
    keepers = [] if not said.private or opened.incident.members else keepers_of(policy, opened.incident, tx.now())
    stamps = [("impact_started", said.started_at), ("detected", said.detected_at)]
    stated = [Change(body=MilestoneReached(name=n), actor=actor, occurred_at=t) for n, t in stamps if t]
    incident = record(engine, tx, opened.incident, stated)
    # The first page and messages are written only now, so that they tell when it began; nobody is a member for them yet.
    Handover(engine=engine, incident=incident, event=event, policy=policy).write(tx, opened.effects)
    changes = [Change(body=MemberChanged(person=person), actor=SYSTEM) for person in keepers]
    changes += [Change(body=b, actor=actor) for b in more]
    return record(engine, tx, incident, changes)


def keepers_of(policy: Policy, incident: Incident, at: datetime) -> tuple[str, ...]:
    """Return who becomes a member of a private incident that no person opened: whom the team's policy names first at `at`.

    They are made members by name, on record, whether or not anybody is paged; later levels are paged and see nothing.
    """
    return rung(ladder_of(incident, policy), policy.catalogue, 0, at, concern_of(incident)).people


def _id(said: Declaration, actor: Actor) -> str:
    """Return the id that follows from who declares under which key, so that a repeat finds the first; '' without a key."""
    who = f"{actor.kind}/{actor.id}/{actor.on_behalf_of}"
    return str(uuid5(DECLARATIONS, f"{who}\n{said.key}")) if said.key else ""


def _same(tx: Tx, known: Incident, said: Declaration) -> Incident:
    """Return the incident that this declaration opened before.

    Raises:
        RefusedError: another declaration used its key.
    """
    first = tx.events(known.id, limit=1)[0].body
    if isinstance(first, Declared) and first.title == said.title:
        return known
    raise RefusedError(f"this key opened {known.ref} before", mend="Use a fresh Idempotency-Key for each declaration.")


def _first(engine: Engine, tx: Tx, policy: Policy, change: Change, incident: str) -> tuple[Event, Step]:
    """Save the declaration; its effects are the caller's to hand over."""
    body = change.body
    assert isinstance(body, Declared)  # noqa: S101 (its one caller builds it)
    now = tx.now()
    event = Event(
        id=engine.new_id(),
        incident=incident,
        seq=1,
        occurred_at=change.occurred_at or now,
        recorded_at=now,
        actor=change.actor,
        body=body,
    )
    result = step(None, event, policy)
    tx.save(result.incident, (event,))
    return event, result


def _declared(tx: Tx, said: Declaration, policy: Policy) -> Declared:
    day = (said.declared_at or tx.now()).date()
    found = classify(said.impact, policy.pack)
    number = tx.next_number(counter_prefix(policy.pack, day, said.mode))
    channel = channel_names(policy.pack, number, day, said.title).own
    return Declared(
        title=said.title,
        severity=said.severity or found.severity,
        ref=render_ref(policy.pack, number, day, said.mode),
        pack=policy.pack_digest,
        mode=said.mode,
        confirmed=said.confirmed,
        summary=said.summary,
        services=said.services,
        endpoints=said.endpoints,
        functions=said.functions,
        symptoms=said.symptoms,
        initial_error=said.initial_error,
        source=said.source,
        reporter=said.reporter,
        team=said.team,
        private=said.private,
        impact=said.impact,
        matched=STATED if said.severity else found.matched,
        links={"channel": channel, **said.links} if channel else said.links,
        policies=said.policies,
        pace=said.pace,
    )


def team_of(said: Declaration, tx: Tx) -> str:
    """Return whose the incident would be: the team that is named, else the first service's, else the first there is.

    Raises:
        InvalidError: the named team is not known.
    """
    policy = policy_for_team(tx, "")
    if said.team:
        if policy.catalogue.team(said.team) is None:
            known = ", ".join(t.key for t in policy.catalogue.teams) or "none"
            raise InvalidError(f"no team is called {said.team!r}", field="team", mend=f"Teams: {known}.")
        return said.team
    owners = [s.team for key in said.services if (s := policy.catalogue.service(key))]
    teams = [t.key for t in policy.catalogue.teams]
    return next(iter(owners or teams), "")


def require_services(catalogue: Catalogue, services: Sequence[str]) -> None:
    """Let services pass that the catalogue knows, and that are all real or all for practice.

    Raises:
        InvalidError: one is not known; or a drill's stands beside a real one, whose people would not be told.
    """
    for key in services:
        if catalogue.service(key) is None:
            known = ", ".join(s.key for s in catalogue.services) or "none"
            raise InvalidError(f"no service is called {key!r}", field="services", mend=f"Services: {known}.")
    practice = [key for key in services if (found := catalogue.service(key)) and found.drill]
    if practice and len(practice) < len(services):
        real = ", ".join(key for key in services if key not in practice)
        raise InvalidError(
            f"{', '.join(practice)} is for practice, {real} is not",
            field="services",
            mend="Declare one incident for what is real, and another for the drill.",
        )


def _mode(catalogue: Catalogue, said: Declaration) -> Mode:
    """Return the mode: what concerns a drill's service is practice, whoever declares it."""
    practice = any(found.drill for key in said.services if (found := catalogue.service(key)))
    return "drill" if practice and said.mode == "standard" else said.mode
