"""What the machine a probe runs on said about itself."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from tocsin.domain.diagnosis.facts.blind_spots import BlindSpot


@dataclass(frozen=True, slots=True, kw_only=True)
class Disk:
    """One mounted file system; `grew_bytes` and `grew_inodes` is what was taken while the probe watched."""

    mount: str
    used_percent: float
    free_bytes: int
    inodes_percent: float | None = None
    inodes_free: int | None = None
    total_bytes: int | None = None
    read_only: bool = False
    grew_bytes: int = 0
    grew_inodes: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Device:
    """One disk: what it finished while the probe watched, how long that took it (summed over all that waited), and how long it was busy."""

    name: str
    reads_grew: int = 0
    read_ms_grew: int = 0
    writes_grew: int = 0
    write_ms_grew: int = 0
    busy_ms_grew: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Pressure:
    """Pressure stall: share of time (percent) in which some or all tasks waited for `resource` (cpu, memory, io)."""

    resource: str
    some_avg10: float
    some_avg60: float
    full_avg10: float = 0.0
    full_avg60: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class ProcessUse:
    """One process; `cpu_percent` is of one core, over the time the probe watched."""

    pid: int
    name: str
    cpu_percent: float = 0.0
    rss_bytes: int = 0
    fds: int | None = None
    fds_max: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Network:
    """The machine's TCP: sockets by state, and what was dropped while the probe watched (`window_s` of the host).

    `orphans` belong to no process. `tcp_pages` is what all sockets hold; the kernel saves from `tcp_pages_pressure`.
    """

    established: int = 0
    time_wait: int = 0
    close_wait: int = 0
    ports: int | None = None
    conntrack: int | None = None
    conntrack_max: int | None = None
    listen_drops_grew: int = 0
    retransmits_grew: int = 0
    segments_grew: int = 0
    orphans: int | None = None
    orphans_max: int | None = None
    tcp_pages: int | None = None
    tcp_pages_pressure: int | None = None
    tcp_pages_max: int | None = None
    softnet_drops_grew: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class HostFacts:
    """One machine; percentages are 0 to 100. What `_grew` grew over `window_s`; None was not seen."""

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
    devices: tuple[Device, ...] = ()
    fds_used: int | None = None
    fds_max: int | None = None
    pressure: tuple[Pressure, ...] = ()
    window_s: float = 0.0
    iowait_percent: float | None = None
    steal_percent: float | None = None
    swap_total_bytes: int | None = None
    swap_used_bytes: int | None = None
    swap_pages_grew: int = 0
    oom_kills: int | None = None
    oom_kills_grew: int = 0
    throttled_ratio: float | None = None
    tasks: int | None = None
    tasks_max: int | None = None
    network: Network | None = None
    processes: tuple[ProcessUse, ...] = ()
    failed_units: tuple[str, ...] | None = None
    clock_synced: bool | None = None
    clock_offset_s: float | None = None
    uptime_s: float | None = None
    took_s: float = 0.0
    blind: tuple[BlindSpot, ...] = ()
