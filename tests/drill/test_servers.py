"""The servers that everything else stands on: they start, they answer, and they surely end."""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from pathlib import Path

import httpx2
import psycopg
import pytest
import redis

from tocsin.drill.servers.postgres import PostgresServer
from tocsin.drill.servers.privilege import NOBODY, unprivileged, works
from tocsin.drill.servers.sink import WebhookSink
from tocsin.drill.servers.valkey import ValkeyServer


def test_postgres_answers_queries_and_keeps_its_settings(tmp_path: Path) -> None:
    with (
        PostgresServer(tmp_path / "data", {"max_connections": "17"}) as server,
        psycopg.connect(server.dsn()) as connection,
    ):
        assert connection.execute("SHOW max_connections").fetchone() == ("17",)


def test_servers_are_started_as_somebody_who_is_not_root() -> None:
    assert subprocess.check_output([*unprivileged(), "id", "-u"], text=True).strip() != "0"


def test_where_root_may_make_no_namespace_it_becomes_nobody_who_still_reaches_its_folders(tmp_path: Path) -> None:
    (tmp_path / "private").mkdir(mode=0o700)

    if not works(NOBODY):  # an ordinary user cannot become another, and need not
        assert unprivileged() == []
        return
    subprocess.run([*NOBODY, "touch", str(tmp_path / "private" / "made")], check=True)

    assert (tmp_path / "private" / "made").stat().st_uid == 65534


def test_a_killed_postgres_recovers_what_was_committed(tmp_path: Path) -> None:
    with PostgresServer(tmp_path / "data") as server:
        with psycopg.connect(server.dsn()) as connection:
            connection.execute("CREATE TABLE kept AS SELECT 42 AS answer")

        server.kill()
        with pytest.raises(psycopg.OperationalError):
            psycopg.connect(server.dsn(), connect_timeout=2)
        server.start()

        with psycopg.connect(server.dsn()) as connection:
            assert connection.execute("SELECT answer FROM kept").fetchone() == (42,)


def test_a_fresh_database_is_a_copy_of_its_template(
    postgres_server: PostgresServer, fresh_database: Callable[..., str]
) -> None:
    original = fresh_database()
    with psycopg.connect(original) as connection:
        connection.execute("CREATE TABLE t AS SELECT 1 AS n")

    copy = fresh_database(original.rsplit("/", 1)[1])

    with psycopg.connect(copy) as connection:
        assert connection.execute("SELECT n FROM t").fetchone() == (1,)
    assert copy.startswith(f"postgresql://postgres@127.0.0.1:{postgres_server.port}/")


def test_a_dropped_database_takes_its_sessions_with_it(postgres_server: PostgresServer) -> None:
    with psycopg.connect(postgres_server.create_database("doomed")) as connection:
        connection.execute("SELECT 1")

        postgres_server.drop_database("doomed")

        with pytest.raises(psycopg.OperationalError):
            connection.execute("SELECT 1")


def test_valkey_answers_and_forgets_everything_on_restart(tmp_path: Path) -> None:
    with ValkeyServer(tmp_path) as server, redis.Redis.from_url(server.url) as client:
        client.set("key", "value")

        server.restart()

        assert client.get("key") is None


def test_the_sink_writes_down_what_it_received_but_no_credentials(webhook_sink: WebhookSink) -> None:
    headers = {"Idempotency-Key": "k1", "Authorization": "Bearer secret", "X-Tocsin-Incident": "INC-1"}
    httpx2.post(f"{webhook_sink.url}/page", json={"summary": "fire"}, headers=headers)

    webhook_sink.kill()

    (post,) = webhook_sink.received()
    assert (post.path, post.body, post.answered) == ("/page", {"summary": "fire"}, 200)
    assert (post.headers["idempotency-key"], post.headers["x-tocsin-incident"]) == ("k1", "INC-1")
    assert "secret" not in webhook_sink.log.read_text()
    assert post.received_at.tzinfo is not None


def test_the_sink_can_fail_for_a_while(webhook_sink: WebhookSink) -> None:
    webhook_sink.behave(status=503, times=1)

    statuses = [httpx2.post(webhook_sink.url, content=b"plain text").status_code for _ in range(2)]

    assert statuses == [503, 200]
    assert [(post.body, post.answered) for post in webhook_sink.received()] == [
        ("plain text", 503),
        ("plain text", 200),
    ]


def test_the_sink_can_be_slow(webhook_sink: WebhookSink) -> None:
    webhook_sink.behave(delay_s=5.0)

    with pytest.raises(httpx2.ReadTimeout):
        httpx2.post(webhook_sink.url, content=b"{}", timeout=0.2)

    assert len(webhook_sink.received()) == 1
