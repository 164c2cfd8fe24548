"""Open an incident: number it, choose its rules, record the declaration (R-DET-3)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from tocsin.domain.actor import Actor
from tocsin.domain.catalogue import Catalogue
from tocsin.domain.errors import InvalidError
from tocsin.domain.impact import Impact
from tocsin.domain.incident.events import Declared, Event, EventBody, MilestoneReached
from tocsin.domain.incident.policy import Policy
from tocsin.domain.incident.state import Incident
from tocsin.domain.incident.step import step
from tocsin.domain.mode import Mode
from tocsin.domain.policy.classify import classify
from tocsin.domain.policy.names import channel_names, counter_prefix, render_ref
from tocsin.flows.engine import Engine
from tocsin.flows.handle import Change, record, require_past
from tocsin.flows.outbox import Handover
from tocsin.flows.policies import policy_for_team
from tocsin.flows.storage import Tx


@dataclass(frozen=True, slots=True, kw_only=True)
class Declaration:
    """What somebody (or an alert) says. Without a severity the pack's criteria decide; without a team the service's."""

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


def declare(engine: Engine, said: Declaration, actor: Actor, *, more: Sequence[EventBody] = ()) -> Incident:
    """Open an incident and return it; `more` happens right after, in the same transaction.

    Raises:
        InvalidError: a service, team or severity is not known; or a time cannot be right.
        NotConfiguredError: no configuration has been applied.
    """
    with engine.store.transaction() as tx:
        incident = open_in(engine, tx, said, actor, more=more)
    engine.store.wake()
    return incident


def open_in(engine: Engine, tx: Tx, said: Declaration, actor: Actor, *, more: Sequence[EventBody] = ()) -> Incident:
    """Open an incident inside `tx`."""
    said = replace(said, title=" ".join(said.title.split()))
    if not said.title:
        raise InvalidError("an incident needs a title", field="title", mend="Say in a few words what is broken.")
    for name in ("declared_at", "started_at", "detected_at"):
        moment = getattr(said, name)
        if moment is not None:
            require_past(moment, tx.now(), name)
    team = _team(said, tx)
    policy = policy_for_team(tx, team)
    require_services(policy.catalogue, said.services)
    body = _declared(tx, replace(said, team=team), policy)
    incident = _record_first(engine, tx, policy, Change(body=body, actor=actor, occurred_at=said.declared_at))
    stamps = [("impact_started", said.started_at), ("detected", said.detected_at)]
    changes = [Change(body=MilestoneReached(name=n), actor=actor, occurred_at=t) for n, t in stamps if t]
    changes += [Change(body=b, actor=actor) for b in more]
    return record(engine, tx, incident, changes) if changes else incident


def _record_first(engine: Engine, tx: Tx, policy: Policy, change: Change) -> Incident:
    body = change.body
    assert isinstance(body, Declared)  # noqa: S101 (its one caller builds it)
    now = tx.now()
    event = Event(
        id=engine.new_id(),
        incident=engine.new_id(),
        seq=1,
        occurred_at=change.occurred_at or now,
        recorded_at=now,
        actor=change.actor,
        body=body,
    )
    result = step(None, event, policy)
    tx.save(result.incident, (event,))
    tx.add_alias(body.ref, event.incident)
    Handover(engine=engine, incident=result.incident, event=event, policy=policy).write(tx, result.effects)
    return result.incident


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
        matched=("stated",) if said.severity else found.matched,
        links={"channel": channel, **said.links} if channel else said.links,
    )


def _team(said: Declaration, tx: Tx) -> str:
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
    """Let services pass that the catalogue knows.

    Raises:
        InvalidError: one is not known.
    """
    for key in services:
        if catalogue.service(key) is None:
            known = ", ".join(s.key for s in catalogue.services) or "none"
            raise InvalidError(f"no service is called {key!r}", field="services", mend=f"Services: {known}.")
