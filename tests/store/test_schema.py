"""Making the tables, and refusing databases this code cannot use, in words that help."""

from __future__ import annotations

import os
import sqlite3
import stat
import subprocess
import sys
import threading
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import text, update
from tests.conftest import ROOT
from tests.fakes import an_incident, append, declare

from tocsin.domain.incident.state import Incident
from tocsin.domain.visibility import WORKER
from tocsin.flows.storage import IncidentFilter, SchemaError, StoreUnavailableError, Tx
from tocsin.store import migrations
from tocsin.store.opening import open_store
from tocsin.store.schema import FLOOR, changing_tables, known_revisions, migrate, schema_state, upgrade
from tocsin.store.sql.engine import Engines, parse_url, refuse_network_path
from tocsin.store.tables import incidents, metadata

PASSWORD = "s3cret-password"
CUT = (
    "SELECT pg_terminate_backend(pid, 10000) FROM pg_stat_activity"
    " WHERE pid <> pg_backend_pid() AND datname = current_database()"
)
OLD_ALERT = (
    '{"fingerprint": "f1", "name": "High", "status": "firing", "labels": {"a": "b"}, "incident": "i1",'
    ' "starts_at": "2026-01-05T12:00:00Z", "last_seen_at": "2026-01-05T12:00:00Z", "expires_at": "2026-01-05T12:04:00Z"}'
)
MIGRATE = "import sys; from tocsin.store.schema import migrate; print(migrate(sys.argv[1]).verdict)"


def _change(url: str, *statements: str) -> None:
    engines = Engines(parse_url(url))
    with engines.writing() as connection:
        for statement in statements:
            connection.execute(text(statement))
    engines.close()


def test_the_migrations_make_exactly_the_tables_the_code_uses(database_url: str) -> None:
    engines = Engines(parse_url(database_url))
    with engines.reading() as connection:
        differences = compare_metadata(MigrationContext.configure(connection), metadata)
    engines.close()

    assert differences == []


def test_versions_known_by_their_file_names_are_those_that_alembic_finds() -> None:
    found = ScriptDirectory(str(Path(migrations.__file__).parent))
    revisions = {script.revision for script in found.walk_revisions()}

    assert known_revisions() == revisions
    assert max(revisions) == found.get_current_head()
    assert {len(revision) for revision in revisions} == {4}


def test_opening_a_database_that_is_up_to_date_loads_no_migrations(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 't.db'}"
    migrate(url)
    code = f"import sys; from tocsin.store.opening import open_store; open_store({url!r}).close(); print(*sys.modules)"
    ran = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, env=os.environ | {"PYTHONPATH": "src"}, capture_output=True, text=True,
        check=True, timeout=60,
    )  # fmt: skip
    assert "tocsin.store.schema" in ran.stdout.split()
    assert "alembic" not in ran.stdout.split()


def test_migrating_twice_changes_nothing(empty_url: str) -> None:
    assert schema_state(empty_url).verdict == "missing"
    assert migrate(empty_url).verdict == "current"
    store = open_store(empty_url)
    incident = declare(store)
    assert migrate(empty_url).verdict == schema_state(empty_url).verdict == "current"
    with store.reading() as tx:
        assert tx.see(WORKER, "INC-1") == incident
    store.close()


def test_tables_of_the_first_version_are_brought_up_with_what_is_in_them(empty_url: str) -> None:
    engines = Engines(parse_url(empty_url))
    with changing_tables(engines) as connection:
        upgrade(connection, "0001")
        connection.execute(text("INSERT INTO contact_verifications VALUES ('anna', 'mail', 5)"))
    engines.close()
    assert schema_state(empty_url).verdict == "old"

    assert migrate(empty_url).verdict == "current"
    store = open_store(empty_url)
    with store.reading() as tx:
        (kept,) = tx.verified_contacts()
    store.close()
    assert (kept.person, kept.method, kept.target, kept.by) == ("anna", "mail", "", "")


