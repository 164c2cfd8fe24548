"""The runbooks in force and the snapshots that open incidents follow, read from the database only."""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache

from tocsin.domain.errors import InvalidError
from tocsin.domain.incident.runbooks import Shelf, wants_runbook
from tocsin.domain.incident.state import Incident
from tocsin.domain.mitigation.runbook import Runbook, from_json
from tocsin.flows.policies import catalogue
from tocsin.flows.storage import Tx


@lru_cache(maxsize=256)
def _runbook(raw: str) -> Runbook:
    return from_json(raw)


def runbooks_in_force(tx: Tx) -> tuple[Runbook, ...]:
    """Return the newest configuration's runbooks by key; none before one was applied that holds any."""
    return tuple(_runbook(tx.pack(digest)) for digest in catalogue(tx).runbook_digests.values())


def digest_of(tx: Tx, key: str) -> str:
    """Return the digest of the runbook in force with that key.

    Raises:
        InvalidError: there is none.
    """
    digests = catalogue(tx).runbook_digests
    if key not in digests:
        hint = "`tocsin config apply` brings the shipped ones." if not digests else f"Known: {', '.join(digests)}."
        raise InvalidError(f"no runbook is called {key!r}", field="runbook", mend=hint)
    return digests[key]


def snapshot(tx: Tx, digest: str) -> Runbook | None:
    """Return the runbook as it was when its snapshot was taken, None when that is gone."""
    raw = tx.pack(digest)
    return _runbook(raw) if raw else None


def shelf_for(tx: Tx, incidents: Iterable[Incident]) -> Shelf:
    """Return the runbooks that matter for what is missing in `incidents`; nothing is read where none does."""
    listed = list(incidents)
    digests = {run.digest for incident in listed for run in incident.runbooks}
    followed = {digest: found for digest in digests if (found := snapshot(tx, digest))}
    wanted = any(wants_runbook(incident) for incident in listed)
    return Shelf(in_force=runbooks_in_force(tx) if wanted else (), followed=followed)
