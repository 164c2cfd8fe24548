"""Opening a store by its address."""

from __future__ import annotations

from tocsin.store.schema import require_tables
from tocsin.store.sql.engine import Clock, Engines, parse_url
from tocsin.store.sql.store import Refold, SqlStore


def open_store(url: str, *, refold: Refold | None = None, clock: Clock | None = None) -> SqlStore:
    """Return the store at `sqlite:///relative`, `sqlite:////absolute` or `postgresql://user:password@host:port/name`.

    `refold(tx, incident_id)` folds a snapshot that another version of the code wrote; listings need it after an upgrade.
    `clock` replaces the database's clock, for tests.

    Raises:
        StoreUnavailableError: the address is wrong or the database cannot be reached.
        SchemaError: its tables are missing, too old or too new.
    """
    engines = Engines(parse_url(url), clock=clock)
    try:
        require_tables(engines)
    except Exception:
        engines.close()
        raise
    return SqlStore(engines, refold=refold)
