"""The tables as code reads and writes them; `migrations/` makes them, and a test keeps the two equal.

Times are BIGINT microseconds UTC and JSON is text, so that a row means the same in both engines.
"""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    SmallInteger,
    Table,
    Text,
    UniqueConstraint,
)

# SQLite numbers rows by itself only in a column whose type is spelled INTEGER.
Counting = BigInteger().with_variant(Integer, "sqlite")

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
        "pk": "pk_%(table_name)s",
    }
)


def _text(name: str, *, key: bool = False) -> Column[str]:
    return Column(name, Text, primary_key=key, nullable=False)


def _time(name: str, *, optional: bool = False) -> Column[int]:
    return Column(name, BigInteger, nullable=optional)


def _incident(name: str = "incident", *, key: bool = False) -> Column[str]:
    return Column(name, Text, ForeignKey("incidents.id"), primary_key=key, nullable=False)


incidents = Table(
    "incidents",
    metadata,
    _text("id", key=True),
    Column("ref", Text, nullable=False, unique=True),
    _text("phase"),
    _text("status"),
    _text("mode"),
    _text("severity"),
    Column("rank", Integer, nullable=False),
    _text("title"),
    _text("team"),
    Column("private", Boolean, nullable=False),
    _text("search"),  # reference and title, case folded
    _time("declared_at"),
    _time("recorded_at"),  # of the last event
    Column("seq", BigInteger, nullable=False),
    Column("state_version", Integer, nullable=False),
    _text("state"),
    _text("pack"),
    Column("catalogue", BigInteger, nullable=False),
    Index(None, "declared_at", "id"),
    Index(None, "phase"),
)

incident_aliases = Table("incident_aliases", metadata, _text("ref", key=True), _incident(), Index(None, "incident"))

incident_members = Table("incident_members", metadata, _incident(key=True), _text("person", key=True))

incident_services = Table(
    "incident_services", metadata, _incident(key=True), _text("service", key=True), Index(None, "service")
)

events = Table(
    "events",
    metadata,
    Column("change", Counting, primary_key=True, autoincrement=True),
    _incident(),
    Column("seq", BigInteger, nullable=False),
    Column("id", Text, nullable=False, unique=True),
    _text("type"),
    Column("v", Integer, nullable=False),
    _time("occurred_at"),
    _time("recorded_at"),
    _text("actor"),
    _text("supersedes"),
    _text("body"),
    UniqueConstraint("incident", "seq"),
    sqlite_autoincrement=True,
)

counters = Table("counters", metadata, _text("prefix", key=True), Column("n", BigInteger, nullable=False))

followups = Table(
    "followups",
    metadata,
    _incident(key=True),
    _text("key", key=True),
    _text("owner"),
    _time("due", optional=True),
    _text("status"),
    _text("body"),
    Index(None, "owner", "status"),
)

outbox = Table(
    "outbox",
    metadata,
    _text("id", key=True),
    Column("key", Text, nullable=False, unique=True),
    _text("kind"),
    _text("incident"),  # empty for work that concerns none
    _text("payload"),
    Column("lane", SmallInteger, nullable=False),  # -1 goes before all, 0 wakes somebody, 1 can wait behind those
    _text("state"),  # waiting, held, done, dead, cancelled
    _time("due"),
    _time("ready_at", optional=True),  # due while waiting, the lease's end while held, NULL once settled
    Column("attempt", Integer, nullable=False),
    Column("unknown", Boolean, nullable=False),
    _text("worker"),
    _time("created_at"),
    _time("settled_at", optional=True),
    _text("result"),
    Column("recipient", Text, nullable=False, server_default=""),  # of a page: person and method
    Index(None, "incident"),
    Index(None, "state"),
    Index(None, "settled_at"),
)
_ready = outbox.c.ready_at.is_not(None)
Index("ix_outbox_claim", outbox.c.lane, outbox.c.due, outbox.c.id, sqlite_where=_ready, postgresql_where=_ready)
_addressed = outbox.c.recipient != ""
Index(
    "ix_outbox_recipient",
    outbox.c.recipient,
    outbox.c.created_at,
    sqlite_where=_addressed,
    postgresql_where=_addressed,
)
Index("ix_outbox_ready", outbox.c.ready_at, sqlite_where=_ready, postgresql_where=_ready)

timers = Table(
    "timers",
    metadata,
    _text("stream", key=True),
    _text("name", key=True),
    Column("generation", BigInteger, nullable=False),
    _time("due"),
    _time("ready_at"),
    Column("attempt", Integer, nullable=False),
    _text("worker"),
    Index(None, "ready_at"),
)

packs = Table("packs", metadata, _text("digest", key=True), _text("body"), _time("created_at"))

