"""A whole Tocsin in memory with its pages, and a browser without JavaScript to use them with."""

from __future__ import annotations

import html
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from functools import lru_cache
from pathlib import Path

from starlette.testclient import TestClient
from tests.fakes import ManualClock, MemoryStore

from tocsin.config.packs import load_pack
from tocsin.config.runbooks import shipped_runbooks
from tocsin.domain.actor import Actor
from tocsin.domain.catalogue import (
    ActionTarget,
    Catalogue,
    ContactMethod,
    EscalationPolicy,
    EscalationStep,
    Person,
    Schedule,
    Service,
    Team,
)
from tocsin.domain.visibility import Viewer
from tocsin.doors.http.callers import COOKIE
from tocsin.doors.web.app import create_pages
from tocsin.doors.web.look import Look
from tocsin.flows import access
from tocsin.flows.configure import apply
from tocsin.flows.declare import Declaration, declare
from tocsin.flows.respond import By
from tocsin.flows.storage import Store
from tocsin.settings import Settings
from tocsin.wiring.app import App, assemble

_pack = lru_cache(maxsize=1)(lambda: load_pack("platform"))
_look = lru_cache(maxsize=1)(Look)
PASSWORD = "correct horse battery"


def person(key: str, name: str, scopes: tuple[str, ...] = ("read", "respond")) -> Person:
    contact = ContactMethod(key="console", kind="console", address=key, verified=True)
    return Person(key=key, name=name, contacts=(contact,), scopes=scopes)


def catalogue() -> Catalogue:
    """Three people, one team, two services."""
    return Catalogue(
        version=0,
        catch_all="ana",
        people=(person("ana", "Ana"), person("bo", "Bo"), person("rea", "Rea", ("read",))),
        teams=(Team(key="core", name="Core", pack="platform", policy="default", members=("ana", "bo")),),
        services=(
            Service(
                key="orders-api",
                name="Orders API",
                team="core",
                owner="ana",
                depends_on=("postgres-main",),
                endpoints=("/api/v1/orders",),
                actions=(ActionTarget(key="rollback", kind="command", options={"argv": ["true"]}),),
                links={"dashboard": "https://grafana.example.com/d/orders", "odd": "javascript:alert(1)"},
            ),
            Service(key="postgres-main", name="Main database", team="core"),
        ),
        schedules=(Schedule(key="primary", zone="UTC", people=("ana", "bo"), starts=datetime(2026, 1, 5, 9, 0)),),  # noqa: DTZ001 (local time, as in the file)
        policies=(
            EscalationPolicy(
                key="default", steps=(EscalationStep(targets=("schedule:primary",), wait=timedelta(minutes=5)),)
            ),
        ),
        packs=(_pack(),),
        runbooks=shipped_runbooks(),
        default_pack="platform",
        default_policy="default",
    )


@dataclass
class Page:
    """An answer as somebody without JavaScript sees it."""

    status: int
    url: str
    text: str

    def form(self, action: str) -> dict[str, str]:
        """Return the hidden fields of the form that posts to `action`."""
        found = re.search(rf'<form [^>]*action="{re.escape(action)}".*?</form>', self.text, re.DOTALL)
        assert found, f"no form posts to {action} on {self.url}"
        fields = re.findall(r'<input type="hidden" name="([^"]*)" value="([^"]*)"', found[0])
        return {name: html.unescape(value) for name, value in fields}


class Browser:
    """Follows links and sends forms, keeps cookies, runs no script."""

    def __init__(self, client: TestClient) -> None:
        self.client = client

    def get(self, path: str) -> Page:
        answer = self.client.get(path)
        return Page(answer.status_code, str(answer.url), answer.text)

    def send(self, on: str, action: str, **fields: object) -> Page:
        """Open the page `on`, fill in the form that posts to `action`, and follow where it leads."""
        return self.send_form(action, self.get(on).form(action) | fields)

    def send_form(self, action: str, fields: Mapping[str, object]) -> Page:
        answer = self.client.post(action, data=dict(fields))
        return Page(answer.status_code, str(answer.url), answer.text)


@dataclass
class Site:
    """Tocsin in memory."""

    app: App
    clock: ManualClock
    _clients: list[TestClient] = field(default_factory=list)

    def stranger(self) -> Browser:
        """Somebody who is not logged in."""
        client = TestClient(create_pages(self.app, _look()), base_url="http://tocsin.test")
        self._clients.append(client)
        return Browser(client)

    def browser(self, who: str = "ana") -> Browser:
        """Somebody who is logged in."""
        found = self.stranger()
        key = access.login_link(self.app.engine, who).partition("key=")[2]
        found.client.cookies.set(COOKIE, access.use_login_link(self.app.engine, key))
        return found

    def by(self, who: str = "ana") -> By:
        scopes = frozenset({"read", "respond"})
        return By(actor=Actor(kind="person", id=who), viewer=Viewer(person=who, scopes=scopes))

    def declare(self, title: str = "Orders API answers 500", who: str = "ana", **more: object) -> str:
        """Open an incident and return its reference."""
        said = replace(Declaration(title=title, severity="SEV2", services=("orders-api",)), **more)  # type: ignore[arg-type]  # any field
        return declare(self.app.engine, said, Actor(kind="person", id=who)).ref

    def close(self) -> None:
        for client in self._clients:
            client.close()


def open_site(home: Path, store: Callable[[ManualClock], Store] = MemoryStore) -> Site:
    """Return a configured Tocsin over a store in memory."""
    clock = ManualClock()
    base = _base()
    settings = replace(base.settings, home=home)
    app = replace(base, settings=settings, engine=replace(base.engine, store=store(clock)))
    apply(app.engine, catalogue(), "test")
    return Site(app=app, clock=clock)


@lru_cache(maxsize=1)
def _base() -> App:
    """Everything that is slow to build, once: hashing of passwords, certificates."""
    settings = Settings(home=Path(), database="memory:", public_url="http://tocsin.test")
    return assemble(settings, MemoryStore())
