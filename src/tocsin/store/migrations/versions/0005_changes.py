"""Changes of services: deploys, flags, schemas and what else was done to them."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    op.create_table(
        "changes",
        *(sa.Column(name, sa.Text(), nullable=False) for name in ("source", "key", "service")),
        *(sa.Column(name, sa.BigInteger(), nullable=False, autoincrement=False) for name in ("at", "recorded_at")),
        sa.Column("body", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("source", "key"),
    )
    op.create_index("ix_changes_service_at", "changes", ["service", "at"])
    op.create_index("ix_changes_at", "changes", ["at"])
