"""The store's promise about alerts: rows, their leases, and the groups they belong to, inside one transaction."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import NamedTuple, Protocol

import msgspec
from msgspec.structs import replace

from tocsin.domain.alerts.fold import AlertState


class KeptAlert(msgspec.Struct, frozen=True, kw_only=True):
    """An alert's row. `id` is 0 for one not stored yet; `version` grows with every change but the renewal of its lease."""

    source: str
    state: AlertState
    id: int = 0
    version: int = 0
    group: str = ""

    def stored(self, number: int) -> KeptAlert:
        """Return the row as it is once it is written under its number."""
        return replace(self, id=number, version=self.version + 1)

    def with_state(self, state: AlertState) -> KeptAlert:
        """Return the row as it is to become."""
        return replace(self, state=state)


class Renewal(NamedTuple):
    """A firing alert was heard of again. `expires_at` is None when it fires until its end is told."""

    id: int
    version: int
    expires_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class AlertGroup:
    """Alerts that belong together, and the incident they joined. `receiver` and `labels` are its identity, `key` both as text.

    `closed` says of one that was read whether its incident was open no longer; nobody is kept from closing it since.
    """

    key: str
    incident: str
    opened_at: datetime
    last_alert_at: datetime
    receiver: str = ""
    labels: Mapping[str, str] = field(default_factory=dict)
    closed: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Tally:
    """How many alerts ever joined some incidents, how many of them fire now, and how many groups they form."""

    total: int = 0
    firing: int = 0
    groups: int = 0


class Alerts(Protocol):
    """Alerts and their groups, inside one transaction."""

    def alert(self, source: str, fingerprint: str) -> AlertState | None:
        """Return an alert's state, locked for this transaction."""
        ...

    def put_alert(self, source: str, alert: AlertState) -> None:
        """Insert or replace an alert's state."""
        ...

    def alerts(self, source: str, fingerprints: Sequence[str]) -> dict[str, KeptAlert]:
        """Return the known ones of a source's alerts by fingerprint, locked for this transaction."""
        ...

    def put_alerts(self, rows: Sequence[KeptAlert]) -> list[KeptAlert]:
        """Insert rows without an id, replace the others, and return them in order with their ids and new versions.

        Raises:
            ConflictError: an alert was stored by somebody else since, or changed.
        """
        ...

    def renew_alerts(self, renewals: Sequence[Renewal], *, under: int = 0) -> bool:
        """Move leases to their later end; False, and the transaction must be given up, when a version was not the stored one.

        With `under`, also when that is not the newest version of the configuration.
        """
        ...

    def lapsed_alerts(self, limit: int) -> list[KeptAlert]:
        """Return firing alerts whose lease has ended, locked for this transaction, the oldest ends first."""
        ...

    def next_lapse(self) -> datetime | None:
        """Return when the first lease ends, None when there is none."""
        ...

    def firing_alerts(self, *, incident: str = "", service: str = "") -> list[AlertState]:
        """Return firing alerts of an incident or a service (of both given, of all with neither)."""
        ...

    def firing_of(self, source: str) -> list[KeptAlert]:
        """Return a source's firing alerts in the order of their fingerprints."""
        ...

    def firing_rows(self, *, after: int = 0, limit: int = 500, held: bool = False) -> list[KeptAlert]:
        """Return firing alerts with a number above `after`, in that order; with `held`, those of no incident, locked."""
        ...

    def alerts_in(self, incidents: Sequence[str], *, firing: bool, after: int = 0, limit: int = 500) -> list[KeptAlert]:
        """Return alerts that joined any of these incidents, with a number above `after`, in that order; `firing`: only those that do."""
        ...

    def tally(self, incidents: Sequence[str]) -> Tally:
        """Return the numbers of the alerts that joined any of these incidents."""
        ...

    def label_sets(self, incidents: Sequence[str], limit: int) -> list[Mapping[str, str]]:
        """Return the labels of at most `limit` alerts that joined any of these incidents, firing ones first."""
        ...

    def groups(self, keys: Sequence[str]) -> dict[str, AlertGroup]:
        """Return the known groups by key."""
        ...

    def put_groups(self, groups: Sequence[AlertGroup]) -> None:
        """Insert groups, or replace the incident and the last alert's time of those known by their key."""
        ...