def test_processes_that_migrate_at_once_all_succeed(empty_url: str) -> None:
    environment = os.environ | {"PYTHONPATH": "src"}
    command = [sys.executable, "-c", MIGRATE, empty_url]
    racing = [subprocess.Popen(command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, text=True) for _ in range(3)]
    assert [process.communicate(timeout=60)[0].strip() for process in racing] == ["current"] * 3
    assert schema_state(empty_url).verdict == "current"


def test_a_file_that_another_process_holds_for_a_moment_is_waited_for(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'tocsin.db'}"
    migrate(url)
    holder = sqlite3.connect(tmp_path / "tocsin.db", check_same_thread=False)
    holder.execute("PRAGMA locking_mode=EXCLUSIVE")
    holder.execute("BEGIN IMMEDIATE")
    release = threading.Timer(0.3, holder.close)
    release.start()

    _change(url, "DELETE FROM incidents")
    release.join()


def test_a_new_sqlite_file_is_for_its_owner_only(tmp_path: Path) -> None:
    path = tmp_path / "data" / "tocsin.db"
    migrate(f"sqlite:///{path}")
    store = open_store(f"sqlite:///{path}")
    declare(store)

    modes = {entry.name: stat.S_IMODE(entry.stat().st_mode) for entry in path.parent.iterdir()}
    store.close()
    assert modes == {"tocsin.db": 0o600, "tocsin.db-wal": 0o600, "tocsin.db-shm": 0o600}


def test_alerts_of_the_first_version_keep_their_leases(empty_url: str) -> None:
    engines = Engines(parse_url(empty_url))
    with changing_tables(engines) as connection:
        upgrade(connection, "0001")
        connection.execute(
            text(
                "INSERT INTO alerts (source, fingerprint, status, service, incident, body, updated_at)"
                " VALUES ('prom', 'f1', 'firing', 'web', 'i1', :body, 5)"
            ),
            {"body": OLD_ALERT},
        )
        connection.execute(
            text(
                "INSERT INTO timers (stream, name, generation, due, ready_at, attempt, worker)"
                " VALUES ('alert/prom/f1', 'lease', 1, 5, 5, 0, '')"
            )
        )
    engines.close()

    migrate(empty_url)
    store = open_store(empty_url)
    with store.reading() as tx:
        kept = tx.alerts("prom", ["f1"])["f1"]
        assert (kept.version, kept.state.incident, kept.state.labels) == (1, "i1", {"a": "b"})
        assert tx.next_lapse() == kept.state.expires_at == datetime(2026, 1, 5, 12, 4, tzinfo=UTC)
        assert [t.stream for t in store.claim_timers("w", limit=9, lease_s=9)] == ["alert/leases"]
    store.close()


def test_an_unmigrated_database_is_refused_and_not_made(empty_url: str, tmp_path: Path) -> None:
    with pytest.raises(SchemaError, match="tocsin migrate"):
        open_store(empty_url)
    assert not list(tmp_path.glob("*.db"))


def test_a_newer_database_is_used_until_it_was_contracted(database_url: str) -> None:
    _change(database_url, "UPDATE alembic_version SET version_num = '0999'")
    open_store(database_url).close()
    assert migrate(database_url).verdict == "newer"

    _change(database_url, f"INSERT INTO named_values (key, value) VALUES ('{FLOOR}', '0998')")  # noqa: S608 (a constant)
    for use in (open_store, migrate):
        with pytest.raises(SchemaError, match=r"too new.*upgrade Tocsin"):
            use(database_url)


def test_a_missing_table_is_told_with_the_way_to_mend_it(database_url: str) -> None:
    store = open_store(database_url)
    _change(database_url, "DROP TABLE named_values")
    with pytest.raises(SchemaError, match="tocsin migrate"), store.reading() as tx:
        tx.value("x")
    store.close()


@pytest.mark.parametrize(
    "url",
    [
        "",
        "nonsense",
        "sqlite://",
        "sqlite:///:memory:",
        "mysql://u:{p}@h/d",
        "postgresql://u:{p}@h",
        "http://u:{p}@h:x/d",
    ],
)
def test_what_is_no_database_address_is_told_without_its_password(url: str) -> None:
    with pytest.raises(StoreUnavailableError, match="not a database address") as told:
        open_store(url.format(p=PASSWORD))
    assert PASSWORD not in str(told.value)


