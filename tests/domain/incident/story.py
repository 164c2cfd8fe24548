"""An incident told event by event, with nothing but values: one pack, one catalogue, a clock that tests move."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TypeVar

from tocsin.domain.actor import SYSTEM, Actor
from tocsin.domain.catalogue import (
    Catalogue,
    ChannelRoute,
    ContactMethod,
    EscalationPolicy,
    EscalationStep,
    Person,
    Service,
    Team,
)
from tocsin.domain.effects import Effect, SetTimer
from tocsin.domain.incident import events as e
from tocsin.domain.incident.policy import Policy
from tocsin.domain.incident.state import Incident
from tocsin.domain.incident.step import Step, step
from tocsin.domain.policy import pack as p

T = TypeVar("T")

NOON = datetime(2026, 1, 20, 12, 0, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
HOUR = timedelta(hours=1)
DAY = timedelta(days=1)


def person(key: str) -> Actor:
    return Actor(kind="person", id=key)


ANA, BO, CY = person("ana"), person("bo"), person("cy")
PAGERDUTY = Actor(kind="integration", id="pagerduty")
ROBOT = Actor(kind="agent", id="claude", on_behalf_of="ana")


def _reachable(key: str, *methods: str) -> Person:
    contacts = tuple(ContactMethod(key=m, kind=m, address=f"{key}@{m}", verified=True) for m in methods)
    return Person(key=key, name=key.capitalize(), contacts=contacts)


CATALOGUE = Catalogue(
    version=1,
    catch_all="zed",
    people=(
        _reachable("ana", "sms", "mail"),
        _reachable("bo", "mail"),
        _reachable("cy", "mail"),
        _reachable("dee", "mail", "sms"),
        _reachable("zed", "sms"),
        Person(key="mute", name="Mute", contacts=(ContactMethod(key="sms", kind="sms", address="mute@sms"),)),
    ),
    teams=(
        Team(key="shop", name="Shop", pack="test", policy="ladder", members=("ana", "bo"), leadership=("dee",)),
        Team(key="lone", name="Lone", pack="test", policy="nobody"),
    ),
    services=(Service(key="orders", name="Orders API", team="shop"),),
    policies=(
        EscalationPolicy(
            key="ladder",
            repeats=1,
            steps=(
                EscalationStep(targets=("person:ana",), wait=5 * MINUTE),
                EscalationStep(targets=("person:mute",), wait=5 * MINUTE),
                EscalationStep(targets=("person:bo", "person:cy", "team:shop"), wait=10 * MINUTE),
            ),
        ),
        EscalationPolicy(key="nobody", steps=()),
    ),
    channels=(
        ChannelRoute(key="war-room", kind="slack", audiences=("responders",)),
        ChannelRoute(key="office", kind="slack", audiences=("stakeholders",)),
        ChannelRoute(key="status", kind="webhook", audiences=("public",)),
        ChannelRoute(key="customers", kind="email", audiences=("customers",), max_rank=2),
        ChannelRoute(key="practice", kind="console", audiences=("responders", "stakeholders"), drill=True),
    ),
)

PACK = p.Pack(
    key="test",
    title="Test",
    source="nowhere",
    severities=(
        p.Severity(
            key="SEV1",
            rank=1,
            name="Critical",
            criteria=(),
            responses=(p.ResponseTarget(verb="acknowledge", within=5 * MINUTE),),
            cadence=p.Cadence(kind="every", every=15 * MINUTE),
            tell=(
                p.TellRule(to="leadership"),
                p.TellRule(to="stakeholders"),
                p.TellRule(to="stakeholders", how="mail"),
                p.TellRule(to="leadership", after=HOUR, unless="resolving", how="page"),
                p.TellRule(to="public", after=30 * MINUTE, how="status_page"),
            ),
            resolve_within=HOUR,
            review="required",
            commander_within=5 * MINUTE,
            customers_mailed=True,
        ),
        p.Severity(
            key="SEV2",
            rank=2,
            name="Major",
            criteria=(),
            responses=(p.ResponseTarget(verb="respond", within=15 * MINUTE),),
            cadence=p.Cadence(kind="every", every=30 * MINUTE),
            tell=(
                p.TellRule(to="stakeholders"),
                p.TellRule(to="leadership", after=4 * HOUR, unless="progress"),
            ),
            review="required",
        ),
        p.Severity(
            key="SEV3",
            rank=3,
            name="Minor",
            criteria=(),
            responses=(p.ResponseTarget(verb="assess", within=HOUR),),
            cadence=p.Cadence(kind="as_findings"),
            pages=False,
            tell=(p.TellRule(to="team"),),
            review="if_recurring",
        ),
        p.Severity(key="SEV4", rank=4, name="Cosmetic", criteria=(), pages=False, review="recommended"),
    ),
    roles=(
        p.RoleRule(key="commander", name="Incident commander"),
        p.RoleRule(key="communications", name="Communications lead"),
        p.RoleRule(key="investigator", name="Investigator", single=False),
        p.RoleRule(key="oncall_manager", name="On-call manager"),
    ),
    review_deadlines=p.ReviewDeadlines(draft_within=DAY, review_within=5 * DAY, publish_within=7 * DAY),
    verification=p.Verification(
        gates=(
            p.Gate(key="errors", text="errors", metric="error_percent"),
            p.Gate(key="ready", text="ready", metric="ready"),
            p.Gate(key="complaints", text="complaints", metric="complaints", automatic=False),
        ),
        watch=15 * MINUTE,
        order="watch_then_announce",
    ),
)

POLICY = Policy(pack=PACK, catalogue=CATALOGUE, pack_digest="digest")


def ordered(order: p.VerifyOrder, **changes: object) -> Policy:
    """The test policy with another order of watching and announcing."""
    return replace(POLICY, pack=replace(PACK, verification=replace(PACK.verification, order=order, **changes)))


def with_channels(*channels: ChannelRoute) -> Policy:
    return replace(POLICY, catalogue=replace(CATALOGUE, channels=channels))


def declared(severity: str = "SEV1", **changes: object) -> e.Declared:
    values: dict[str, object] = {"title": "Orders fail", "ref": "INC-1", "team": "shop", "services": ("orders",)}
    return e.Declared(severity=severity, **{**values, **changes})


class Story:
    """The incident so far, its events, and what its last event asked of the world."""

    def __init__(self, policy: Policy = POLICY) -> None:
        self.policy = policy
        self.now = NOON
        self.events: list[e.Event] = []
        self.last = Step(incident=None)
        self.asked: list[Effect] = []

    @property
    def incident(self) -> Incident:
        return self.last.incident

    def event(
        self, body: e.EventBody, by: Actor = ANA, *, occurred: datetime | None = None, supersedes: str = ""
    ) -> e.Event:
        seq = len(self.events) + 1
        return e.Event(
            id=f"e{seq}",
            incident="i1",
            seq=seq,
            occurred_at=occurred or self.now,
            recorded_at=self.now,
            actor=by,
            body=body,
            supersedes=supersedes,
        )

    def then(
        self,
        body: e.EventBody,
        by: Actor = ANA,
        *,
        after: timedelta = timedelta(0),
        occurred: datetime | None = None,
        supersedes: str = "",
    ) -> Story:
        """Let `body` happen `after` the last thing; the story goes on only when it is not refused."""
        self.now += after
        event = self.event(body, by, occurred=occurred, supersedes=supersedes)
        self.last = step(self.last.incident, event, self.policy)
        self.events.append(event)
        self.asked += self.last.effects
        return self

    def wake(self, name: str, *, after: timedelta | None = None) -> Story:
        """Let the timer `name` come due, when it is set to unless `after` says otherwise."""
        if after is None:
            self.now = max(self.now, self.due(name))
        else:
            self.now += after
        return self.then(e.TimerElapsed(name=name, generation=self.incident.timers[name]), SYSTEM)

    def due(self, name: str) -> datetime:
        """When the live timer `name` is due."""
        return next(x.due for x in reversed(self.asked) if isinstance(x, SetTimer) and x.name == name)

    def effects(self, kind: type[T]) -> list[T]:
        """What the last event asked for, of one kind."""
        return [x for x in self.last.effects if isinstance(x, kind)]

    def fail(self, key: str, to: str, via: str, kind: str = "page") -> Story:
        return self.then(e.DeliveryFailed(key=key, kind=kind, to=to, via=via, reason="no answer"), SYSTEM)


def begun(severity: str = "SEV1", policy: Policy = POLICY, by: Actor = ANA, **changes: object) -> Story:
    """A story that starts with a declaration."""
    return Story(policy).then(declared(severity, **changes), by)


def in_triage(severity: str = "SEV1", policy: Policy = POLICY) -> Story:
    return begun(severity, policy, PAGERDUTY, confirmed=False)


def gates(**verdicts: str) -> e.GatesChecked:
    """What a look at the gates found, such as `gates(errors="pass", ready="fail")`."""
    seen = tuple(e.GateSeen(gate=g, verdict=v, observed="7 %", expected="1 %") for g, v in verdicts.items())
    return e.GatesChecked(gates=seen)


PASS = gates(errors="pass", ready="pass", complaints="inconclusive")
FAIL = gates(errors="fail", ready="pass", complaints="inconclusive")


def plan(key: str = "p1", **changes: object) -> e.PlanProposed:
    values: dict[str, object] = {
        "plan": key,
        "hash": f"hash-of-{key}",
        "title": "Roll back orders",
        "steps": ("roll back to v2.4.0",),
        "blast_radius": "orders",
        "undo": "roll forward",
        "risk": "medium",
        "expires_at": NOON + HOUR,
    }
    return e.PlanProposed(**{**values, **changes})


def approval(by: str, key: str = "p1") -> e.PlanApproved:
    return e.PlanApproved(plan=key, hash=f"hash-of-{key}", person=by)


def start(key: str = "p1") -> e.PlanStarted:
    return e.PlanStarted(plan=key, hash=f"hash-of-{key}")


RESOLVED = e.Resolved(resolution="rolled back")
REOPENED = e.Reopened(reason="it is back")
