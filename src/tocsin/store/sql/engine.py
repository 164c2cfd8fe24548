"""Connections to SQLite and PostgreSQL with the settings our promises rest on, and their errors in our words."""

from __future__ import annotations

import sqlite3
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil
import psycopg
from sqlalchemy import URL, Connection, Engine, create_engine, event, make_url, text
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.exc import ArgumentError, DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError
from sqlalchemy.pool import ConnectionPoolEntry

from tocsin.flows.storage import ConflictError, DatabaseAddressError, SchemaError, StoreUnavailableError
from tocsin.store.sql.lending import BUSY_S, CONNECTIONS, postgres_pool

Clock = Callable[[Connection], int]  # microseconds, as the database's machine sees them

LOOK_AGAIN_S = 0.001
WRITER_CACHE_KIB = 16 * 1024
CHECKPOINT_PAGES = 4000
NETWORK_FILE_SYSTEMS = frozenset(
    {"nfs", "nfs4", "cifs", "smb3", "smbfs", "afs", "ceph", "glusterfs", "lustre", "gpfs", "beegfs", "ocfs2"}
)
NETWORK_FUSE = ("sshfs", "s3fs", "gluster", "rclone", "davfs", "goofys", "ceph")
_PG_TIME = text("SELECT (extract(epoch FROM clock_timestamp()) * 1000000)::bigint")
_UNUSABLE = (psycopg.OperationalError, psycopg.InterfaceError, sqlite3.OperationalError)
# Class 54: a row or a statement that is too large; the driver calls that operational, though the database can be used.
_TOO_LARGE = (
    psycopg.errors.ProgramLimitExceeded,
    psycopg.errors.StatementTooComplex,
    psycopg.errors.TooManyArguments,
    psycopg.errors.TooManyColumns,
)
_BLOCKED = (psycopg.errors.DeadlockDetected, psycopg.errors.SerializationFailure, psycopg.errors.LockNotAvailable)


def parse_url(url: str) -> URL:
    """Return the database's address with the driver we use.

    Raises:
        DatabaseAddressError: it is not an address of SQLite or PostgreSQL.
    """
    try:
        parsed = make_url(url)
    except (ArgumentError, ValueError):
        parsed = None  # the parser's own message may hold a password
    if parsed is not None and parsed.get_backend_name() == "sqlite" and parsed.database not in {None, "", ":memory:"}:
        return parsed.set(drivername="sqlite+pysqlite", query={})
    if parsed is not None and parsed.get_backend_name() in {"postgresql", "postgres"} and parsed.database:
        return parsed.set(drivername="postgresql+psycopg")
    raise DatabaseAddressError("not a database address")


class Engines:
    """A database's pools: `writing` and `reading` give connections inside a transaction, `most` at once on PostgreSQL."""

    def __init__(self, url: URL, *, clock: Clock | None = None, most: int = CONNECTIONS) -> None:
        self.url = url
        self.single_writer = url.get_backend_name() == "sqlite"
        self.clock = clock or (_local_time if self.single_writer else _server_time)
        self._write_lock = threading.Lock()
        if self.single_writer:
            refuse_network_path(file_of(url), [(p.mountpoint, p.fstype) for p in psutil.disk_partitions(all=True)])
            self.commits_elsewhere = CommitsElsewhere(file_of(url))
            self._writer = _sqlite(url, begin="BEGIN IMMEDIATE", read_only=False)
            self._reader = _sqlite(url, begin="BEGIN", read_only=True)
        else:
            self._writer = self._reader = postgres_pool(url, most)

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        """Begin a transaction that may write; on SQLite one at a time in this process.

        Raises:
            ConflictError: transactions blocked each other and this one lost.
            StoreUnavailableError: the database cannot be used.
        """
        with explained(self.url), self._one_writer(), self._writer.begin() as connection:
            yield connection

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """Begin a read-only snapshot.

        Raises:
            StoreUnavailableError: the database cannot be used.
        """
        with explained(self.url), self._reader.connect() as connection:
            if not self.single_writer:
                connection.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)
            with connection.begin():
                yield connection

    @contextmanager
    def _one_writer(self) -> Iterator[None]:
        if not self.single_writer:
            yield
            return
        if not self._write_lock.acquire(timeout=BUSY_S):
            raise StoreUnavailableError(f"{shown(self.url)}: another thread has been writing for {BUSY_S} s")
        try:
            yield
        finally:
            self._write_lock.release()

    def close(self) -> None:
        """Release every connection."""
        if self.single_writer:
            self.commits_elsewhere.close()
        self._writer.dispose()
        self._reader.dispose()


