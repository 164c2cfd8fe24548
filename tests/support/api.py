"""The whole web application over a real SQLite file, with people who hold tokens of different reach."""

from __future__ import annotations

import hashlib
import shutil
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx2
import pytest
from fastapi import FastAPI
from starlette.testclient import TestClient

from tocsin.config.catalogue import check_text
from tocsin.domain.incident.state import Paging
from tocsin.domain.visibility import WORKER
from tocsin.doors.serve import create_server
from tocsin.flows import access
from tocsin.flows.configure import apply
from tocsin.flows.storage import Job
from tocsin.settings import Settings
from tocsin.store.opening import open_store
from tocsin.store.schema import migrate
from tocsin.wiring import App, assemble

KEY, OLD_KEY, SCRIPT_KEY = "key-of-the-shop", "key-before-that", "key-of-the-script"
SCOPES = {
    "ana": ("read", "respond", "admin"),
    "ben": ("read", "respond"),
    "cleo": ("read",),
    "dan": ("read", "respond"),
}


def kept(key: str) -> str:
    """Return a key as the configuration keeps it."""
    return "sha256:" + hashlib.sha256(key.encode()).hexdigest()


TOCSIN_YAML = f"""\
catch_all: ana
default_pack: platform
default_policy: core
organisation: Petshop
contact: oncall@example.com
people:
  ana:
    name: Ana
    scopes: [read, respond, admin]
    contacts:
      console: {{kind: console, address: ana, verified: true}}
      hook: {{kind: webhook, address: "http://127.0.0.1:9/ana", verified: true}}
  ben: {{name: Ben, contacts: {{console: {{kind: console, address: ben, verified: true}}}}}}
  cleo: {{name: Cleo, scopes: [read], contacts: {{console: {{kind: console, address: cleo, verified: false}}}}}}
  dan: {{name: Dan, contacts: {{console: {{kind: console, address: dan, verified: true}}}}}}
teams:
  core: {{name: Core, pack: platform, policy: core, members: [ana, ben], leadership: [dan]}}
  data: {{name: Data, pack: sre, policy: core, members: [dan]}}
policies:
  core:
    steps:
      - {{targets: ["person:ben"], wait: 5m}}
      - {{targets: ["person:dan", "person:ana"], wait: 10m}}
services:
  orders: {{name: Orders API, team: core, owner: ben, endpoints: [/orders]}}
  billing: {{name: Billing, team: core}}
  warehouse: {{name: Warehouse, team: data}}
  practice: {{name: Practice, team: core, drill: true}}
integrations:
  shop: {{kind: alertmanager, service: orders, keys: ["{kept(OLD_KEY)}", "{kept(KEY)}"]}}
  script: {{kind: generic, team: core, keys: ["{kept(SCRIPT_KEY)}"]}}
channels:
  room: {{kind: console, audiences: [responders, stakeholders, leadership]}}
  page: {{kind: webhook, audiences: [public, customers], options: {{url: "http://127.0.0.1:9/status", secret: "env:STATUS_SECRET"}}}}
"""


@dataclass(frozen=True, slots=True)
class Person:
    """A person's client: every call carries their token and returns the decoded answer after a look at its status."""

    client: TestClient
    token: str

    def send(self, method: str, path: str, **more: Any) -> httpx2.Response:
        """Send a request with the person's token and return the answer as it is."""
        headers = {"authorization": f"Bearer {self.token}", **more.pop("headers", {})}
        return self.client.request(method, path, headers=headers, **more)

    def get(self, path: str, *, status: int = 200, **params: Any) -> Any:
        """Return what a path shows."""
        answer = self.send("GET", path, params=params)
        assert answer.status_code == status, answer.text
        return answer.json() if "json" in answer.headers["content-type"] else answer.text

    def post(self, path: str, body: dict[str, Any] | None = None, *, status: int = 0, **more: Any) -> Any:
        """Post a body and return the answer; any success will do unless `status` says otherwise."""
        answer = self.send("POST", path, json={} if body is None else body, **more)
        assert answer.status_code == status if status else answer.is_success, answer.text
        return answer.json()

    def declare(self, **said: Any) -> Any:
        """Declare an incident and return it."""
        return self.post("/v1/incidents", {"title": "Orders fail", "severity": "SEV2", "services": ["orders"], **said})

    def see(self, ref: str) -> Any:
        """Return an incident."""
        return self.get(f"/v1/incidents/{ref}")

    def act(self, ref: str, verb: str, body: dict[str, Any] | None = None, *, status: int = 0) -> Any:
        """Carry out a verb of an incident and return the answer."""
        return self.post(f"/v1/incidents/{ref}/{verb}", body, status=status)

    def timeline(self, ref: str, **params: Any) -> list[Any]:
        """Return an incident's timeline."""
        entries: list[Any] = self.get(f"/v1/incidents/{ref}/timeline", **params)["entries"]
        return entries


