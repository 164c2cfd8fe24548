"""What the machine a probe runs on said about itself."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from tocsin.domain.diagnosis.facts.blind_spots import BlindSpot


@dataclass(frozen=True, slots=True, kw_only=True)
class Disk:
    """One mounted file system."""

    mount: str
    used_percent: float
    free_bytes: int
    inodes_percent: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Pressure:
    """Pressure stall: share of time (percent) in which some or all tasks waited for `resource` (cpu, memory, io)."""

    resource: str
    some_avg10: float
    some_avg60: float
    full_avg10: float = 0.0
    full_avg60: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class HostFacts:
    """One machine; percentages are 0 to 100."""

    target: str
    at: datetime
    service: str = ""
    hostname: str = ""
    cores: int = 1
    load_1: float | None = None
    load_15: float | None = None
    cpu_percent: float | None = None
    memory_total_bytes: int | None = None
    memory_available_bytes: int | None = None
    disks: tuple[Disk, ...] = ()
    fds_used: int | None = None
    fds_max: int | None = None
    pressure: tuple[Pressure, ...] = ()
    took_s: float = 0.0
    blind: tuple[BlindSpot, ...] = ()
