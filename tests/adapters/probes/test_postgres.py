"""The PostgreSQL probe against a real server."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable, Iterator
from datetime import UTC, datetime

import psycopg
import pytest
from tests.support.http import closed_port, raw_server

from tocsin.adapters.probes.postgres import Postgres
from tocsin.adapters.probes.postgres.connection import connect, refusal
from tocsin.domain.diagnosis.facts import PostgresFacts
from tocsin.domain.diagnosis.targets import Target
from tocsin.drill.servers.postgres import PostgresServer

NOW = datetime(2026, 3, 15, 14, 3, tzinfo=UTC)
Opened = Callable[..., psycopg.Connection]


def target(dsn: str, **options: object) -> Target:
    return Target(name="db", kind="postgres", service="shop", options={"dsn": dsn, "window_s": 0.05, **options})


def collect(dsn: str, *, deadline_s: float = 5.0) -> PostgresFacts:
    return Postgres(lambda: NOW).collect(target(dsn), deadline_s)


@pytest.fixture
def opened() -> Iterator[Opened]:
    """Open sessions that end with the test."""
    sessions: list[psycopg.Connection] = []

    def open_one(dsn: str, application: str = "shop/v2.4.1") -> psycopg.Connection:
        sessions.append(psycopg.connect(dsn, application_name=application, connect_timeout=5))
        return sessions[-1]

    yield open_one
    for session in sessions:
        session.close()


@pytest.fixture
def database(fresh_database: Callable[..., str]) -> str:
    dsn = fresh_database()
    with psycopg.connect(dsn) as connection:
        connection.execute("CREATE TABLE orders (id int PRIMARY KEY, note text)")
        connection.execute("INSERT INTO orders VALUES (1, 'a'), (2, 'b')")
    return dsn


def test_a_server_at_rest_tells_limits_use_and_size(database: str) -> None:
    facts = collect(database)

    assert facts.error is None
    assert facts.limits is not None
    assert facts.limits.usable < facts.limits.max_connections
    assert facts.used
    assert facts.idle_in_transaction == ()
    assert facts.lock_waits == ()
    assert facts.long_queries == ()
    assert facts.counters is not None
    assert (facts.size_bytes or 0) > 1_000_000
    assert facts.replication == ()
    assert [spot.what for spot in facts.blind] == ["statement statistics"]


def test_a_leaked_session_is_named_for_good_and_its_statement_shows_no_data(database: str, opened: Opened) -> None:
    session = opened(database)
    session.execute("SELECT * FROM orders WHERE note = 'secret' /*route='/api/v1/reports/export'*/")

    facts = collect(database)

    (leaked,) = facts.idle_in_transaction or ()
    assert (leaked.pid, leaked.application, leaked.state) == (
        session.info.backend_pid, "shop/v2.4.1", "idle in transaction",
    )  # fmt: skip
    assert leaked.backend_start is not None
    assert leaked.xact_start is not None
    assert leaked.query == "SELECT * FROM orders WHERE note = ?"
    assert leaked.tags == {"route": "/api/v1/reports/export"}
    assert facts.sessions_of("shop/v2.4.1") == 1


def test_who_waits_for_whom_is_seen(database: str, opened: Opened) -> None:
    holder, waiter = opened(database, "holder"), opened(database, "waiter")
    holder.execute("UPDATE orders SET note = 'x' WHERE id = 1")

    def wait() -> None:
        with pytest.raises(psycopg.errors.QueryCanceled):
            waiter.execute("UPDATE orders SET note = 'y' WHERE id = 1")

    waiting = threading.Thread(target=wait)
    waiting.start()
    with psycopg.connect(database, autocommit=True) as watcher:
        while not watcher.execute("SELECT 1 FROM pg_stat_activity WHERE wait_event_type = 'Lock'").fetchone():
            pass
    facts = collect(database)
    waiter.cancel_safe()
    waiting.join(5)

    (found,) = facts.lock_waits or ()
    assert found.session.pid == waiter.info.backend_pid
    assert found.blockers == (holder.info.backend_pid,)
    assert [one.application for one in facts.blockers] == ["holder"]


def test_a_role_without_privileges_sees_little_and_says_so(database: str, opened: Opened) -> None:
    with psycopg.connect(database) as connection:
        connection.execute("DROP ROLE IF EXISTS nobody_special")
        connection.execute("CREATE ROLE nobody_special LOGIN")
    opened(database).execute("SELECT 1")

    facts = collect(psycopg.conninfo.make_conninfo(database, user="nobody_special"))

    assert facts.error is None
    assert facts.idle_in_transaction is None
    assert facts.lock_waits is None
    assert (facts.used or 0) >= 2
    hidden = next(spot for spot in facts.blind if "other roles" in spot.what)
    assert "pg_monitor" in hidden.mend


def test_the_probes_session_cannot_write_and_is_called_by_its_name(database: str) -> None:
    with connect(database, 5.0) as connection:
        shown = connection.execute(
            "SELECT current_setting('application_name') AS name, current_setting('statement_timeout') AS patience"
        ).fetchone()
        with pytest.raises(psycopg.errors.ReadOnlySqlTransaction):
            connection.execute("DELETE FROM orders")

    assert shown == {"name": "tocsin-probe", "patience": "2s"}


def test_nobody_listening_is_refused_and_the_password_is_not_repeated() -> None:
    facts = collect(f"postgresql://shop:hunter2@127.0.0.1:{closed_port()}/shop")

    assert (facts.error, facts.sqlstate) == ("refused", "08001")
    assert facts.error_text
    assert "hunter2" not in repr(facts)


def test_silence_is_a_timeout() -> None:
    def silent(_: socket.socket, over: threading.Event) -> None:
        over.wait()

    with raw_server(silent) as port:
        facts = collect(f"postgresql://shop@127.0.0.1:{port}/shop", deadline_s=1.0)

    assert facts.error == "timeout"


def test_a_database_or_role_that_does_not_exist_is_told_apart(postgres_server: PostgresServer) -> None:
    no_database = collect(postgres_server.dsn("no_such_database"))
    no_role = collect(postgres_server.dsn(user="no_such_role"))

    assert (no_database.error, no_database.sqlstate) == ("no_database", "3D000")
    assert (no_role.error, no_role.sqlstate) == ("auth", "28000")


@pytest.mark.parametrize(
    ("words", "kind"),
    [
        ("FATAL:  sorry, too many clients already", "too_many"),
        ("FATAL:  remaining connection slots are reserved for roles with the SUPERUSER attribute", "too_many"),
        ("FATAL:  the database system is starting up", "starting"),
        ('FATAL:  password authentication failed for user "shop"', "auth"),
        ("server does not support SSL, but SSL was required", "tls"),
        ("something nobody has heard of", "other"),
    ],
)
def test_the_servers_words_tell_why_it_refuses(words: str, kind: str) -> None:
    assert refusal(psycopg.OperationalError(words))[0] == kind


def test_a_full_server_is_a_finding_unless_a_connection_was_kept(database: str, opened: Opened) -> None:
    with psycopg.connect(database, autocommit=True) as owner:
        owner.execute("DROP ROLE IF EXISTS guest")
        owner.execute("CREATE ROLE guest LOGIN CONNECTION LIMIT 2")
    guest = psycopg.conninfo.make_conninfo(database, user="guest")
    keeper = Postgres(lambda: NOW)
    keeper.collect(target(guest, keep_open=True), 5.0)
    opened(guest)

    kept = keeper.collect(target(guest, keep_open=True), 5.0)
    locked_out = collect(guest)
    keeper.close()

    assert kept.error is None
    assert (locked_out.error, locked_out.sqlstate) == ("too_many", "53300")


def test_questions_that_no_time_is_left_for_are_blind_spots(database: str) -> None:
    facts = Postgres(lambda: NOW).collect(target(database, window_s=0.0), 0.0)

    assert facts.error is None
    assert facts.used is None
    assert {spot.why for spot in facts.blind} == {"no time left"}


def test_what_builds_up_for_days_is_told(database: str) -> None:
    with psycopg.connect(database) as session:
        session.execute("CREATE TABLE receipt (id smallint GENERATED ALWAYS AS IDENTITY)")
        session.execute("INSERT INTO receipt DEFAULT VALUES")

    facts = collect(database)

    assert facts.upkeep is not None
    assert (facts.upkeep.uptime_s or 0) > 0
    assert facts.upkeep.settings["max_connections"]
    assert any(age.xids > 0 for age in facts.upkeep.ages or ())
    assert facts.upkeep.slots == facts.upkeep.prepared == facts.upkeep.invalid_indexes == ()
    assert 0 < (facts.upkeep.sequences or {})["public.receipt_id_seq"] < 0.001
    assert facts.upkeep.checkpoints is not None
    assert not facts.upkeep.read_only
    assert facts.tables is not None


def test_a_role_without_the_right_to_sequences_says_so(database: str) -> None:
    with psycopg.connect(database, autocommit=True) as owner:
        owner.execute("CREATE SEQUENCE tickets")
        owner.execute("CREATE ROLE sees_no_sequence LOGIN IN ROLE pg_monitor")
    try:
        facts = collect(database.replace("postgres@", "sees_no_sequence@"))
    finally:
        with psycopg.connect(database, autocommit=True) as owner:
            owner.execute("DROP ROLE sees_no_sequence")

    spots = {spot.what: spot.mend for spot in facts.blind}
    assert spots["how far sequences are used up"].startswith("GRANT SELECT ON ALL SEQUENCES")


def test_a_schema_change_that_waits_names_the_lock_it_wants(database: str, opened: Opened) -> None:
    holder, changer = opened(database), opened(database)
    holder.execute("SELECT * FROM orders")
    waiting = threading.Thread(target=_swallow, args=(changer, "ALTER TABLE orders ADD COLUMN extra int"))
    waiting.start()
    try:
        while not (facts := collect(database)).lock_waits:
            pass
    finally:
        holder.rollback()
        waiting.join(10)

    assert [(one.mode, one.blockers) for one in facts.lock_waits] == [
        ("AccessExclusiveLock", (holder.info.backend_pid,))
    ]


def _swallow(connection: psycopg.Connection, statement: str) -> None:
    connection.execute(statement)  # type: ignore[call-overload]  # a test's own text
    connection.rollback()
