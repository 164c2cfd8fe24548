"""Where firing alerts stand as sources of inhibitions; it is filled with the first alerts after the migration."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    op.create_table(
        "inhibitors",
        sa.Column("stand", sa.Text(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("fingerprint", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("stand", "source", "fingerprint"),
    )
