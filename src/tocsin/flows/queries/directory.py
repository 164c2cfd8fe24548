"""Answers from the configuration in force: who there is, whose turn it is, which rules an incident follows."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from tocsin.domain.catalogue import Catalogue
from tocsin.domain.comms.draft import Draft, draft
from tocsin.domain.incident.policy import Policy
from tocsin.domain.oncall.escalation import Concern
from tocsin.domain.oncall.foreseeing import ForeseenLevel, climb
from tocsin.domain.oncall.schedule import on_call
from tocsin.domain.policy.classify import classify
from tocsin.domain.visibility import Viewer
from tocsin.flows.declare import Declaration, require_services, team_of
from tocsin.flows.engine import Engine
from tocsin.flows.former import remembering
from tocsin.flows.history import catalogue_at
from tocsin.flows.policies import catalogue, policy_for_team, policy_of
from tocsin.flows.queries.incidents import see
from tocsin.flows.storage import Tx


@dataclass(frozen=True, slots=True, kw_only=True)
class Turn:
    """A schedule, everybody in it, and who has it at the moment: nobody where `now` is empty."""

    key: str
    zone: str
    people: tuple[str, ...]
    now: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Answers:
    """A service and who would be paged for it at once; `catch_all` when only the last resort can be reached."""

    service: str
    name: str
    team: str
    policy: str
    people: tuple[str, ...]
    catch_all: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class OnCall:
    """Who answers at `at`."""

    at: datetime
    turns: tuple[Turn, ...]
    services: tuple[Answers, ...]
    catch_all: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Foreseen:
    """What a declaration would lead to: its severity with the criteria that matched, and who is woken, by key.

    `levels` are those that would be paged if nobody answered, the first of them `wakes`.
    """

    severity: str
    name: str
    rank: int
    matched: tuple[str, ...]
    boundary_note: str
    wakes: tuple[str, ...]
    levels: tuple[ForeseenLevel, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Preview:
    """The draft that a text makes, and what declaring it would lead to."""

    draft: Draft
    foreseen: Foreseen


def known(engine: Engine) -> tuple[Catalogue, Policy]:
    """Return the configuration in force and the rules of the first team.

    Raises:
        NotConfiguredError: there is none yet.
    """
    with engine.store.reading() as tx:
        found = catalogue(tx)
        return found, policy_for_team(tx, found.teams[0].key if found.teams else "")


def rules_of(engine: Engine, viewer: Viewer, ref: str) -> Policy:
    """Return the rules of a visible incident.

    Raises:
        UnknownIncidentError: absent, or hidden from `viewer`.
    """
    with engine.store.reading() as tx:
        return policy_of(tx, see(tx, viewer, ref).pack)


def names_in(engine: Engine, viewer: Viewer, refs: Iterable[str]) -> Mapping[str, str]:
    """Return people's names by key, with those who have left since these incidents opened; hidden incidents tell nothing."""
    with engine.store.reading() as tx:
        found = (tx.see(viewer, ref) for ref in refs)
        return remembering(tx, catalogue(tx), *{one.catalogue for one in found if one}).names


def on_call_at(engine: Engine, at: datetime | None = None) -> OnCall:
    """Return who answers at a time, now without one, by schedule and by service.

    A time that is over is answered by the configuration in force then.
    """
    with engine.store.reading() as tx:
        now = at or tx.now()
        found = catalogue_at(tx, now)
        policies = {s.key: replace(policy_for_team(tx, s.team), catalogue=found) for s in found.services}
    turns = tuple(Turn(key=s.key, zone=s.zone, people=s.everybody, now=on_call(s, now)) for s in found.schedules)
    services = []
    for service in found.services:
        ladder = policies[service.key].ladder(service.team)
        first = climb(ladder, found, now, Concern(team=service.team, services=(service.key,)))[0]
        services.append(
            Answers(
                service=service.key,
                name=service.name,
                team=service.team,
                policy=ladder.key,
                people=first.people,
                catch_all=first.catch_all,
            )
        )
    return OnCall(at=now, turns=turns, services=tuple(services), catch_all=found.catch_all)


def preview(engine: Engine, text: str) -> Preview:
    """Return the draft that `text` makes, the severity its facts ask for, and who would be paged. Records nothing."""
    with engine.store.reading() as tx:
        found, now = catalogue(tx), tx.now()
        read = draft(text, found.services, now)
        said = Declaration(title=read.title, services=read.services, impact=read.impact)
        return Preview(draft=read, foreseen=_foreseen(tx, said))


def foresee(engine: Engine, said: Declaration) -> Foreseen:
    """Return what declaring `said` would lead to. Records nothing.

    Raises:
        InvalidError: a service, team or severity is not known.
    """
    with engine.store.reading() as tx:
        return _foreseen(tx, said)


def _foreseen(tx: Tx, said: Declaration) -> Foreseen:
    team = team_of(said, tx)
    policy = policy_for_team(tx, team)
    require_services(policy.catalogue, said.services)
    found = classify(said.impact, policy.pack)
    level = policy.level(said.severity or found.severity)
    pages = level.pages and said.mode != "backfill"
    about = Concern(team=team, services=said.services, rank=level.rank)
    levels = climb(policy.ladder(team), policy.catalogue, tx.now(), about) if pages else ()
    return Foreseen(
        severity=level.key,
        name=level.name,
        rank=level.rank,
        matched=() if said.severity else found.matched,
        boundary_note="" if said.severity else found.boundary_note,
        wakes=levels[0].people if levels else (),
        levels=levels,
    )
