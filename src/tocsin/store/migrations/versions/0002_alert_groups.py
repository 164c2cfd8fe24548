"""Alerts get a number, a narrow lease row beside their long one, and groups; one timer watches every lease."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any

import msgspec
import sqlalchemy as sa
from alembic import op

from tocsin.store.stamps import maybe_us, to_us

revision = "0002"
down_revision = "0001"

Counting = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    rows = list(_old_alerts())
    op.drop_table("alerts")
    _alerts()
    _leases()
    _groups()
    _fill(rows)
    connection = op.get_bind()
    connection.execute(sa.text("DELETE FROM timers WHERE stream LIKE 'alert/%'"))
    _watch_leases()


def _text(name: str) -> sa.Column[str]:
    return sa.Column(name, sa.Text(), nullable=False)


def _big(name: str, *, optional: bool = False) -> sa.Column[int]:
    return sa.Column(name, sa.BigInteger(), nullable=optional, autoincrement=False)


def _alerts() -> None:
    op.create_table(
        "alerts",
        sa.Column("id", Counting, autoincrement=True, nullable=False),
        *(_text(n) for n in ("source", "fingerprint", "status", "service", "incident", "group_key", "body")),
        _big("updated_at"),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("source", "fingerprint"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_alerts_incident_status_group_key", "alerts", ["incident", "status", "group_key"])
    op.create_index("ix_alerts_service_status", "alerts", ["service", "status"])


def _leases() -> None:
    op.create_table(
        "alert_leases",
        sa.Column("alert", Counting, autoincrement=False, nullable=False),
        _big("version"),
        _big("expires_at", optional=True),
        _big("seen_at"),
        sa.PrimaryKeyConstraint("alert"),
        sa.ForeignKeyConstraint(["alert"], ["alerts.id"], ondelete="CASCADE"),
    )


def _groups() -> None:
    op.create_table(
        "alert_groups",
        *(_text(name) for name in ("key", "receiver", "labels", "incident")),
        *(_big(name) for name in ("opened_at", "last_alert_at")),
        sa.PrimaryKeyConstraint("key"),
    )
    op.create_index("ix_alert_groups_incident", "alert_groups", ["incident"])


def _old_alerts() -> Iterator[dict[str, Any]]:
    names = "source, fingerprint, status, service, incident, body, updated_at"
    for row in op.get_bind().execute(sa.text(f"SELECT {names} FROM alerts ORDER BY updated_at")):  # noqa: S608 (our own names)
        yield {**row._asdict(), "group_key": ""}


def _fill(rows: list[dict[str, Any]]) -> None:
    connection = op.get_bind()
    tables = sa.MetaData()
    alerts = sa.Table("alerts", tables, autoload_with=connection)
    leases = sa.Table("alert_leases", tables, autoload_with=connection)
    for row in rows:
        number = connection.execute(sa.insert(alerts).values(row).returning(alerts.c.id)).scalar_one()
        body = msgspec.json.decode(row["body"])
        end = msgspec.convert(body.get("expires_at"), datetime | None)
        lease = {"expires_at": maybe_us(end), "seen_at": to_us(msgspec.convert(body["last_seen_at"], datetime))}
        connection.execute(sa.insert(leases).values(alert=number, version=1, **lease))


def _watch_leases() -> None:
    """Arm the one timer for the first lease that ends."""
    op.get_bind().execute(
        sa.text(
            "INSERT INTO timers (stream, name, generation, due, ready_at, attempt, worker)"
            " SELECT 'alert/leases', 'lapse', 1, min(expires_at), min(expires_at), 0, '' FROM alert_leases"
            " HAVING min(expires_at) IS NOT NULL"
        )
    )
