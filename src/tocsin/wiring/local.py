"""What a command does on this machine without a server: migrate, back up, restore, look at addresses."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from pathlib import Path

from tocsin.adapters import pasted
from tocsin.domain.diagnosis.diagnose import diagnose
from tocsin.domain.diagnosis.facts import bundle_of
from tocsin.domain.diagnosis.targets import Target
from tocsin.domain.errors import InvalidError
from tocsin.domain.oncall.verification import Confirmed
from tocsin.flows.addresses import Addresses, targets_by_flag
from tocsin.flows.diagnosis import DEADLINE_S, Heard, Investigation
from tocsin.flows.diagnosis import investigate as look_now
from tocsin.flows.policies import confirmed
from tocsin.settings import Settings
from tocsin.store import backup as archive
from tocsin.store.backup import Manifest
from tocsin.store.opening import open_store
from tocsin.store.schema import SchemaState, migrate, schema_state
from tocsin.wiring.app import now, probes
from tocsin.wiring.options import PROBE_OPTIONS


def prepare_home(settings: Settings) -> Path:
    """Make the home directory, readable by its owner only, and return it."""
    settings.home.mkdir(mode=0o700, parents=True, exist_ok=True)
    return settings.home


def diagnose_standalone(
    addresses: Addresses, *, onset: datetime | None = None, heard: Heard = lambda _: None
) -> Investigation:
    """Look at addresses given by hand, with neither server nor database; `heard` is told of each answer as it comes.

    Raises:
        InvalidError: an address cannot be one.
    """
    targets: list[Target] = []
    try:
        for flag, target in targets_by_flag(addresses, onset):
            targets.append(target)
            _require_options(flag, target)
    except InvalidError as error:
        where = error.field if error.field.startswith("--") else f"--{error.field}"
        raise InvalidError(str(error), field=where, mend=error.mend) from error
    return look_now(targets, probes(), now=now, onset=onset, deadline_s=DEADLINE_S, heard=heard)


def _require_options(flag: str, target: Target) -> None:
    try:
        PROBE_OPTIONS[target.kind](target.options)
    except InvalidError as error:
        raise InvalidError(str(error), field=f"--{flag}", mend=error.mend) from error


def diagnose_pasted(texts: Mapping[str, str]) -> Investigation:
    """Answer from texts that somebody pasted, by their names: no server, no database, nothing is looked at."""
    at = now()
    facts = [one for name, text in texts.items() for one in pasted.read(name, text, at)]
    bundle = bundle_of(facts, started_at=at, ended_at=now(), targets=[one.target for one in facts])
    return Investigation(bundle=bundle, diagnosis=diagnose(bundle))


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
