"""People, clients and senders: what is asked of Tocsin, again and again until it answers, as whoever asks would do."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from random import Random
from typing import TYPE_CHECKING

from bench.simulation.processes import Killed, Process
from bench.simulation.providers import Arrival
from tocsin.domain.actor import Actor
from tocsin.domain.alerts.matchers import parse_matcher
from tocsin.domain.alerts.silences import Terms
from tocsin.domain.errors import InvalidError, RefusedError
from tocsin.domain.incident import events as e
from tocsin.domain.incident.phases import Status
from tocsin.domain.incident.step.waking import REQUEST
from tocsin.domain.visibility import WORKER
from tocsin.flows import escalation, ingest, respond, responders, silences
from tocsin.flows.declare import Declaration, declare
from tocsin.flows.engine import Engine
from tocsin.flows.handle import UnknownIncidentError
from tocsin.flows.policies import policy_for_team
from tocsin.flows.ports import InboundAlert
from tocsin.flows.resend import resend
from tocsin.flows.respond import By
from tocsin.flows.storage import ConflictError, StoreUnavailableError

if TYPE_CHECKING:
    from bench.simulation.clockwork import Clockwork

RANKS = (0, 1, 1, 2, 3)
SEVERITIES = ("SEV1", "SEV2", "SEV3", "SEV4", "P0", "P1", "P3")
ANSWERS = (RefusedError, InvalidError, UnknownIncidentError)


@dataclass(slots=True, kw_only=True)
class Told:
    """One incident as its declarer knows it."""

    key: str
    ref: str = ""
    id: str = ""


@dataclass(slots=True, kw_only=True)
class Inputs:
    """Everything that comes in through `serve`. `declared` is by the declarer's own key."""

    clockwork: Clockwork
    serve: Process
    engine: Engine
    chance: Random
    say: Callable[..., None]
    declared: dict[str, Told] = field(default_factory=dict)
    quiet: bool = False
    ending: bool = False
    lived: set[str] = field(default_factory=set)

    def ask(self, what: str, act: Callable[[], object], then: Callable[[], None] = lambda: None) -> None:
        """Ask until there is an answer; a refusal is one."""

        def go() -> None:
            if not self.serve.alive or self.serve.frozen_s():
                self.clockwork.after(self.chance.uniform(0.5, 5.0), go)
                return
            try:
                act()
            except ANSWERS as error:
                self.say("refused", what, str(error))
            except (StoreUnavailableError, ConflictError, Killed):
                self.clockwork.after(self.chance.uniform(0.2, 10.0), go)
                return
            else:
                self.say("asked", what)
            then()

        go()

    def declare(self, number: int, rank: int) -> None:
        """Declare an incident; what people do with it follows."""
        told = Told(key=f"client-{number}")
        self.declared[told.key] = told
        by = Actor(kind="person", id=self.chance.choice(("ana", "bo", "cat")))
        at = self.clockwork() - timedelta(seconds=self.chance.choice((0, 0, 30, 3600, 86400)))
        services = self.chance.choice((("shop",), ("till",), ("shop", "till"), ()))
        said = Declaration(title=f"It breaks {number}", services=services, key=told.key)
        if at < self.clockwork():
            said = replace(said, declared_at=at)

        def act() -> None:
            with self.engine.store.reading() as tx:
                severity = policy_for_team(tx, "core").pack.severities[rank].key
            made = declare(self.engine, replace(said, severity=severity), by)
            told.ref, told.id = made.ref, made.id

        self.ask(f"declare {told.key} as of {at}", act, lambda: self.live(told.ref))

    def alert(self, name: str, status: str, *, severity: str = "critical") -> None:
        """Post one alert, as a sender does who repeats what is not answered."""
        starts = self.clockwork() - timedelta(seconds=self.chance.uniform(0, 120))
        ends = self.clockwork() + timedelta(minutes=5) if status == "firing" else self.clockwork()
        one = InboundAlert(
            fingerprint=name,
            name=name,
            status=status,
            labels={"alertname": name},
            severity=severity,
            service=self.chance.choice(("shop", "till")),
            starts_at=starts if status == "firing" else None,
            ends_at=ends,
        )
        opened: list[str] = []

        def act() -> None:
            opened.extend(ingest.accept(self.engine, ingest.Sender(key="watch"), [one]).incidents)

        def follow() -> None:
            for ref in dict.fromkeys(r for r in opened if r not in self.lived):
                self.live(ref)

        self.ask(f"alert {name} {status}", act, follow)

    def silence(self, name: str) -> None:
        """Silence an alert for a while, as somebody does whom it woke."""
        now = self.clockwork()
        lasting = timedelta(minutes=self.chance.choice((5, 30, 120, 1440)))
        terms = Terms(
            matchers=(parse_matcher(f"alertname={name}"),), starts_at=now, ends_at=now + lasting, comment="known"
        )
        by = Actor(kind="person", id="ana")
        self.ask(f"silence {name} for {lasting}", lambda: silences.create(self.engine, terms, by))

    def live(self, ref: str) -> None:
        """Do this and that with an incident until it is over."""
        if not ref:
            return
        self.lived.add(ref)
        for _ in range(self.chance.randrange(4)):
            self.clockwork.after(self.chance.expovariate(1 / 1200), lambda: self._meddle(ref))
        if self.chance.random() < 0.85 or not self.ending:
            self.clockwork.after(self.chance.uniform(60, 3600), lambda: self.resolve(ref))

    def resolve(self, ref: str) -> None:
        """Give the all-clear; some come back."""
        by = self._by()
        body = e.Resolved(resolution="it works again")
        self.act(ref, e.Accepted())
        self.ask(f"resolve {ref}", lambda: respond.resolve(self.engine, ref, body, by, anyway="it was looked at"))
        if self.chance.random() < 0.2 and not self.quiet:
            self.clockwork.after(self.chance.uniform(30, 3600), lambda: self.reopen(ref))

    def reopen(self, ref: str) -> None:
        """Say that it was not over."""
        self.act(ref, e.Reopened(reason="it is back"))
        self.clockwork.after(self.chance.uniform(60, 2400), lambda: self.resolve(ref))

    def paged(self, arrival: Arrival) -> None:
        """A page arrived: whoever got it answers, soon, late or never."""
        if arrival.kind != "page" or self.quiet or self.chance.random() < 0.35:
            return
        incident, road, *_ = (*arrival.key.split("/"), "")
        after = self.chance.choice((0.5, 5.0, 60.0, 240.0, 299.99, 300.01, 600.0))
        comes = road == REQUEST and self.chance.random() < 0.8
        answer = self._come if comes else self._answer
        self.clockwork.after(after, lambda: answer(incident, arrival.to))

    def _come(self, incident: str, person: str) -> None:
        """Say that one comes, as who was asked for beside the escalation."""
        by = self._by()
        self.ask(f"{person} joins {incident}", lambda: responders.join(self.engine, incident, by, person=person))

    def _answer(self, incident: str, person: str) -> None:
        at = self.clockwork() - timedelta(seconds=self.chance.choice((0, 0, 0, 45, 600)))
        self.act(incident, e.Acknowledged(person=person), at=None if at > self.clockwork() else at)
        if self.chance.random() < 0.15 and not self.quiet:
            self.clockwork.after(
                self.chance.uniform(10, 900), lambda: self.act(incident, e.Unacknowledged(person="bo"))
            )

    def act(self, ref: str, body: e.EventBody, *, at: datetime | None = None) -> None:
        """Have somebody do one thing."""
        by = self._by()
        self.ask(f"{type(body).__name__} {ref}", lambda: respond.act(self.engine, ref, body, by, occurred_at=at))

    def _meddle(self, ref: str) -> None:
        if self.quiet:
            return
        others = [t.ref for t in self.declared.values() if t.ref and t.ref != ref]
        by = self._by()
        choice = self.chance.randrange(17)
        match choice:
            case 12 | 13 | 14 | 15 | 16:
                self._of_paging(choice, ref, by)
            case 0 | 1 | 2:
                self.act(ref, e.SeverityChanged(severity=self.chance.choice(SEVERITIES), reason="looked again"))
            case 3 | 4:
                self.act(ref, e.StatusChanged(status=self.chance.choice((Status.IDENTIFIED, Status.MONITORING))))
            case 5:
                self.act(ref, e.RoleTaken(role="commander", person=self.chance.choice(("ana", "bo"))))
            case 6:
                self.act(ref, e.UpdatePosted(text="we look at it"))
            case 7:
                self.act(ref, e.Unacknowledged(person="bo"))
            case 8 if others:
                into = self.chance.choice(others)
                self.ask(f"merge {ref} into {into}", lambda: respond.merge(self.engine, ref, into, by))
            case 9:
                self.ask(f"unmerge {ref}", lambda: respond.unmerge(self.engine, ref, "they differ", by))
            case 10:
                self.act(ref, e.Cancelled(reason="a false alarm"))
            case _:
                self._retract(ref, by)

    def _of_paging(self, choice: int, ref: str, by: By) -> None:
        """Move the escalation by hand, or ask for somebody beside it."""
        engine = self.engine
        match choice:
            case 12:
                self.ask(f"escalate {ref}", lambda: escalation.escalate(engine, ref, by))
            case 13:
                lasting = timedelta(minutes=self.chance.uniform(1, 60))
                self.ask(f"snooze {ref}", lambda: escalation.snooze(engine, ref, by, lasting=lasting))
            case 14:
                self.ask(f"repage {ref}", lambda: escalation.restart_paging(engine, ref, by))
            case 15:
                self.ask(f"send again of {ref}", lambda: self._resend(ref, by))
            case _:
                whom = self.chance.choice(("ana", "bo", "primary", "core", "dee"))
                self.ask(f"call {whom} to {ref}", lambda: responders.request(engine, ref, [whom], by, message="help"))

    def _resend(self, ref: str, by: By) -> None:
        with self.engine.store.reading() as tx:
            incident = tx.see(by.viewer, ref)
            dead = tx.jobs(by.viewer, incident=incident.id, states=("dead",)).items if incident else ()
        for job in dead[:2]:
            resend(self.engine, job.id, by)

    def _retract(self, ref: str, by: By) -> None:
        """Take one of the incident's events back, or say it happened at another time."""
        number = str(self.chance.randrange(2, 12))
        at = self.clockwork() - timedelta(minutes=self.chance.uniform(0, 60))
        how: dict[str, object] = {"retract": "it was not so"} if self.chance.random() < 0.5 else {"at": at}
        self.ask(f"amend {ref} {number}", lambda: respond.amend(self.engine, ref, number, by, **how))  # type: ignore[arg-type]  # the dictionary holds what `amend` takes

    def _by(self) -> By:
        person = self.chance.choice(("ana", "bo", "cat"))
        return By(actor=Actor(kind="person", id=person), viewer=WORKER)
