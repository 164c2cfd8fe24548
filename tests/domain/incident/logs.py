"""Short ways to write an incident's log in a test: `("14:23", body)` lines become events, events become an incident."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from tocsin.domain.actor import SYSTEM, Actor
from tocsin.domain.catalogue import Catalogue, ContactMethod, EscalationPolicy, EscalationStep, Person, Team
from tocsin.domain.incident.events import Declared, Delivered, DeliveryFailed, Event, EventBody, TimerElapsed
from tocsin.domain.incident.policy import Policy
from tocsin.domain.incident.state import Incident
from tocsin.domain.incident.step import step
from tocsin.domain.policy.pack import (
    Cadence,
    Checklist,
    ChecklistItem,
    Pack,
    ResponseTarget,
    ReviewDeadlines,
    RoleRule,
    Severity,
    Verification,
)

DAY = datetime(2026, 1, 20, tzinfo=UTC)
ANA = Actor(kind="person", id="ana")
MACHINES = (Delivered, DeliveryFailed, TimerElapsed)
DECLARED = Declared(title="Orders fail", severity="SEV1", ref="INC-1", matched=("stated",))

PACK = Pack(
    key="test",
    title="For tests",
    source="none",
    severities=(
        Severity(
            key="SEV1",
            rank=1,
            name="Outage",
            criteria=(),
            responses=(ResponseTarget(verb="acknowledge", within=timedelta(minutes=5)),),
            cadence=Cadence(kind="every", every=timedelta(minutes=15)),
            review="required",
            commander_within=timedelta(minutes=5),
            resolve_within=timedelta(hours=1),
        ),
        Severity(key="SEV2", rank=2, name="Major", criteria=(), review="recommended"),
        Severity(key="SEV3", rank=3, name="Minor", criteria=(), pages=False),
    ),
    roles=(
        RoleRule(key="commander", name="Incident commander"),
        RoleRule(key="communications", name="Communications lead"),
        RoleRule(key="investigator", name="Investigator", single=False),
    ),
    review_deadlines=ReviewDeadlines(draft_business_days=3, review_within=timedelta(days=5)),
    verification=Verification(gates=(), watch=timedelta(minutes=15), order="watch_then_announce"),
    checklists=(
        Checklist(
            key="first",
            title="First 5 minutes",
            items=(
                ChecklistItem(key="ack", text="Acknowledge", ticked_by="acknowledged"),
                ChecklistItem(key="command", text="Take command", ticked_by="commander"),
                ChecklistItem(key="tell", text="Tell the public", ticked_by="told:public"),
                ChecklistItem(key="look", text="Look at the dashboard"),
            ),
        ),
        Checklist(
            key="after",
            title="After",
            items=(ChecklistItem(key="tell", text="Say that it is over", ticked_by="resolved, verified"),),
            severities=("SEV1", "SEV2"),
        ),
    ),
)
CATALOGUE = Catalogue(
    version=1,
    catch_all="ana",
    people=tuple(
        Person(
            key=k, name=k.title(), contacts=(ContactMethod(key="mail", kind="email", address=f"{k}@x", verified=True),)
        )
        for k in ("ana", "bo", "cy")
    ),
    teams=(Team(key="web", name="Web", pack="test", policy="main"),),
    policies=(EscalationPolicy(key="main", steps=(EscalationStep(targets=("person:ana",)),)),),
    default_policy="main",
)
POLICY = Policy(pack=PACK, catalogue=CATALOGUE)


def clock(text: str) -> datetime:
    """Return `14:23` or `14:23:05` on the tests' day."""
    hours, minutes, *seconds = (int(part) for part in text.split(":"))
    return DAY + timedelta(hours=hours, minutes=minutes, seconds=seconds[0] if seconds else 0)


def log(*lines: tuple[str, EventBody], actor: Actor = ANA) -> list[Event]:
    """Return the events of `lines`, recorded in this order at the moment they were true."""
    return events(((clock(when), body) for when, body in lines), actor=actor)


def events(lines: Iterable[tuple[datetime, EventBody]], *, actor: Actor = ANA) -> list[Event]:
    """Return events from (occurred_at, body), numbered in this order."""
    return [
        Event(
            id=f"e{seq}",
            incident="i1",
            seq=seq,
            occurred_at=at,
            recorded_at=at,
            actor=SYSTEM if isinstance(body, MACHINES) else actor,
            body=body,
        )
        for seq, (at, body) in enumerate(lines, start=1)
    ]


def correct(known: Sequence[Event], target: int, body: EventBody, *, at: str, recorded: str) -> list[Event]:
    """Return the log with one more event that supersedes event number `target`."""
    seq = len(known) + 1
    last = Event(
        id=f"e{seq}",
        incident="i1",
        seq=seq,
        occurred_at=clock(at),
        recorded_at=clock(recorded),
        actor=ANA,
        body=body,
        supersedes=f"e{target}",
    )
    return [*known, last]


def renumbered(known: Sequence[Event], order: Sequence[int]) -> list[Event]:
    """Return the same facts as if they had been recorded in another order, one a second, on the next day."""
    return [
        replace(known[old], seq=seq, recorded_at=DAY + timedelta(days=1, seconds=seq))
        for seq, old in enumerate(order, start=1)
    ]


def fold(known: Iterable[Event], policy: Policy = POLICY) -> Incident:
    """Return the incident that the log makes."""
    incident: Incident | None = None
    for event in known:
        incident = step(incident, event, policy).incident
    assert incident is not None
    return incident
