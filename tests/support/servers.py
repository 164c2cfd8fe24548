"""Fixtures of real servers, one of each a test run; a pytest plugin, so that every folder shares the same ones.

Each imports its server when it is asked for: a run that needs none does not load their drivers.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.support.smtp import SMTPSink
    from tocsin.drill.servers.postgres import PostgresServer
    from tocsin.drill.servers.sink import WebhookSink
    from tocsin.drill.servers.valkey import ValkeyServer

_numbers = itertools.count(1)


@pytest.fixture(scope="session")
def postgres_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[PostgresServer]:
    """One PostgreSQL for the whole run; take `fresh_database` to be alone."""
    from tocsin.drill.servers.postgres import PostgresServer  # noqa: PLC0415 (see above)

    with PostgresServer(tmp_path_factory.mktemp("postgres") / "data", {"full_page_writes": "off"}) as server:
        yield server


@pytest.fixture
def fresh_database(postgres_server: PostgresServer) -> Iterator[Callable[..., str]]:
    """Create a database, empty or a copy of `template` (a database's name), and give its address; it goes with the test."""
    created: list[str] = []

    def create(template: str = "") -> str:
        created.append(f"test_{next(_numbers)}")
        return postgres_server.create_database(created[-1], template)

    yield create
    for name in created:
        postgres_server.drop_database(name)


@pytest.fixture(scope="session")
def valkey_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ValkeyServer]:
    """One Valkey for the whole run; empty it first if it matters."""
    from tocsin.drill.servers.valkey import ValkeyServer  # noqa: PLC0415 (see above)

    with ValkeyServer(tmp_path_factory.mktemp("valkey")) as server:
        yield server


@pytest.fixture
def webhook_sink(tmp_path_factory: pytest.TempPathFactory) -> Iterator[WebhookSink]:
    """A webhook receiver of the test's own."""
    from tocsin.drill.servers.sink import WebhookSink  # noqa: PLC0415 (see above)

    with WebhookSink(tmp_path_factory.mktemp("sink") / "received.jsonl") as sink:
        yield sink


@pytest.fixture
def smtp_sink() -> Iterator[SMTPSink]:
    """A mail server of the test's own."""
    from tests.support.smtp import smtp_sink as running_smtp_sink  # noqa: PLC0415 (see above)

    with running_smtp_sink() as sink:
        yield sink