@pytest.mark.parametrize("use", [open_store, migrate, schema_state])
def test_an_unreachable_server_is_told_without_its_password(use: Callable[[str], object]) -> None:
    with pytest.raises(StoreUnavailableError, match=r"127\.0\.0\.1:1/tocsin.*refused") as told:
        use(f"postgresql://tocsin:{PASSWORD}@127.0.0.1:1/tocsin")
    assert PASSWORD not in str(told.value)
    assert "TOCSIN_DATABASE" in told.value.mend


def test_an_unknown_database_is_told(postgres_url: str) -> None:
    with pytest.raises(StoreUnavailableError, match="does not exist"):
        open_store(f"{postgres_url}x")


def test_a_store_outlives_a_cut_connection(postgres_url: str) -> None:
    store = open_store(postgres_url)
    declare(store)
    _change(postgres_url, CUT)
    with store.reading() as tx:
        assert tx.see(WORKER, "INC-1")
    store.close()


def test_a_connection_cut_in_mid_transaction_is_unavailable_and_nothing_is_kept(postgres_url: str) -> None:
    store = open_store(postgres_url)

    def write_and_be_cut() -> None:
        with store.transaction() as tx:
            tx.put_value("k", "v")
            _change(postgres_url, CUT)
            tx.put_value("k", "w")

    with pytest.raises(StoreUnavailableError):
        write_and_be_cut()
    with store.reading() as tx:
        assert tx.value("k") == ""
    store.close()


def test_a_file_that_is_no_database_is_told(tmp_path: Path) -> None:
    path = tmp_path / "notes.db"
    path.write_text("not a database at all, only some notes about one, long enough to be looked at" * 20)
    for use in (open_store, migrate):
        with pytest.raises(StoreUnavailableError, match=r"notes\.db: file is not a database"):
            use(f"sqlite:///{path}")


def test_a_folder_that_cannot_be_made_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(StoreUnavailableError, match="file"):
        migrate(f"sqlite:///{tmp_path}/file/tocsin.db")


def test_a_network_file_system_is_refused_by_name() -> None:
    mounts = [("/", "ext4"), ("/srv", "nfs4"), ("/srv/local", "xfs"), ("/mnt/far", "fuse.sshfs"), ("/w", "9p")]
    for path in ("/var/lib/t.db", "/srv/local/t.db", "/w/t.db", "/srvice/t.db"):
        refuse_network_path(Path(path), mounts)
    for path in ("/srv/t.db", "/srv/data/t.db", "/mnt/far/t.db"):
        with pytest.raises(StoreUnavailableError, match="network file system"):
            refuse_network_path(Path(path), mounts)


def test_a_snapshot_of_another_version_is_refolded_for_readers_and_left_to_the_flow_for_writers(
    database_url: str,
) -> None:
    def refold(tx: Tx, incident: str) -> Incident:
        return an_incident(title=f"refolded from {len(tx.events(incident))} events")

    store = open_store(database_url, refold=refold)
    plain = open_store(database_url)
    incident = declare(store)
    append(store, incident.id, "second")
    engines = Engines(parse_url(database_url))
    with engines.writing() as connection:
        connection.execute(update(incidents).values(state_version=0, state="{}"))
    engines.close()

    with store.transaction() as tx:
        assert tx.load(incident.id) is None
        assert tx.resolve_ref("INC-1") == incident.id
    with store.reading() as tx:
        seen = tx.see(WORKER, "INC-1")
        assert seen is not None
        assert seen.title == "refolded from 2 events"
        assert tx.list_incidents(WORKER, IncidentFilter()).items == (seen,)
    with pytest.raises(SchemaError, match="refold"), plain.reading() as tx:
        tx.see(WORKER, "INC-1")
    store.close()
    plain.close()
