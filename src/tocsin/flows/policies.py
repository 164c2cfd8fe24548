"""The policy an incident runs under, read from the database only: its pack's snapshot and the newest catalogue."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from functools import lru_cache

import msgspec

from tocsin.domain.catalogue import Catalogue
from tocsin.domain.incident.policy import Policy
from tocsin.domain.oncall.verification import Confirmed, with_confirmed
from tocsin.domain.policy.codec import pack_from_json
from tocsin.domain.policy.pack import Pack
from tocsin.flows.laid import lay
from tocsin.flows.schedule_records import StoredChange
from tocsin.flows.storage import Tx

_REMEMBERED = timedelta(days=31)


class NotConfiguredError(Exception):
    """No configuration has been applied yet: run `tocsin init`, then `tocsin up` or `tocsin config apply`."""


@lru_cache(maxsize=64)
def _pack(raw: str) -> Pack:
    return pack_from_json(raw)


@lru_cache(maxsize=16)
def _catalogue(raw: str, version: int) -> Catalogue:
    return replace(msgspec.json.decode(raw, type=Catalogue), version=version)


@lru_cache(maxsize=16)
def _overlaid(raw: str, version: int, confirmed: frozenset[Confirmed], changes: tuple[StoredChange, ...]) -> Catalogue:
    return lay(with_confirmed(_catalogue(raw, version), confirmed), changes)


def catalogue(tx: Tx, *, since: datetime | None = None) -> Catalogue:
    """Return the newest configuration with what people did since: contact methods confirmed, schedules changed.

    Changes of schedules that ended before `since` are left out; without it, those over for a month.

    Raises:
        NotConfiguredError: there is none.
    """
    raw, version = _newest(tx)
    scheduled = bool(_catalogue(raw, version).schedules)
    changes = tx.schedule_changes(since or tx.now() - _REMEMBERED) if scheduled else ()
    return _overlaid(raw, version, confirmed(tx), changes)


def stated(tx: Tx) -> Catalogue:
    """Return the newest configuration as it was applied, to be shown or compared.

    Raises:
        NotConfiguredError: there is none.
    """
    return _catalogue(*_newest(tx))


def confirmed(tx: Tx) -> frozenset[Confirmed]:
    """Return the contact methods that people confirmed, each for one target."""
    return tx.verified_targets()


def _newest(tx: Tx) -> tuple[str, int]:
    version, raw = tx.catalogue()
    if not version:
        raise NotConfiguredError(NotConfiguredError.__doc__)
    return raw, version


def policy_of(tx: Tx, digest: str) -> Policy:
    """Return the policy of an incident that opened under the pack with `digest`."""
    return Policy(pack=_pack(tx.pack(digest)), catalogue=catalogue(tx), pack_digest=digest)


def policy_for_team(tx: Tx, team: str) -> Policy:
    """Return the policy a new incident of `team` opens under."""
    now = catalogue(tx)
    found = now.team(team)
    key = found.pack if found else now.default_pack
    return policy_of(tx, now.pack_digests[key])
