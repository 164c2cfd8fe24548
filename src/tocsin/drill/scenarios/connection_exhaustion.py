"""Connection exhaustion: a deploy leaks database sessions on an error path, until nobody gets one any more."""

from __future__ import annotations

import atexit
import json
import subprocess
import sys
from datetime import datetime
from importlib.resources import files
from pathlib import Path
from string import Template
from typing import Any, Self

import psycopg

from tocsin.drill.servers.ports import free_port
from tocsin.drill.servers.postgres import PostgresServer
from tocsin.drill.servers.process import Process, ServerError, clean_environment, forget, watch
from tocsin.drill.servers.valkey import ValkeyServer
from tocsin.drill.shop import deploy, schema

GOOD, BAD = "v2.4.0", "v2.4.1"
CULPRIT = "/api/v1/reports/export"

# 25 sessions, of which 5 are kept back: 20 for the shop and its like, 3 of those kept back for who diagnoses and mends.
_POSTGRES_SETTINGS = {
    "max_connections": "25",
    "superuser_reserved_connections": "2",
    "reserved_connections": "3",
    "shared_preload_libraries": "pg_stat_statements",
}
_ROLES = """
CREATE ROLE shop LOGIN;
CREATE ROLE tocsin_monitor LOGIN IN ROLE pg_monitor, pg_use_reserved_connections;
CREATE ROLE tocsin_operator LOGIN IN ROLE pg_monitor, pg_signal_backend, pg_use_reserved_connections;
CREATE DATABASE shop OWNER shop;
"""
_DEPLOY_LIMIT_S = 40
_RPS = 25.0


class ShopEnvironment:
    """A shop at v2.4.0 with its PostgreSQL, its Valkey and its customers, all below `directory`."""

    def __init__(self, directory: Path, *, rps: float = _RPS) -> None:
        self._directory = directory.resolve()
        self._rps = rps
        self.postgres = PostgresServer(self._directory / "postgres", _POSTGRES_SETTINGS)
        self.valkey = ValkeyServer(self._directory / "valkey")
        self._state = deploy.State(
            directory=self._directory / "deploy",
            port=free_port(),
            dsn=self.postgres.dsn("shop", user="shop"),
            redis=self.valkey.url,
            log=self._directory / "shop.log",
        )
        self._traffic = Process(self._traffic_argv(), self._directory / "traffic.out")

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    @property
    def url(self) -> str:
        """The shop's address; `/health`, `/ready` and `/metrics` are below it."""
        return f"http://127.0.0.1:{self._state.port}"

    @property
    def monitor_dsn(self) -> str:
        """The shop's database for a role that may see everything and change nothing, with a session kept back for it."""
        return self.postgres.dsn("shop", user="tocsin_monitor")

    @property
    def operator_dsn(self) -> str:
        """The shop's database for a role that may also end the shop's sessions."""
        return self.postgres.dsn("shop", user="tocsin_operator")

    @property
    def redis_url(self) -> str:
        """The shop's cache."""
        return self.valkey.url

    @property
    def deploy_history(self) -> Path:
        """The shop's deploys, one JSON object a line, oldest first."""
        return self._state.history

    @property
    def log(self) -> Path:
        """The shop's log, one JSON object a line."""
        return self._state.log

    @property
    def rollback_argv(self) -> list[str]:
        """The command that brings the shop to the version put in its place; done twice, it does nothing the second time."""
        return self._deploy_argv("{to_version}", by="tocsin", reason="rolled back during an incident")

    def start(self) -> None:
        """Start everything and wait until the shop is served.

        Raises:
            ServerError: one of them does not start; the others have been ended.
        """
        atexit.register(self.stop)
        try:
            self.postgres.start()
            self.valkey.start()
            self._prepare_database()
            self._state.save()
            watch(str(self._state.pid_file))
            self._deploy(GOOD, reason="the catalogue is asked for too often")
            self._figures.unlink(missing_ok=True)
            self._traffic.start(self._figures.exists)
        except BaseException:
            self.stop()
            raise

    def inject(self) -> datetime:
        """Deploy v2.4.1 and return when it began to be served: the fault."""
        self._deploy(BAD, reason="sales wants its reports")
        last = self.deploy_history.read_text().splitlines()[-1]
        return datetime.fromisoformat(json.loads(last)["at"])

    def traffic(self) -> dict[str, Any]:
        """Return what the customers saw so far: `sent`, `ok`, `failed`, `by_status` and more (see shop/traffic.py)."""
        figures: dict[str, Any] = json.loads(self._figures.read_text())
        return figures

    def stop(self) -> None:
        """End everything; the files stay."""
        self._traffic.stop()
        deploy.stop(self._state)
        forget(str(self._state.pid_file))
        self.valkey.stop()
        self.postgres.stop()
        atexit.unregister(self.stop)

    def configuration(self, sink_url: str) -> str:
        """Return the drill's part of `tocsin.yaml` for this environment; pages and messages go to `sink_url`."""
        template = files("tocsin.drill.scenarios").joinpath("connection_exhaustion.yaml").read_text()
        values = {
            "shop_url": self.url,
            "monitor_dsn": self.monitor_dsn,
            "operator_dsn": self.operator_dsn,
            "redis_url": self.redis_url,
            "deploy_history": str(self.deploy_history),
            "health_url": f"{self.url}/health",
            "ready_url": f"{self.url}/ready",
            "metrics_url": f"{self.url}/metrics",
            "page_url": f"{sink_url}/page/drill-ana",
            "second_page_url": f"{sink_url}/page/drill-bo",
            "room_url": f"{sink_url}/room",
            "rollback_argv": self.rollback_argv,
        }
        # What JSON quotes, YAML reads: no value can break out of its place.
        return Template(template).substitute({name: json.dumps(value) for name, value in values.items()})

    @property
    def _figures(self) -> Path:
        return self._directory / "traffic.json"

    def _prepare_database(self) -> None:
        with psycopg.connect(self.postgres.dsn(), autocommit=True, connect_timeout=5) as connection:
            if connection.execute("SELECT FROM pg_roles WHERE rolname = 'shop'").fetchone() is None:
                for statement in filter(None, map(str.strip, _ROLES.split(";"))):
                    connection.execute(statement.encode())
        with psycopg.connect(self.postgres.dsn("shop"), connect_timeout=5) as connection:
            connection.execute("CREATE EXTENSION IF NOT EXISTS pg_stat_statements")
        schema.prepare(self._state.dsn)

    def _deploy(self, version: str, *, reason: str) -> None:
        done = subprocess.run(  # noqa: S603 (arguments are ours, no shell)
            self._deploy_argv(version, by="release-train", reason=reason),
            capture_output=True,
            check=False,
            env=clean_environment(),
            text=True,
            timeout=_DEPLOY_LIMIT_S,
        )
        if done.returncode != 0:
            raise ServerError(done.stderr.strip())

    def _deploy_argv(self, version: str, *, by: str, reason: str) -> list[str]:
        tool = [sys.executable, "-m", "tocsin.drill.shop.deploy", "--state", str(self._state.directory)]
        return [*tool, "--to", version, "--by", by, "--reason", reason]

    def _traffic_argv(self) -> list[str]:
        tool = [sys.executable, "-m", "tocsin.drill.shop.traffic", "--url", self.url]
        return [*tool, "--rps", str(self._rps), "--log", str(self._figures)]
