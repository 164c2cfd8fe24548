"""Backups that either engine can restore: one zip file of JSON lines per table, with a manifest that proves it whole."""

from __future__ import annotations

import contextlib
import hashlib
import os
import zipfile
import zlib
from base64 import b64decode
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any

import msgspec
from sqlalchemy import Connection, LargeBinary, MetaData, Table, func, insert, select, text

from tocsin.domain.errors import InvalidError, RefusedError
from tocsin.flows.storage import SchemaError
from tocsin.store.schema import changing_tables, judge, known_revisions, require_tables, upgrade
from tocsin.store.sql.engine import Engines, parse_url, shown
from tocsin.store.tables import metadata

FORMAT = 1
MANIFEST = "manifest.json"
PASSING = frozenset({"heartbeats"})  # signs of life of processes that are not there any more
BATCH = 500
COUNTED = (("events", "change"), ("alerts", "id"))  # columns that PostgreSQL counts on from what was restored


@dataclass(frozen=True, slots=True, kw_only=True)
class Member:
    """One table in the file."""

    table: str
    rows: int
    sha256: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Manifest:
    """What a backup holds; `schema` is the version of its tables."""

    format: int
    schema: str
    tables: tuple[Member, ...]

    @property
    def rows(self) -> Mapping[str, int]:
        """How many rows each table has."""
        return {member.table: member.rows for member in self.tables}


def backup(url: str, path: Path) -> Manifest:
    """Write everything as of one instant to a new file (mode 0600) and return what it holds.

    Work goes on meanwhile. The file appears under its name only when it is whole.

    Raises:
        InvalidError: the file exists or cannot be written.
        StoreUnavailableError: the database cannot be used.
    """
    if path.exists():
        raise InvalidError(f"{path} exists already", field="path", mend="Name a new file.")
    engines = Engines(parse_url(url))
    try:
        require_tables(engines)
        with _new_archive(path) as archive, engines.reading() as connection:
            return _write(connection, archive)
    finally:
        engines.close()


def restore(path: Path, url: str) -> Manifest:
    """Fill an empty database from a backup, all of it or nothing, and return what the backup held.

    Work that was waiting then is waiting again: what was sent after the backup was made is sent once more.

    Raises:
        InvalidError: the file is no whole backup.
        RefusedError: the database holds something already.
        SchemaError: the backup is of a newer Tocsin.
        StoreUnavailableError: the database cannot be used.
    """
    engines = Engines(parse_url(url))
    try:
        with _opened(path) as archive:
            manifest = _manifest(archive, path)
            with changing_tables(engines) as connection:
                _make_room(connection, manifest.schema, shown(engines.url))
                _fill(connection, archive, manifest)
                upgrade(connection, "head")
            return manifest
    finally:
        engines.close()


def _write(connection: Connection, archive: zipfile.ZipFile) -> Manifest:
    if connection.dialect.name == "postgresql":
        connection.execute(text("SET LOCAL statement_timeout = 0"))
    members = tuple(
        _write_table(connection, archive, table) for table in metadata.sorted_tables if table.name not in PASSING
    )
    manifest = Manifest(format=FORMAT, schema=judge(connection).found, tables=members)
    archive.writestr(MANIFEST, msgspec.json.format(msgspec.json.encode(manifest)))
    return manifest


def _write_table(connection: Connection, archive: zipfile.ZipFile, table: Table) -> Member:
    digest = hashlib.sha256()
    count = 0
    rows = connection.execution_options(yield_per=BATCH).execute(select(table).order_by(*table.primary_key))
    with archive.open(f"{table.name}.jsonl", "w", force_zip64=True) as member:
        for row in rows.mappings():
            line = msgspec.json.encode(dict(row)) + b"\n"  # bytes become base64
            digest.update(line)
            member.write(line)
            count += 1
    return Member(table=str(table.name), rows=count, sha256=digest.hexdigest())


