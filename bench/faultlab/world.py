"""The servers of a lab run, and what is looked at in each scenario unless it says otherwise."""

from __future__ import annotations

import json
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Self

import psycopg
import redis

from bench.faultlab.shop import Options, to_json
from bench.faultlab.stubs import pages
from tocsin.domain.diagnosis.targets import Target
from tocsin.drill.servers.certificates import Authority
from tocsin.drill.servers.dns import NameServer
from tocsin.drill.servers.ports import free_port
from tocsin.drill.servers.postgres import PostgresServer
from tocsin.drill.servers.process import Process
from tocsin.drill.servers.valkey import ValkeyServer

ROOT = Path(__file__).resolve().parents[2]
RPS = 40.0
USERS = 500_000
BASELINE = {"requests_per_s": RPS, "error_ratio": 0.0, "p95_s": 0.03, "p99_s": 0.05}
SETTINGS = {
    "max_connections": "40",
    "shared_preload_libraries": "pg_stat_statements",
    "deadlock_timeout": "100ms",
    "max_parallel_workers_per_gather": "0",
    "autovacuum": "off",
    "jit": "off",
}
TABLES = """
    CREATE EXTENSION pg_stat_statements;
    CREATE TABLE orders (id int PRIMARY KEY, total int);
    INSERT INTO orders SELECT n, n FROM generate_series(1, 1000) n;
    CREATE TABLE users (id int PRIMARY KEY, email text, about text);
    INSERT INTO users SELECT n, 'user' || n || '@shop.test', repeat('x', 40) FROM generate_series(1, {users}) n;
    CREATE INDEX users_email ON users (email);
    CREATE TABLE receipts (id int GENERATED ALWAYS AS IDENTITY PRIMARY KEY, note text);
    VACUUM ANALYZE;
"""


@dataclass(frozen=True, kw_only=True)
class Case:
    """What a scenario wants looked at: targets by name over the usual ones (None takes one away), and how often."""

    targets: Mapping[str, Target | None] = field(default_factory=dict)
    looks: int = 1
    onset: datetime | None = None
    between: float = 0.6


@dataclass(frozen=True, kw_only=True)
class Shop:
    """A running instance of the lab's service."""

    url: str
    pid: int


