"""Who sends alerts."""

from __future__ import annotations

from dataclasses import dataclass

from tocsin.domain.actor import Actor
from tocsin.domain.catalogue import Catalogue

MONITOR = "monitor:"


@dataclass(frozen=True, slots=True, kw_only=True)
class Sender:
    """Which integration or monitor speaks, and for which service and team when the alert names none."""

    key: str
    service: str = ""
    team: str = ""

    @property
    def actor(self) -> Actor:
        """Who did it, where an alert moves an incident."""
        return Actor(kind="integration", id=self.key)


def sender_named(known: Catalogue, key: str) -> Sender:
    """Return the sender of alerts that were kept under `key`; one that is no longer configured speaks for nobody."""
    for monitor in known.monitors:
        if f"{MONITOR}{monitor.key}" == key:
            return Sender(key=key, service=monitor.service)
    found = next((one for one in known.integrations if one.key == key), None)
    return Sender(key=key, service=found.service, team=found.team) if found else Sender(key=key)
