"""How Alembic runs the versions: on the connection, and inside the transaction, that `schema.migrate` gives it."""

from __future__ import annotations

from alembic import context

from tocsin.store.tables import metadata

context.configure(connection=context.config.attributes["connection"], target_metadata=metadata)
context.run_migrations()
