"""What a third party says of itself on its status page."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from tocsin.domain.diagnosis.facts.blind_spots import BlindSpot, Refusal


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """One incident that the page calls open."""

    name: str
    impact: str = ""
    state: str = ""
    since: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class StatusFacts:
    """One page. `components` are those that are not operational, `incidents` those that concern what is watched.

    `indicator` is the page's own word for the whole of it: none, minor, major, critical, maintenance.
    """

    target: str
    at: datetime
    service: str = ""
    page: str = ""
    indicator: str = ""
    description: str = ""
    components: tuple[str, ...] = ()
    incidents: tuple[Told, ...] = ()
    error: Refusal | None = None
    error_text: str = ""
    reproduce: str = ""
    took_s: float = 0.0
    blind: tuple[BlindSpot, ...] = ()
