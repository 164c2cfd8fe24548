"""What is known of one alert."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal


@dataclass(frozen=True, slots=True, kw_only=True)
class AlertState:
    """One alert by its fingerprint; `episode` counts its firings from 1; `incident` is the id it belongs to."""

    fingerprint: str
    name: str
    status: Literal["firing", "resolved"]
    labels: Mapping[str, str] = field(default_factory=dict)
    summary: str = ""
    severity: str = ""
    service: str = ""
    source: str = ""
    starts_at: datetime | None = None
    ends_at: datetime | None = None
    last_seen_at: datetime | None = None
    episode: int = 1
    incident: str = ""
