"""What a command does to the database of this machine without a server: migrate, back up, restore."""

from __future__ import annotations

from pathlib import Path

from tocsin.domain.oncall.verification import Confirmed
from tocsin.flows.policies import confirmed
from tocsin.settings import Settings
from tocsin.store import backup as archive
from tocsin.store.backup import Manifest
from tocsin.store.opening import open_store
from tocsin.store.schema import SchemaState, migrate, schema_state


def prepare_home(settings: Settings) -> Path:
    """Make the home directory, readable by its owner only, and return it."""
    settings.home.mkdir(mode=0o700, parents=True, exist_ok=True)
    return settings.home


def upgrade(settings: Settings) -> SchemaState:
    """Bring the database's tables up to this code."""
    prepare_home(settings)
    return migrate(settings.database)


def schema(settings: Settings) -> SchemaState:
    """Say how the database's tables stand to this code."""
    return schema_state(settings.database)


def confirmed_contacts(settings: Settings) -> frozenset[Confirmed]:
    """Return the contact methods that people confirmed here: none where there are no tables yet.

    Raises:
        StoreUnavailableError: the database cannot be reached or used.
    """
    if schema(settings).verdict not in {"current", "newer"}:
        return frozenset()
    store = open_store(settings.database)
    try:
        with store.reading() as tx:
            return confirmed(tx)
    finally:
        store.close()


def backup(settings: Settings, path: Path) -> Manifest:
    """Write the whole database to one file."""
    return archive.backup(settings.database, path)


def restore(settings: Settings, path: Path) -> Manifest:
    """Fill an empty database from a backup."""
    prepare_home(settings)
    return archive.restore(path, settings.database)
