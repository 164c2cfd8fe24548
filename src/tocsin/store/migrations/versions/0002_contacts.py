"""Contact methods are verified for one target, by somebody; tries at their codes are counted."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    # Older code writes rows without them, which then verify nothing: no target has an empty digest.
    for name in ("target", "verified_by"):
        op.add_column("contact_verifications", sa.Column(name, sa.Text(), nullable=False, server_default=""))
    op.create_table(
        "tries",
        sa.Column("what", sa.Text(), nullable=False),
        sa.Column("count", sa.BigInteger(), nullable=False, autoincrement=False),
        sa.Column("ends_at", sa.BigInteger(), nullable=False, autoincrement=False),
        sa.PrimaryKeyConstraint("what"),
    )
