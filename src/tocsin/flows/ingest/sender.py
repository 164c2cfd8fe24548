"""Who sends alerts."""

from __future__ import annotations

from dataclasses import dataclass

from tocsin.domain.actor import Actor


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
