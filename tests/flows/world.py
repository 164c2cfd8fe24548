"""A small world to try flows in: two people on call, a shop with monitors and a switch, a clock that stands until moved."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from functools import cache
from pathlib import Path
from typing import Any

from tests.fakes import ANNA, ManualClock, MemoryStore

from tocsin.adapters.rendering.jinja import Jinja
from tocsin.adapters.signing import HmacSigner
from tocsin.config.catalogue import check_text
from tocsin.domain.actor import Actor
from tocsin.domain.catalogue import Catalogue
from tocsin.domain.incident.events import Event, EventBody
from tocsin.domain.incident.state import Incident
from tocsin.domain.visibility import WORKER
from tocsin.flows import wake
from tocsin.flows.configure import apply
from tocsin.flows.declare import Declaration, declare
from tocsin.flows.deliver import deliver
from tocsin.flows.engine import Engine
from tocsin.flows.ports import Message
from tocsin.flows.respond import By
from tocsin.flows.signing import Signing
from tocsin.flows.storage import IncidentFilter, Job, Store, Timer

CONFIGURATION = """
catch_all: cat
default_pack: platform
default_policy: default
people:
  ana:
    name: Ana
    email: ana@example.com
    scopes: [read, respond]
    contacts:
      pager: {kind: webhook, address: "https://page.example.com/ana", verified: true}
      mail: {kind: email, address: ana@example.com, verified: true}
  bo:
    name: Bo
    email: bo@example.com
    contacts: {pager: {kind: webhook, address: "https://page.example.com/bo", verified: true}}
  cat:
    name: Cat
    email: cat@example.com
    scopes: [read, respond, admin]
    contacts: {pager: {kind: webhook, address: "https://page.example.com/cat", verified: true}}
teams:
  core: {name: Core, pack: platform, policy: default, members: [ana, bo], leadership: [cat]}
policies:
  default:
    steps:
      - {targets: ["person:ana"], wait: 5m}
      - {targets: ["person:bo"], wait: 10m}
services:
  shop:
    name: Shop
    team: core
    probes:
      web: {kind: http, options: {url: "https://shop.example.com"}}
    actions:
      one: {kind: switch, risk: medium, options: {}}
  silent: {name: Silent, team: core}
monitors:
  shop-ready: {service: shop, kind: http, every: 15s, for: 30s, options: {ready: "https://shop.example.com/ready"}}
integrations:
  watch: {kind: generic, service: shop, team: core, keys: ["env:WATCH_KEY"]}
channels:
  room: {kind: webhook, audiences: [responders, stakeholders, leadership], options: {url: "https://room.example.com"}}
"""
SECRETS = {"env:WATCH_KEY": "open sesame"}
ANY = IncidentFilter()
SIGNING = Signing(signer=HmacSigner())
ANA = By(actor=Actor(kind="person", id="ana"), viewer=WORKER)
BO = By(actor=Actor(kind="person", id="bo"), viewer=WORKER)


@dataclass
class FakeChannel:
    """Carries messages nowhere and remembers them; `trouble` is raised, first first, instead of taking one."""

    kind: str
    carried: list[Message] = field(default_factory=list)
    trouble: list[Exception] = field(default_factory=list)
    during: Callable[[], None] = lambda: None

    def deliver(self, message: Message, options: Mapping[str, object], deadline_s: float) -> str:
        del options
        assert deadline_s > 0
        self.during()
        if self.trouble:
            raise self.trouble.pop(0)
        self.carried.append(message)
        return f"receipt {len(self.carried)}"


@cache
def catalogue(text: str = CONFIGURATION) -> Catalogue:
    found, problems = check_text(text, "tocsin.yaml", Path())
    assert found is not None, problems
    return found


@dataclass
class World:
    """The engine over a store, with channels that only remember."""

    store: Store = field(default_factory=MemoryStore)
    webhook: FakeChannel = field(default_factory=lambda: FakeChannel("webhook"))
    email: FakeChannel = field(default_factory=lambda: FakeChannel("email"))
    text: str = CONFIGURATION
    more: Mapping[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        numbers = itertools.count(1)
        self.engine = Engine(
            store=self.store,
            renderer=Jinja(),
            new_id=lambda: f"n{next(numbers):05}",
            public_url="https://tocsin.example.com",
            channels={"webhook": self.webhook, "email": self.email},
            **{"resolve": resolve, **self.more},
        )
        apply(self.engine, catalogue(self.text), "cat")

    @property
    def clock(self) -> ManualClock:
        assert isinstance(self.store, MemoryStore)
        assert isinstance(self.store.clock, ManualClock)
        return self.store.clock

    def later(self, **by: float) -> None:
        self.clock.advance(timedelta(**by))

    def declare(self, title: str = "Orders fail", **said: Any) -> Incident:
        given = {"severity": "SEV2", "services": ("shop",), **said}
        return declare(self.engine, Declaration(title=title, **given), ANNA)

    def incident(self, ref: str = "") -> Incident:
        with self.store.reading() as tx:
            wanted = tx.resolve_ref(ref) if ref else tx.list_incidents(WORKER, ANY).items[0].id
            found = tx.load(wanted)
        assert found is not None
        return found

    def events(self, kind: type[EventBody] | None = None) -> list[Event]:
        with self.store.reading() as tx:
            every = tx.events(self.incident().id)
        return [e for e in every if kind is None or isinstance(e.body, kind)]

    def jobs(self, *kinds: str) -> list[Job]:
        return self.store.claim_jobs("w", limit=100, lease_s=10, kinds=kinds)

    def job(self, kind: str) -> Job:
        (only,) = self.jobs(kind)
        return only

    def timers(self, *names: str) -> list[Timer]:
        found = self.store.claim_timers("w", limit=100, lease_s=10)
        return [t for t in found if not names or t.name in names]

    def send_pages(self) -> list[str]:
        return [deliver(self.engine, job, jitter=lambda: 0.5) for job in self.jobs("page")]

    def tick(self, *names: str) -> None:
        for timer in self.timers(*names):
            wake.wake(self.engine, timer, {})

    def state_of(self, key: str) -> str:
        with self.store.reading() as tx:
            (found,) = [j for j in tx.jobs(WORKER).items if j.key.endswith(key)]
        return found.state

    def paged(self) -> list[str]:
        return [m.to.rpartition("/")[2] for m in self.webhook.carried + self.email.carried if m.kind == "page"]


def resolve(options: Mapping[str, object]) -> dict[str, object]:
    return {name: SECRETS.get(str(value), value) for name, value in options.items()}