def _make_room(connection: Connection, schema: str, name: str) -> None:
    """Make tables of the backup's version, unless they are there and empty."""
    if schema not in known_revisions():
        raise SchemaError(f"the backup has tables of version {schema}, too new for this code; upgrade Tocsin")
    state = judge(connection)
    if state.verdict == "missing":
        upgrade(connection, schema)
        return
    if state.found != schema:
        raise RefusedError(
            f"{name} has tables of version {state.found}, the backup of {schema}",
            mend="Restore into a database without tables.",
        )
    for table in metadata.sorted_tables:
        if connection.execute(select(func.count()).select_from(table)).scalar_one() and table.name not in PASSING:
            raise RefusedError(f"{name} holds {table.name} already", mend="Restore into an empty database.")


def _fill(connection: Connection, archive: zipfile.ZipFile, manifest: Manifest) -> None:
    tables = MetaData()
    tables.reflect(connection)  # the tables as they were at the backup's version
    for member in manifest.tables:
        if member.table not in tables.tables:
            raise InvalidError(f"the backup names a table {member.table!r} that version {manifest.schema} has not")
        _fill_table(connection, archive, tables.tables[member.table], member)
    if connection.dialect.name == "postgresql":
        for table, column in COUNTED:
            if column not in tables.tables[table].columns:
                continue
            last = f"SELECT setval(pg_get_serial_sequence('{table}', '{column}'), max({column})) FROM {table}"  # noqa: S608 (our own names)
            connection.execute(text(f"{last} HAVING max({column}) > 0"))


def _fill_table(connection: Connection, archive: zipfile.ZipFile, table: Table, member: Member) -> None:
    digest = hashlib.sha256()
    count = 0
    binary = [column.name for column in table.columns if isinstance(column.type, LargeBinary)]
    with archive.open(f"{table.name}.jsonl") as file:
        for lines in _batches(file):
            for line in lines:
                digest.update(line)
            connection.execute(insert(table), [_row(line, binary) for line in lines])
            count += len(lines)
    if (count, digest.hexdigest()) != (member.rows, member.sha256):
        raise InvalidError(f"the backup is damaged: table {table.name} is not what its manifest says")


def _batches(lines: Iterable[bytes]) -> Iterator[list[bytes]]:
    rest = iter(lines)
    while batch := list(islice(rest, BATCH)):
        yield batch


def _row(line: bytes, binary: list[str]) -> dict[str, Any]:
    row: dict[str, Any] = msgspec.json.decode(line)
    return row | {name: b64decode(row[name]) for name in binary}


def _manifest(archive: zipfile.ZipFile, path: Path) -> Manifest:
    try:
        manifest = msgspec.json.decode(archive.read(MANIFEST), type=Manifest)
        names = {f"{member.table}.jsonl" for member in manifest.tables}
    except (KeyError, msgspec.MsgspecError) as error:
        raise InvalidError(f"{path} is no backup of Tocsin: {error}", field="path") from error
    if manifest.format != FORMAT or names | {MANIFEST} != set(archive.namelist()):
        raise InvalidError(f"{path}: the backup is damaged or of another format", field="path")
    return manifest


@contextlib.contextmanager
def _opened(path: Path) -> Iterator[zipfile.ZipFile]:
    try:
        with zipfile.ZipFile(path) as archive:
            yield archive
    except (zipfile.BadZipFile, zlib.error, EOFError, ValueError, msgspec.MsgspecError) as error:
        raise InvalidError(
            f"{path} is no whole backup: {error}", field="path", mend="Name a file that `tocsin backup` wrote."
        ) from error
    except OSError as error:
        raise InvalidError(f"{path}: {error.strerror}", field="path", mend="Check its path and rights.") from error


@contextlib.contextmanager
def _new_archive(path: Path) -> Iterator[zipfile.ZipFile]:
    """Give a file of another name, which takes `path`'s when it is whole and on the disk."""
    partial = path.with_name(f"{path.name}.{os.getpid()}.partial")
    try:
        descriptor = os.open(partial, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)
        with os.fdopen(descriptor, "wb") as file:
            with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
                yield archive
            file.flush()
            os.fsync(file.fileno())
        partial.rename(path)
    except OSError as error:
        raise InvalidError(
            f"{path}: {error.strerror}", field="path", mend="Name a file in a folder that can be written."
        ) from error
    finally:
        partial.unlink(missing_ok=True)
