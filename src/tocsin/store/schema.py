"""Making and judging the tables: `migrate` is safe to run from many processes at once; nothing else changes them.

Judging happens at every start and reads one row and a few file names; Alembic, slow to load, comes in to change tables.
"""

from __future__ import annotations

import contextlib
import os
import sqlite3
import time
from collections.abc import Iterator
from dataclasses import dataclass
from importlib import resources
from pathlib import Path
from typing import Literal

from sqlalchemy import Connection, inspect, select, text

from tocsin.flows.storage import SchemaError, StoreUnavailableError
from tocsin.store import migrations
from tocsin.store.sql.engine import Engines, file_of, parse_url, shown
from tocsin.store.sql.lending import BUSY_S
from tocsin.store.tables import named_values

FLOOR = "schema.floor"  # a contracting migration names here the oldest head whose code may still run
LOCK_KEY = 0x746F6373  # one advisory lock for every migration of Tocsin
RETRY_S = 0.05
VERSION_TABLE = "alembic_version"
FOUND = text("SELECT version_num FROM alembic_version")


@dataclass(frozen=True, slots=True, kw_only=True)
class SchemaState:
    """Where a database stands. `newer` can be used by this code, `too_new` cannot; `found` is '' for an empty database."""

    found: str
    head: str
    verdict: Literal["missing", "old", "current", "newer", "too_new"]


def migrate(url: str) -> SchemaState:
    """Bring the tables up to this code's version, making an SQLite file (mode 0600) where there is none.

    Raises:
        StoreUnavailableError: the database cannot be reached or used.
        SchemaError: its tables are too new for this code.
    """
    parsed = parse_url(url)
    engines = Engines(parsed)
    try:
        with changing_tables(engines) as connection:
            state = judge(connection)
            if state.verdict == "too_new":
                raise SchemaError(_complaint(shown(parsed), state))
            if state.verdict in {"missing", "old"}:
                upgrade(connection, state.head)
            return judge(connection)
    finally:
        engines.close()


@contextlib.contextmanager
def changing_tables(engines: Engines) -> Iterator[Connection]:
    """Begin the one transaction, of all processes, that may change tables; makes an SQLite file where there is none."""
    if engines.single_writer:
        _make_file(file_of(engines.url))
    with engines.writing() as connection:
        if not engines.single_writer:
            connection.execute(text("SET LOCAL lock_timeout = '60s'; SET LOCAL statement_timeout = 0"))
            connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": LOCK_KEY})
        yield connection


def schema_state(url: str) -> SchemaState:
    """Return where the database stands.

    Raises:
        StoreUnavailableError: the database cannot be reached or used.
    """
    parsed = parse_url(url)
    engines = Engines(parsed)
    try:
        return state_of(engines)
    finally:
        engines.close()


def state_of(engines: Engines) -> SchemaState:
    """Return where an opened database stands; an SQLite file that does not exist is not made."""
    if engines.single_writer and not file_of(engines.url).exists():
        return SchemaState(found="", head=_head(), verdict="missing")
    with engines.reading() as connection:
        return judge(connection)


def require_tables(engines: Engines) -> None:
    """Let a database pass whose tables this code can use.

    Raises:
        SchemaError: they are missing, too old or too new.
    """
    state = state_of(engines)
    if state.verdict not in {"current", "newer"}:
        raise SchemaError(_complaint(shown(engines.url), state))


def _complaint(name: str, state: SchemaState) -> str:
    match state.verdict:
        case "missing":
            return f"{name} has no tables of Tocsin yet; run `tocsin migrate`"
        case "old":
            return f"{name} has tables of version {state.found}, this code needs {state.head}; run `tocsin migrate`"
        case _:
            return f"{name} has tables of version {state.found}, too new for this code ({state.head}); upgrade Tocsin"


def judge(connection: Connection) -> SchemaState:
    """Return where the connected database stands."""
    head = _head()
    found = _found(connection)
    if found == head:
        return SchemaState(found=found, head=head, verdict="current")
    if not found:
        return SchemaState(found="", head=head, verdict="missing")
    if found in known_revisions():
        return SchemaState(found=found, head=head, verdict="old")
    floor = connection.execute(select(named_values.c.value).where(named_values.c.key == FLOOR)).scalar()
    return SchemaState(found=found, head=head, verdict="too_new" if (floor or "") > head else "newer")


def upgrade(connection: Connection, revision: str) -> None:
    """Bring the tables up to `revision`, inside the connection's transaction."""
    from alembic import command  # noqa: PLC0415 (half of a command's start, and tables are made once in a version's life)
    from alembic.config import Config  # noqa: PLC0415 (as above)

    config = Config()
    config.set_main_option("script_location", str(resources.files(migrations)).replace("%", "%%"))
    config.attributes["connection"] = connection
    command.upgrade(config, revision)


def known_revisions() -> frozenset[str]:
    """Return every version this code can make: the number that its file's name begins with."""
    names = (file.name for file in (resources.files(migrations) / "versions").iterdir())
    return frozenset(name.partition("_")[0] for name in names if name.endswith(".py") and name[:1].isdecimal())


def _head() -> str:
    """Return the newest version; numbers have as many digits each."""
    return max(known_revisions(), default="")


def _found(connection: Connection) -> str:
    """Return the version the database is at, '' without tables."""
    if not inspect(connection).has_table(VERSION_TABLE):
        return ""
    return str(connection.execute(FOUND).scalar() or "")


def _make_file(path: Path) -> None:
    """Make an SQLite file that only its owner reads, in write-ahead mode, which later connections find and keep."""
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        with contextlib.suppress(FileExistsError):
            os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_RDWR, 0o600))
    except OSError as error:
        raise StoreUnavailableError(f"{path}: {error.strerror}") from error
    end = time.monotonic() + BUSY_S
    while not _in_wal_mode(path):
        if time.monotonic() > end:
            raise StoreUnavailableError(f"{path}: somebody holds the database; it cannot be put into write-ahead mode")
        time.sleep(RETRY_S)


def _in_wal_mode(path: Path) -> bool:
    with contextlib.closing(sqlite3.connect(path, timeout=BUSY_S)) as connection:
        try:
            return bool(connection.execute("PRAGMA journal_mode=WAL").fetchone()[0] == "wal")
        except sqlite3.OperationalError as error:
            if "locked" in str(error):
                return False
            raise StoreUnavailableError(f"{path}: {error}") from error
        except sqlite3.DatabaseError as error:
            raise StoreUnavailableError(f"{path}: {error}") from error