class World:
    """One PostgreSQL, one Valkey, one healthy shop, one name server, one good TLS front; a scenario may break any of them."""

    def __init__(self, folder: Path, *, users: int = USERS) -> None:
        self.folder = folder
        self._tables = TABLES.replace("{users}", str(users))
        self.postgres = PostgresServer(folder / "pg", SETTINGS)
        self.valkey = ValkeyServer(folder / "valkey", {"enable-debug-command": "no"})
        self.names = NameServer({"db.shop.test": "127.0.0.1", "pay.shop.test": "127.0.0.1"})
        self.authority = Authority(folder / "authority", now())
        self._stack = ExitStack()
        self._numbers = iter(range(1, 1_000_000))

    def __enter__(self) -> Self:
        enter = self._stack.enter_context
        enter(self.postgres)
        enter(self.valkey)
        enter(self.names)
        self.dsn = self.postgres.create_database("shop")
        self.monitor_dsn = self.postgres.dsn("shop", user="monitor")
        with psycopg.connect(self.dsn, autocommit=True) as connection:
            for statement in self._tables.split(";")[:-1]:
                connection.execute(statement)
            self._guard(connection)
        self.payments = enter(pages({"/": (200, "{}")}))
        self.front = enter(pages({"/": (200, "{}")}, context=self.authority.context()))
        self.shop = enter(self.running_shop())
        self.deploys = self.folder / "deploys.jsonl"
        self.deployed("v2.4.0", ago_s=86_400)
        return self

    def __exit__(self, *_: object) -> None:
        self._stack.close()

    @contextmanager
    def running_shop(self, **options: object) -> Iterator[Shop]:
        """Run one more instance of the service."""
        usual = Options(dsn=self.dsn, redis_url=self.valkey.url, dependency=f"{self.payments.url}/")
        wanted = replace(usual, **options)  # type: ignore[arg-type]  # the scenario names the fields it means
        port = free_port()
        argv = [sys.executable, "-m", "bench.faultlab.shop", "--port", str(port), "--options", to_json(wanted)]
        log = self.folder / f"shop-{next(self._numbers)}.log"
        env = ["env", f"PYTHONPATH={ROOT}:{ROOT / 'src'}"]
        process = Process([*env, *argv], log)
        url = f"http://127.0.0.1:{port}"
        process.start(lambda: answers(f"{url}/health"), limit_s=40)
        try:
            yield Shop(url=url, pid=process.pid)
        finally:
            process.stop(limit_s=1.0)

    def deployed(self, version: str, *, ago_s: float, changes: tuple[str, ...] = (), keep: bool = True) -> None:
        """Write the history of deploys: one long ago, and this one."""
        at = (now() - timedelta(seconds=ago_s)).isoformat()
        line = {"service": "shop", "version": version, "at": at, "previous": "v2.4.0", "changes": list(changes)}
        old = self.deploys.read_text() if keep and self.deploys.exists() else ""
        self.deploys.write_text(old + json.dumps(line) + "\n")

    def _guard(self, connection: psycopg.Connection) -> None:
        """Make two roles: one that only monitors, and one that the server asks for a password."""
        connection.execute("CREATE ROLE monitor LOGIN IN ROLE pg_monitor")
        connection.execute("GRANT SELECT ON ALL SEQUENCES IN SCHEMA public TO monitor")
        connection.execute("CREATE ROLE guarded LOGIN SUPERUSER PASSWORD 'right'")
        rules = self.folder / "pg" / "pg_hba.conf"
        rules.write_text("host all guarded 127.0.0.1/32 scram-sha-256\n" + rules.read_text())
        connection.execute("SELECT pg_reload_conf()")

    def newcomer(self) -> Target:
        """Return the database for a probe that has no session yet and is no superuser."""
        return Target(
            name="db", kind="postgres", service="shop", options={"dsn": f"{self.monitor_dsn}?sslmode=disable"}
        )

    def guarded_dsn(self, password: str) -> str:
        """Return the address for a role that has to give a password, with the one given."""
        return self.postgres.dsn("shop", user="guarded").replace("guarded@", f"guarded:{password}@")

    def warm(self) -> None:
        """Have the shop open its sessions again after the database went away."""
        for _ in range(50):
            if answers(f"{self.shop.url}/ready"):
                return
            time.sleep(0.1)

    def admin(self) -> psycopg.Connection:
        """Open a session of the database's owner, each statement by itself."""
        return psycopg.connect(self.dsn, autocommit=True, application_name="lab")

    def cache(self) -> redis.Redis:
        """Open a client of the cache."""
        return redis.Redis.from_url(self.valkey.url, decode_responses=True, socket_timeout=20)

    def targets(self) -> dict[str, Target]:
        """Return every kind of target there is, all well."""
        return {
            "shop": http("shop", self.shop.url, endpoints=["/orders"]),
            "payments": http("payments", self.payments.url, third_party=True),
            "db": Target(
                name="db", kind="postgres", service="shop", options={"dsn": self.monitor_dsn, "keep_open": True}
            ),
            "cache": cache("cache", self.valkey.url),
            "metrics": metrics("metrics", self.shop.url),
            "deploys": Target(name="deploys", kind="deploys", options={"path": str(self.deploys)}),
            "host": Target(name="host", kind="host", options={"mounts": [str(self.folder)]}),
            "tls": tls("tls", self.front.port, self.authority),
            "dns": dns("dns", self.names.address),
        }


def http(name: str, url: str, **options: object) -> Target:
    return Target(name=name, kind="http", service=name, options={"url": url, **options})


def cache(name: str, url: str, **options: object) -> Target:
    return Target(name=name, kind="redis", service="shop", options={"url": url, **options})


def metrics(name: str, url: str, **options: object) -> Target:
    given = {"url": f"{url}/metrics", "baseline": BASELINE, **options}
    return Target(name=name, kind="metrics", service="shop", options=given)


def tls(name: str, port: int, authority: Authority) -> Target:
    options = {"address": f"127.0.0.1:{port}", "server_name": "localhost", "authorities": str(authority.file)}
    return Target(name=name, kind="tls", service="shop", options=options)


def dns(name: str, *resolvers: str) -> Target:
    return Target(
        name=name, kind="dns", service="shop", options={"names": ["db.shop.test"], "resolvers": list(resolvers)}
    )


def now() -> datetime:
    return datetime.now(UTC)


def answers(url: str) -> bool:
    try:
        with urllib.request.urlopen(url, timeout=2):  # noqa: S310 (our own server on loopback)
            return True
    except (urllib.error.URLError, OSError):
        return False


def settle(seconds: float) -> None:
    """Let a fault last: a leak is told by sessions that stand still, a chain of locks by those who wait."""
    time.sleep(seconds)


@contextmanager
def new_world(*, users: int = USERS) -> Iterator[World]:
    """Build the servers in a folder of their own and take them down again."""
    with (
        tempfile.TemporaryDirectory(prefix="faultlab-", ignore_cleanup_errors=True) as folder,
        World(Path(folder), users=users) as world,
    ):
        yield world
