"""Backups carry everything between the engines, or say why not."""

from __future__ import annotations

import stat
import zipfile
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import select
from tests.fakes import NOON, a_job, append, declare

from tocsin.domain.alerts.fold import AlertState
from tocsin.domain.alerts.inhibition import Stand
from tocsin.domain.alerts.matchers import parse_matchers
from tocsin.domain.alerts.silences import Terms, silence
from tocsin.domain.changes import Change
from tocsin.domain.errors import InvalidError, RefusedError
from tocsin.domain.incident.state import FollowUp
from tocsin.domain.visibility import WORKER
from tocsin.flows.alert_storage import AlertGroup
from tocsin.flows.schedule_records import StoredChange
from tocsin.flows.storage import Answer, Heartbeat, SchemaError, Session, StoreUnavailableError, Token, User
from tocsin.flows.storage_inhibitors import Standing
from tocsin.store.backup import PASSING, backup, restore
from tocsin.store.opening import open_store
from tocsin.store.schema import schema_state
from tocsin.store.sql.engine import Engines, parse_url
from tocsin.store.tables import metadata

TERMS = Terms(
    matchers=parse_matchers("team=db"), starts_at=NOON, ends_at=NOON + timedelta(hours=1), comment="new disks"
)
SCHEDULE_CHANGE = StoredChange(
    id="c", schedule="s", kind="override", starts=NOON, ends=NOON, body="{}", created_at=NOON, created_by="anna"
)


def _fill(url: str) -> None:
    """Put something into every table."""
    store = open_store(url)
    incident = declare(
        store,
        title="Zahlung 💥 \u2028 steht",
        private=True,
        members=frozenset({"anna"}),
        services=("orders",),
        followups=(FollowUp(key="f1", title="Close the leak", due=NOON),),
    )
    append(store, incident.id, "line\nbreak and \x00 zero", jobs=[a_job(incident=incident.id), a_job("k2")])
    with store.transaction() as tx:
        tx.next_number("INC-")
        tx.set_timer(incident.id, "escalate", 2, NOON)
        tx.put_pack("d", "{}")
        tx.put_catalogue("{}", "anna")
        tx.put_alert(
            "prom", AlertState(fingerprint="f", name="n", status="firing", labels={}, starts_at=NOON, last_seen_at=NOON)
        )
        tx.put_groups([AlertGroup(key="g", incident=incident.id, opened_at=NOON, last_alert_at=NOON)])
        tx.put_silence(silence("s", TERMS, "anna", NOON))
        tx.put_standings([Standing("prom", "f", Stand("down", ("orders",)))])
        tx.keep_raw("prom", bytes(range(256)), error="bad")
        tx.put_bundle("b", incident.id, b"facts" * 1000)
        tx.put_samples("s", [(NOON + timedelta(seconds=n), {"n": n}) for n in range(1200)])
        tx.put_value("k", "v")
        tx.put_change("ci", Change(key="c1", service="orders", at=NOON, links={"a": "https://ci.example.com"}))
        tx.put_user(User(person="anna", password_hash="h", scopes=("read",)))
        tx.put_token(Token(id="t", person="anna", name="n", scopes=(), created_at=NOON), "digest")
        tx.put_session("d", Session(person="anna", csrf="c", expires_at=NOON))
        tx.put_once("login", "d", "anna", NOON)
        tx.count_try("contact/anna", timedelta(minutes=15))
        tx.verify_contact("anna", "email", target="d", by="anna")
        tx.put_schedule_change(SCHEDULE_CHANGE)
        tx.put_answer("k", "anna", Answer(request_hash="h", status=200, body="{}"))
    (job,) = store.claim_jobs("w", limit=1, lease_s=60)
    with store.transaction() as tx:
        tx.bury(job, "no")
    store.beat(Heartbeat(process="w", role="work", at=NOON))
    store.close()


def _everything(url: str) -> dict[str, list[object]]:
    engines = Engines(parse_url(url))
    with engines.reading() as connection:
        tables = {t.name: connection.execute(select(t)).all() for t in metadata.sorted_tables if t.name not in PASSING}
    engines.close()
    return {name: sorted(map(tuple, rows), key=repr) for name, rows in tables.items()}


