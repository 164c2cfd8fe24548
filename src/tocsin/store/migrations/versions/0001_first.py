"""The first tables: incidents and their log, work, records, accounts."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None


def upgrade() -> None:
    _incidents()
    _parts_of_incidents()
    _work()
    _records()
    _evidence()
    _accounts()
    _logins()


def _text(name: str) -> sa.Column[str]:
    return sa.Column(name, sa.Text(), nullable=False)


def _big(name: str, *, optional: bool = False) -> sa.Column[int]:
    return sa.Column(name, sa.BigInteger(), nullable=optional, autoincrement=False)


def _int(name: str) -> sa.Column[int]:
    return sa.Column(name, sa.Integer(), nullable=False)


def _flag(name: str) -> sa.Column[bool]:
    return sa.Column(name, sa.Boolean(), nullable=False)


def _bytes(name: str) -> sa.Column[bytes]:
    return sa.Column(name, sa.LargeBinary(), nullable=False)


def _of_incident() -> sa.Column[str]:
    return sa.Column("incident", sa.Text(), sa.ForeignKey("incidents.id"), nullable=False)


def _index(table: str, *columns: str) -> None:
    op.create_index(f"ix_{table}_{'_'.join(columns)}", table, list(columns))


def _incidents() -> None:
    op.create_table(
        "incidents",
        *(_text(name) for name in ("id", "ref", "phase", "status", "mode", "severity")),
        _int("rank"),
        *(_text(name) for name in ("title", "team")),
        _flag("private"),
        _text("search"),
        *(_big(name) for name in ("declared_at", "recorded_at", "seq")),
        _int("state_version"),
        *(_text(name) for name in ("state", "pack")),
        _big("catalogue"),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("ref"),
    )
    _index("incidents", "declared_at", "id")
    _index("incidents", "phase")
    op.create_table(
        "events",
        sa.Column("change", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False),
        _of_incident(),
        _big("seq"),
        *(_text(name) for name in ("id", "type")),
        _int("v"),
        *(_big(name) for name in ("occurred_at", "recorded_at")),
        *(_text(name) for name in ("actor", "supersedes", "body")),
        sa.PrimaryKeyConstraint("change"),
        sa.UniqueConstraint("id"),
        sa.UniqueConstraint("incident", "seq"),
        sqlite_autoincrement=True,
    )


def _parts_of_incidents() -> None:
    op.create_table("incident_aliases", _text("ref"), _of_incident(), sa.PrimaryKeyConstraint("ref"))
    _index("incident_aliases", "incident")
    op.create_table("incident_members", _of_incident(), _text("person"), sa.PrimaryKeyConstraint("incident", "person"))
    op.create_table(
        "incident_services", _of_incident(), _text("service"), sa.PrimaryKeyConstraint("incident", "service")
    )
    _index("incident_services", "service")
    op.create_table(
        "followups",
        _of_incident(),
        *(_text(name) for name in ("key", "owner")),
        _big("due", optional=True),
        *(_text(name) for name in ("status", "body")),
        sa.PrimaryKeyConstraint("incident", "key"),
    )
    _index("followups", "owner", "status")
    op.create_table("counters", _text("prefix"), _big("n"), sa.PrimaryKeyConstraint("prefix"))


def _work() -> None:
    op.create_table(
        "outbox",
        *(_text(name) for name in ("id", "key", "kind", "incident", "payload")),
        sa.Column("lane", sa.SmallInteger(), nullable=False),
        _text("state"),
        _big("due"),
        _big("ready_at", optional=True),
        _int("attempt"),
        _flag("unknown"),
        _text("worker"),
        _big("created_at"),
        _big("settled_at", optional=True),
        _text("result"),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("key"),
    )
    for column in ("incident", "state", "settled_at"):
        _index("outbox", column)
    ready = sa.text("ready_at IS NOT NULL")
    op.create_index("ix_outbox_claim", "outbox", ["lane", "due", "id"], sqlite_where=ready, postgresql_where=ready)
    op.create_index("ix_outbox_ready", "outbox", ["ready_at"], sqlite_where=ready, postgresql_where=ready)
    op.create_table(
        "timers",
        *(_text(name) for name in ("stream", "name")),
        *(_big(name) for name in ("generation", "due", "ready_at")),
        _int("attempt"),
        _text("worker"),
        sa.PrimaryKeyConstraint("stream", "name"),
    )
    _index("timers", "ready_at")
    op.create_table(
        "heartbeats",
        *(_text(name) for name in ("process", "role")),
        _big("at"),
        _text("facts"),
        sa.PrimaryKeyConstraint("process"),
    )


def _records() -> None:
    op.create_table("packs", _text("digest"), _text("body"), _big("created_at"), sa.PrimaryKeyConstraint("digest"))
    op.create_table(
        "catalogues",
        _big("version"),
        *(_text(name) for name in ("body", "actor")),
        _big("created_at"),
        sa.PrimaryKeyConstraint("version"),
    )
    op.create_table("named_values", _text("key"), _text("value"), sa.PrimaryKeyConstraint("key"))
    op.create_table(
        "alerts",
        *(_text(name) for name in ("source", "fingerprint", "status", "service", "incident", "body")),
        _big("updated_at"),
        sa.PrimaryKeyConstraint("source", "fingerprint"),
    )
    _index("alerts", "incident")
    _index("alerts", "service", "status")


def _evidence() -> None:
    op.create_table(
        "raw_bodies",
        *(_text(name) for name in ("id", "source")),
        _big("received_at"),
        _text("error"),
        _bytes("body"),
        sa.PrimaryKeyConstraint("id"),
    )
    _index("raw_bodies", "received_at")
    op.create_table(
        "bundles",
        *(_text(name) for name in ("key", "incident")),
        _big("created_at"),
        _bytes("body"),
        sa.PrimaryKeyConstraint("key"),
    )
    _index("bundles", "created_at")
    op.create_table("samples", _text("series"), _big("at"), _text("body"), sa.PrimaryKeyConstraint("series", "at"))


def _accounts() -> None:
    op.create_table(
        "users",
        *(_text(name) for name in ("person", "password_hash", "scopes")),
        _flag("disabled"),
        sa.PrimaryKeyConstraint("person"),
    )
    op.create_table(
        "tokens",
        *(_text(name) for name in ("id", "digest", "person", "team", "name", "scopes")),
        _big("created_at"),
        *(_big(name, optional=True) for name in ("expires_at", "last_used_at")),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("digest"),
    )
    _index("tokens", "person")
    op.create_table(
        "contact_verifications",
        *(_text(name) for name in ("person", "method")),
        _big("verified_at"),
        sa.PrimaryKeyConstraint("person", "method"),
    )


def _logins() -> None:
    op.create_table(
        "sessions",
        *(_text(name) for name in ("digest", "person", "csrf")),
        _big("expires_at"),
        sa.PrimaryKeyConstraint("digest"),
    )
    op.create_table(
        "once",
        *(_text(name) for name in ("purpose", "digest", "subject")),
        _big("expires_at"),
        sa.PrimaryKeyConstraint("purpose", "digest"),
    )
    op.create_table(
        "answers",
        *(_text(name) for name in ("key", "actor", "request_hash")),
        _int("status"),
        _text("body"),
        _big("created_at"),
        sa.PrimaryKeyConstraint("key", "actor"),
    )
    _index("answers", "created_at")
