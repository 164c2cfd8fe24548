"""Alerts that a process has seen, by the bytes their sender repeats, so that a refresh need not be read.

What is remembered counts only together with the row's version, which the transaction that renews the lease compares.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import NamedTuple

from tocsin.flows.alert_storage import KeptAlert, Renewal
from tocsin.flows.ports import Glance

MOST = 200_000


class RememberedAlert(NamedTuple):
    """A firing alert's row, and whether it lives on a lease."""

    id: int
    version: int
    leased: bool


class Remembered:
    """What one process remembers; the oldest half is forgotten when there are too many. For one thread at a time."""

    def __init__(self, most: int = MOST) -> None:
        self._most = most
        self._alerts: dict[tuple[str, bytes], RememberedAlert] = {}

    def __len__(self) -> int:
        """Return how many alerts are remembered, each under every form in which it came."""
        return len(self._alerts)

    def renewals(self, source: str, seen: Sequence[Glance], now: datetime) -> list[Renewal] | None:
        """Return what a post renews, when it does nothing else as far as is remembered; else None."""
        found: list[Renewal] = []
        known = self._alerts.get
        for looks, ends_at in seen:
            alert = known((source, looks))
            if alert is None or alert.leased is (ends_at is None) or (ends_at is not None and ends_at <= now):
                return None
            found.append(Renewal(alert.id, alert.version, ends_at))
        return found

    def keep(self, source: str, seen: Sequence[tuple[bytes, str]], kept: Mapping[str, KeptAlert]) -> None:
        """Remember the alerts of a post that was stored: `seen` are what each looks like and its fingerprint."""
        for looks, name in seen:
            row = kept.get(name)
            if row is None or not row.id or row.state.status != "firing" or not row.state.incident:
                self._alerts.pop((source, looks), None)
                continue
            leased = row.state.expires_at is not None
            self._alerts[source, looks] = RememberedAlert(row.id, row.version, leased)
        if len(self._alerts) > self._most:
            self._alerts = dict(list(self._alerts.items())[len(self._alerts) // 2 :])

    def forget(self, source: str, seen: Sequence[Glance]) -> None:
        """Forget alerts that are not, or no longer, as remembered."""
        for looks, _ in seen:
            self._alerts.pop((source, looks), None)
