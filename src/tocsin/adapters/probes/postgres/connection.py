"""A connection that cannot write or wait, and what it means when there is none."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import psycopg
from psycopg.conninfo import conninfo_to_dict
from psycopg.rows import DictRow, dict_row

from tocsin.domain.diagnosis.facts.postgres import ConnectError
from tocsin.domain.diagnosis.redaction import excerpt, secrets_in, without
from tocsin.domain.errors import InvalidError
from tocsin.net.redaction import redact

APPLICATION = "tocsin-probe"
_OPTIONS = " ".join(
    f"-c {setting}"
    for setting in (
        "default_transaction_read_only=on",
        "statement_timeout=2000",
        "lock_timeout=200",
        "idle_in_transaction_session_timeout=5000",
        "TimeZone=UTC",
    )
)

Connection = psycopg.Connection[DictRow]

_REFUSALS: tuple[tuple[str, ConnectError, str], ...] = (
    ("too many clients", "too_many", "53300"),
    ("too many connections", "too_many", "53300"),
    ("no more connections allowed", "too_many", "53300"),
    ("remaining connection slots are reserved", "too_many", "53300"),
    ("database system is", "starting", "57P03"),
    ("password authentication failed", "auth", "28P01"),
    ("no password supplied", "auth", "28P01"),
    ("pg_hba.conf", "auth", "28000"),
    ("authentication failed", "auth", "28000"),
    ("role ", "auth", "28000"),
    ("database ", "no_database", "3D000"),
    ("connection refused", "refused", "08001"),
    ("no such file or directory", "refused", "08001"),
    ("timeout", "timeout", "08001"),
    ("timed out", "timeout", "08001"),
    ("ssl", "tls", "08001"),
    ("certificate", "tls", "08001"),
    ("could not translate host name", "dns", "08001"),
    ("name or service not known", "dns", "08001"),
    ("failed to resolve host", "dns", "08001"),
)


def connect(dsn: str, timeout_s: float) -> Connection:
    """Return a read-only session of our own name that commits every statement by itself.

    Raises:
        psycopg.Error: the server cannot be reached or says no.

    """
    options: dict[str, Any] = {  # Any: connection parameters are of several types
        "application_name": APPLICATION,
        "options": _OPTIONS,
        "connect_timeout": max(1, int(timeout_s)),
    }
    return psycopg.connect(dsn, autocommit=True, row_factory=dict_row, **options)


def require_dsn(dsn: str, what: str, example: str) -> None:
    """Let a DSN pass that the driver can read, or that is a reference to one.

    Raises:
        InvalidError: it is neither; the driver's own words, which may repeat a password, are not told.
    """
    if dsn.startswith(("env:", "file:")):
        return
    try:
        conninfo_to_dict(dsn)
    except (psycopg.Error, ValueError):
        mend = f"Write {example}, a blank or @ in a password as %20 or %40."
        raise InvalidError(what, field="dsn", mend=mend) from None


def words(error: Exception, options: Mapping[str, object]) -> str:
    """Return what an error says in one line, without what is secret in the options that led to it."""
    return excerpt(redact(without(" ".join(str(error).split()), secrets_in(options))))


def refusal(error: Exception) -> tuple[ConnectError, str]:
    """Return why a connection failed and its SQLSTATE.

    The driver gives no SQLSTATE for a connection that never was, so the server's (English) words decide; with other words
    the answer is `other`.
    """
    if isinstance(error, psycopg.errors.ConnectionTimeout):
        return "timeout", "08001"
    text = str(error).lower()
    found = next(((kind, code) for words, kind, code in _REFUSALS if words in text), None)
    sqlstate = error.sqlstate or "" if isinstance(error, psycopg.Error) else ""
    return found or ("other", sqlstate)