@dataclass(frozen=True, slots=True, kw_only=True)
class Office:
    """The application and the people who use it; ana administers, ben and dan respond, cleo reads."""

    app: App
    server: FastAPI
    client: TestClient
    tokens: dict[str, str] = field(default_factory=dict)

    @property
    def ana(self) -> Person:
        return self.person("ana")

    @property
    def ben(self) -> Person:
        return self.person("ben")

    @property
    def cleo(self) -> Person:
        return self.person("cleo")

    @property
    def dan(self) -> Person:
        return self.person("dan")

    def person(self, key: str) -> Person:
        """Return somebody's client, with a token made once."""
        if key not in self.tokens:
            self.tokens[key] = access.make_token(self.app.engine, key, "test", SCOPES[key])[1]
        return Person(self.client, self.tokens[key])

    def jobs(self, *kinds: str) -> list[Job]:
        """Lease and return everything that waits to be sent, with its text."""
        return self.app.engine.store.claim_jobs("test", limit=500, lease_s=3600, kinds=kinds)

    def paging(self, ref: str) -> Paging:
        """Return where an incident's paging stands."""
        with self.app.engine.store.reading() as tx:
            found = tx.see(WORKER, ref)
        assert found is not None
        return found.paging

    def post_alert(self, integration: str, body: object, *, key: str = KEY) -> httpx2.Response:
        """Post to the ingest door as a sender does."""
        content = body if isinstance(body, bytes) else None
        given = {"content": content} if content is not None else {"json": body}
        return self.client.post(f"/v1/in/{integration}", headers={"authorization": f"Bearer {key}"}, **given)


def ago(minutes: float) -> str:
    """Return a moment that long ago, as people write it."""
    return (datetime.now(tz=UTC) - timedelta(minutes=minutes)).isoformat(timespec="seconds")


def problem_of(answer: httpx2.Response, status: int) -> dict[str, Any]:
    """Return an answer's problem document after a look at its form (RFC 9457)."""
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    body: dict[str, Any] = answer.json()
    assert body["type"] == "about:blank"
    assert body["status"] == status
    assert body["title"]
    assert body["detail"]
    assert "Traceback" not in answer.text
    return body


@pytest.fixture(scope="session")
def migrated(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A migrated database to copy."""
    path = tmp_path_factory.mktemp("api") / "t.db"
    migrate(f"sqlite:///{path}")
    return path


@pytest.fixture(scope="session")
def furnished(migrated: Path) -> tuple[Path, dict[str, str]]:
    """A database with a configuration and a token for everybody, to copy."""
    path = migrated.with_name("furnished.db")
    shutil.copy(migrated, path)
    app = opened(path)
    catalogue, problems = check_text(TOCSIN_YAML, "tocsin.yaml", Path())
    assert catalogue is not None, problems
    apply(app.engine, catalogue, "ana")
    tokens = {key: access.make_token(app.engine, key, "test", scopes)[1] for key, scopes in SCOPES.items()}
    app.engine.store.close()
    return path, tokens


def opened(path: Path) -> App:
    """Return the application over a database file."""
    settings = Settings(
        home=path.parent, database=f"sqlite:///{path}", public_url="http://tocsin.test", with_drills=True
    )
    return assemble(settings, open_store(settings.database))


@pytest.fixture
def unconfigured(migrated: Path, tmp_path: Path) -> Iterator[App]:
    """The application before any configuration was applied."""
    app = opened(Path(shutil.copy(migrated, tmp_path / "t.db")))
    yield app
    app.engine.store.close()


@pytest.fixture(scope="session")
def building(furnished: tuple[Path, dict[str, str]]) -> FastAPI:
    """The web application, built once: FastAPI takes half a second to prepare its routes."""
    return create_server(opened(furnished[0]))


@pytest.fixture
def office(building: FastAPI, furnished: tuple[Path, dict[str, str]], tmp_path: Path) -> Iterator[Office]:
    """The application in use, over a database of its own."""
    template, tokens = furnished
    app = opened(Path(shutil.copy(template, tmp_path / "t.db")))
    building.state.wired = app
    client = TestClient(building, base_url="http://tocsin.test", raise_server_exceptions=False)
    yield Office(app=app, server=building, client=client, tokens=dict(tokens))
    app.engine.store.close()