catalogues = Table(
    "catalogues",
    metadata,
    Column("version", BigInteger, primary_key=True, autoincrement=False),
    _text("body"),
    _text("actor"),
    _time("created_at"),
)

alerts = Table(
    "alerts",
    metadata,
    Column("id", Counting, primary_key=True, autoincrement=True),
    _text("source"),
    _text("fingerprint"),
    _text("status"),
    _text("service"),
    _text("incident"),
    _text("group_key"),
    _text("body"),
    _time("updated_at"),
    UniqueConstraint("source", "fingerprint"),
    Index(None, "incident", "status", "group_key"),
    Index(None, "service", "status"),
    sqlite_autoincrement=True,
)

# What a refresh changes, apart from the alert's long row; no index on the end, since every refresh would move it.
alert_leases = Table(
    "alert_leases",
    metadata,
    Column("alert", Counting, ForeignKey("alerts.id", ondelete="CASCADE"), primary_key=True, autoincrement=False),
    Column("version", BigInteger, nullable=False),
    _time("expires_at", optional=True),
    _time("seen_at"),
)

alert_groups = Table(
    "alert_groups",
    metadata,
    _text("key", key=True),
    _text("receiver"),
    _text("labels"),
    _text("incident"),
    _time("opened_at"),
    _time("last_alert_at"),
    Index(None, "incident"),
)

# Where firing alerts stand as sources of inhibitions; `stand` is the digest of a rule and the labels it compares.
inhibitors = Table(
    "inhibitors",
    metadata,
    _text("stand", key=True),
    _text("source", key=True),
    _text("fingerprint", key=True),
)

silences = Table(
    "silences",
    metadata,
    _text("id", key=True),
    _time("starts_at"),
    _time("ends_at"),
    _text("body"),
    Index(None, "ends_at"),
)

raw_bodies = Table(
    "raw_bodies",
    metadata,
    _text("id", key=True),
    _text("source"),
    _time("received_at"),
    _text("error"),
    Column("body", LargeBinary, nullable=False),
    Index(None, "received_at"),
)

bundles = Table(
    "bundles",
    metadata,
    _text("key", key=True),
    _text("incident"),
    _time("created_at"),
    Column("body", LargeBinary, nullable=False),
    Index(None, "created_at"),
)

samples = Table(
    "samples",
    metadata,
    _text("series", key=True),
    Column("at", BigInteger, primary_key=True, autoincrement=False),
    _text("body"),
)

changes = Table(
    "changes",
    metadata,
    _text("source", key=True),
    _text("key", key=True),
    _text("service"),
    _time("at"),
    _time("recorded_at"),
    _text("body"),
    Index(None, "service", "at"),
    Index(None, "at"),
)

named_values = Table("named_values", metadata, _text("key", key=True), _text("value"))

users = Table(
    "users",
    metadata,
    _text("person", key=True),
    _text("password_hash"),
    _text("scopes"),
    Column("disabled", Boolean, nullable=False),
)

tokens = Table(
    "tokens",
    metadata,
    _text("id", key=True),
    Column("digest", Text, nullable=False, unique=True),
    _text("person"),
    _text("team"),
    _text("name"),
    _text("scopes"),
    _time("created_at"),
    _time("expires_at", optional=True),
    _time("last_used_at", optional=True),
    Index(None, "person"),
)

sessions = Table("sessions", metadata, _text("digest", key=True), _text("person"), _text("csrf"), _time("expires_at"))

once = Table(
    "once", metadata, _text("purpose", key=True), _text("digest", key=True), _text("subject"), _time("expires_at")
)

tries = Table("tries", metadata, _text("what", key=True), Column("count", BigInteger, nullable=False), _time("ends_at"))

contact_verifications = Table(
    "contact_verifications",
    metadata,
    _text("person", key=True),
    _text("method", key=True),
    _time("verified_at"),
    _text("target"),  # a digest of where the method led when it was verified
    _text("verified_by"),
)

answers = Table(
    "answers",
    metadata,
    _text("key", key=True),
    _text("actor", key=True),
    _text("request_hash"),
    Column("status", Integer, nullable=False),
    _text("body"),
    _time("created_at"),
    Index(None, "created_at"),
)

schedule_changes = Table(
    "schedule_changes",
    metadata,
    _text("id", key=True),
    _text("schedule"),
    _text("kind"),  # override, temporary, swap
    _time("starts"),
    _time("ends"),
    _text("body"),
    _time("created_at"),
    _text("created_by"),
    _time("removed_at", optional=True),
    _text("removed_by"),
    Index(None, "ends"),
)

heartbeats = Table("heartbeats", metadata, _text("process", key=True), _text("role"), _time("at"), _text("facts"))
