"""Fold an example as it would be backfilled: every line recorded later, in the order given."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

from tests.golden.examples import Example, Line

from tocsin.domain.actor import Actor
from tocsin.domain.catalogue import Catalogue, Person, Service, Team
from tocsin.domain.incident.events import Event
from tocsin.domain.incident.policy import Policy
from tocsin.domain.incident.state import Incident
from tocsin.domain.incident.step import step
from tocsin.domain.policy.pack import Pack, RoleRule, Severity

SCRIBE = Actor(kind="person", id="scribe")
LEVELS = {
    "platform": ("SEV1", "SEV2", "SEV3", "SEV4"),
    "startup": ("CRITICAL", "HIGH", "MEDIUM", "LOW"),
    "ops": ("SEV-1", "SEV-2", "SEV-3", "SEV-4"),
    "responder": ("SEV-1", "SEV-2", "SEV-3", "SEV-4"),
    "sre": ("P0", "P1", "P2", "P3"),
}


def pack(key: str) -> Pack:
    """Return just enough of a preset to fold an example under."""
    return Pack(
        key=key,
        title=key,
        source="",
        severities=tuple(
            Severity(key=level, rank=rank, name=level, criteria=(), review="required")
            for rank, level in enumerate(LEVELS[key], start=1)
        ),
        roles=(RoleRule(key="commander", name="Incident commander"),),
    )


def policy(example: Example) -> Policy:
    """Return the rules and people of an example."""
    people = tuple(Person(key=p, name=p.title()) for p in (*example.people, "scribe"))
    services = tuple(Service(key=s, name=s, team="team") for s in example.services)
    teams = (Team(key="team", name="Team", pack=example.pack, policy=""),)
    found = Catalogue(version=1, catch_all="scribe", people=people, services=services, teams=teams)
    return Policy(pack=pack(example.pack), catalogue=found)


def recorded(lines: Sequence[Line]) -> list[Event]:
    """Return the lines as events recorded on the days after, one a second."""
    written = max(at for at, _ in lines) + timedelta(days=1)
    return [
        Event(
            id=f"e{seq}",
            incident="i1",
            seq=seq,
            occurred_at=at,
            recorded_at=written + timedelta(seconds=seq),
            actor=SCRIBE,
            body=body,
        )
        for seq, (at, body) in enumerate(lines, start=1)
    ]


def replay(example: Example) -> tuple[Incident, list[Event]]:
    """Return the incident an example becomes, with its log."""
    events = recorded(example.lines)
    rules = policy(example)
    incident: Incident | None = None
    for event in events:
        incident = step(incident, event, rules).incident
    assert incident is not None
    return incident, events