class CommitsElsewhere:
    """Answers whether an SQLite file changed since the last question: the net under `SocketBell`."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._asking = threading.Lock()
        self._connection: sqlite3.Connection | None = None
        self._version = 0
        self._closed = False

    def __call__(self) -> bool:
        """Return whether anybody committed since the last call; True as well at first and where one cannot tell."""
        with self._asking:
            before = self._version
            try:
                self._version = self._ask()
            except sqlite3.Error:  # whoever looks for work now meets the same trouble and says so
                return True
            return self._version != before

    def close(self) -> None:
        """Release the connection."""
        with self._asking:
            self._closed = True
            if self._connection is not None:
                self._connection.close()

    def _ask(self) -> int:
        if self._connection is None and not self._closed:
            address = f"{self._path.as_uri()}?mode=ro"
            self._connection = sqlite3.connect(address, uri=True, check_same_thread=False)
        return 0 if self._closed or not self._connection else _data_version(self._connection)


def _data_version(connection: sqlite3.Connection) -> int:
    return int(connection.execute("PRAGMA data_version").fetchone()[0])


def file_of(url: URL) -> Path:
    """Return the absolute path of an SQLite database."""
    return Path(url.database or "").expanduser().absolute()


def shown(url: URL) -> str:
    """Return the address as people may see it, without its password."""
    return str(file_of(url)) if url.get_backend_name() == "sqlite" else url.render_as_string(hide_password=True)


def refuse_network_path(path: Path, mounts: list[tuple[str, str]]) -> None:
    """Let a local path pass; `mounts` are (mount point, file system) pairs.

    Raises:
        StoreUnavailableError: the path lies on a network file system, where SQLite's locks cannot be trusted.
    """
    inside = [(point, kind) for point, kind in mounts if path.is_relative_to(point)]
    if not inside:
        return
    point, kind = max(inside, key=lambda mount: len(mount[0]))
    fuse = kind.removeprefix("fuse.") if kind.startswith("fuse.") else ""
    if kind in NETWORK_FILE_SYSTEMS or fuse.startswith(NETWORK_FUSE):
        raise StoreUnavailableError(
            f"{path} lies on {point}, a network file system ({kind}), where SQLite loses data;"
            " use a local disk or a postgresql:// address"
        )


@contextmanager
def explained(url: URL) -> Iterator[None]:
    """Turn what the database says into our errors."""
    try:
        yield
    except DBAPIError as error:
        raise _explain(error, error.orig, url) from error
    except (sqlite3.Error, psycopg.Error) as error:  # said while a transaction began
        raise _explain(error, error, url) from error
    except PoolTimeoutError as error:
        raise StoreUnavailableError(f"{shown(url)}: {error}") from error


def _explain(error: Exception, said: BaseException | None, url: URL) -> Exception:
    if isinstance(said, _BLOCKED):
        return ConflictError("transactions blocked each other; this one was given up")
    first_line = _without_password(str(said).strip().partition("\n")[0], url)
    missing_table = isinstance(said, psycopg.errors.UndefinedTable) or "no such table" in first_line
    if missing_table:
        return SchemaError(f"{shown(url)}: tables are missing ({first_line}); run `tocsin migrate`")
    if isinstance(said, _TOO_LARGE):
        return error
    unusable = isinstance(said, _UNUSABLE) or type(said) is sqlite3.DatabaseError  # bare: the file is no database
    return StoreUnavailableError(f"{shown(url)}: {first_line}") if unusable else error


def _without_password(said: str, url: URL) -> str:
    return said.replace(url.password, "***") if url.password else said


def _local_time(connection: Connection) -> int:
    del connection  # SQLite lives on this machine, so its clock is this process's
    return time.time_ns() // 1000


def _server_time(connection: Connection) -> int:
    return int(connection.execute(_PG_TIME).scalar_one())


def _sqlite(url: URL, *, begin: str, read_only: bool) -> Engine:
    path = file_of(url)
    engine = create_engine(
        url.set(database=str(path)),
        hide_parameters=True,
        pool_size=8 if read_only else 1,
        max_overflow=24 if read_only else 0,
        connect_args={"timeout": BUSY_S, "isolation_level": None},
    )

    def configure(connection: DBAPIConnection, record: ConnectionPoolEntry) -> None:
        del record
        cursor = connection.cursor()
        cursor.execute("PRAGMA foreign_keys=ON")
        cursor.execute("PRAGMA synchronous=FULL")
        if read_only:
            cursor.execute("PRAGMA query_only=ON")
        else:
            # A storm touches many pages: they fit into memory until the commit, and are moved out of the log less often.
            cursor.execute(f"PRAGMA cache_size=-{WRITER_CACHE_KIB}")
            cursor.execute(f"PRAGMA wal_autocheckpoint={CHECKPOINT_PAGES}")
            # What is set above reads the file, and whoever closes it last holds it for a moment: only from here on does
            # `_begin_writing` wait instead.
            cursor.execute("PRAGMA busy_timeout=0")
        cursor.close()

    def start(connection: Connection) -> None:
        # The driver would begin too late for a snapshot and too weakly for a write. It is asked directly: going through
        # what prepares statements costs several times what beginning does.
        plain: sqlite3.Connection = connection.connection.driver_connection  # type: ignore[assignment]  # that is what it is
        if read_only:
            plain.execute(begin)
        else:
            _begin_writing(plain, begin)

    event.listen(engine, "connect", configure)
    event.listen(engine, "begin", start)
    return engine


def _begin_writing(connection: sqlite3.Connection, begin: str) -> None:
    """Begin when no other process writes. SQLite's own waiting looks ever more rarely, so that a busy one would win each time."""
    end = time.monotonic() + BUSY_S
    while True:
        try:
            connection.execute(begin)
        except sqlite3.OperationalError as error:
            if not _is_busy(error) or time.monotonic() > end:
                raise
            time.sleep(LOOK_AGAIN_S)
        else:
            return


def _is_busy(error: sqlite3.OperationalError) -> bool:
    return error.sqlite_errorcode & 0xFF == sqlite3.SQLITE_BUSY