def test_a_backup_goes_from_sqlite_to_postgresql_and_back_unchanged(
    sqlite_url: str, empty_postgres_url: str, empty_sqlite_url: str, tmp_path: Path
) -> None:
    _fill(sqlite_url)
    before = _everything(sqlite_url)
    assert all(before.values()), "every table holds something"

    first = backup(sqlite_url, tmp_path / "first.zip")
    restore(tmp_path / "first.zip", empty_postgres_url)
    assert _everything(empty_postgres_url) == before
    second = backup(empty_postgres_url, tmp_path / "second.zip")
    restore(tmp_path / "second.zip", empty_sqlite_url)

    assert _everything(empty_sqlite_url) == before
    assert first == second
    assert first.rows["samples"] == 1200


def test_a_restored_database_goes_on_where_the_other_stopped(sqlite_url: str, empty_url: str, tmp_path: Path) -> None:
    _fill(sqlite_url)
    backup(sqlite_url, tmp_path / "b.zip")
    restore(tmp_path / "b.zip", empty_url)

    store = open_store(empty_url)
    with store.reading() as tx:
        change = tx.latest_change()
    append(store, "id-inc-1", "after the restore")
    with store.transaction() as tx:
        assert tx.next_number("INC-") == 2
        assert tx.changes_since(WORKER, change) == [(change + 1, "id-inc-1", 3)]
        assert tx.raw(tx.keep_raw("prom", b"x")) is not None
    assert [job.key for job in store.claim_jobs("w", limit=9, lease_s=60)] == ["k2"]
    store.close()


def test_a_backup_is_for_its_owner_only_and_appears_whole(sqlite_url: str, tmp_path: Path) -> None:
    path = tmp_path / "out" / "b.zip"
    path.parent.mkdir()
    backup(sqlite_url, path)

    assert [entry.name for entry in path.parent.iterdir()] == ["b.zip"]
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    with pytest.raises(InvalidError, match="exists already"):
        backup(sqlite_url, path)


def test_a_backup_that_fails_leaves_no_file(empty_sqlite_url: str, tmp_path: Path) -> None:
    with pytest.raises(SchemaError):
        backup(empty_sqlite_url, tmp_path / "b.zip")
    with pytest.raises(StoreUnavailableError):
        backup("postgresql://127.0.0.1:1/x", tmp_path / "b.zip")
    assert list(tmp_path.iterdir()) == []


def test_a_backup_into_a_missing_folder_is_told(sqlite_url: str, tmp_path: Path) -> None:
    with pytest.raises(InvalidError, match=r"gone.*No such file"):
        backup(sqlite_url, tmp_path / "gone" / "b.zip")


def test_only_an_empty_database_is_restored_into(sqlite_url: str, database_url: str, tmp_path: Path) -> None:
    backup(sqlite_url, tmp_path / "b.zip")
    restore(tmp_path / "b.zip", database_url)  # migrated and empty
    store = open_store(database_url)
    incident = declare(store)
    with pytest.raises(RefusedError, match="incidents"):
        restore(tmp_path / "b.zip", database_url)
    with store.reading() as tx:
        assert tx.see(WORKER, "INC-1") == incident
    store.close()


def _rewritten(source: Path, target: Path, member: str, *, old: bytes, new: bytes) -> Path:
    with zipfile.ZipFile(source) as before, zipfile.ZipFile(target, "w") as after:
        for name in before.namelist():
            content = before.read(name)
            after.writestr(name, content.replace(old, new, 1) if name == member else content)
    return target


def test_a_changed_backup_is_refused_and_nothing_is_restored(sqlite_url: str, empty_url: str, tmp_path: Path) -> None:
    _fill(sqlite_url)
    backup(sqlite_url, tmp_path / "b.zip")
    changed = _rewritten(tmp_path / "b.zip", tmp_path / "c.zip", "named_values.jsonl", old=b'"v"', new=b'"w"')
    head = f'": "{schema_state(sqlite_url).head}"'.encode()
    newer = _rewritten(tmp_path / "b.zip", tmp_path / "n.zip", "manifest.json", old=head, new=b'": "9001"')

    with pytest.raises(InvalidError, match="named_values is not what"):
        restore(changed, empty_url)
    with pytest.raises(SchemaError, match="upgrade Tocsin"):
        restore(newer, empty_url)
    restore(tmp_path / "b.zip", empty_url)


def test_what_is_no_backup_is_told(empty_sqlite_url: str, tmp_path: Path) -> None:
    (tmp_path / "text").write_text("hello")
    with zipfile.ZipFile(tmp_path / "other.zip", "w") as other:
        other.writestr("a", "b")
    for name in ("text", "other.zip", "absent"):
        with pytest.raises(InvalidError, match=name):
            restore(tmp_path / name, empty_sqlite_url)
