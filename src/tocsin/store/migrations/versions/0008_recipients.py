"""Pages to one person by one method find each other, so that a storm of them is few messages."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"


def upgrade() -> None:
    op.add_column("outbox", sa.Column("recipient", sa.Text(), nullable=False, server_default=""))
    addressed = sa.text("recipient != ''")
    op.create_index(
        "ix_outbox_recipient",
        "outbox",
        ["recipient", "created_at"],
        sqlite_where=addressed,
        postgresql_where=addressed,
    )
