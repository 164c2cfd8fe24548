"""What the machine this process runs on says about its load, memory, disks, network and processes."""

from __future__ import annotations

import os
import socket
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import msgspec
import psutil

from tocsin.adapters.options import read_options
from tocsin.adapters.probes.host import proc, processes
from tocsin.domain.diagnosis.facts import BlindSpot, Device, Disk, HostFacts, Network, Pressure
from tocsin.domain.diagnosis.targets import Target
from tocsin.flows.ports import Clock

_FIRST_SHARE, _LAST_SHARE = 0.2, 0.8
_PRESSURE = Path("/proc/pressure")
_FILES = Path("/proc/sys/fs/file-nr")
_NO_DISKS = ("loop", "ram", "zram")
_DISK_COUNTERS = {
    "reads_grew": "read_count",
    "read_ms_grew": "read_time",
    "writes_grew": "write_count",
    "write_ms_grew": "write_time",
    "busy_ms_grew": "busy_time",
}


class HostOptions(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`mounts` are the file systems to look at; empty means every real one. `sample_s` is how long to watch counters."""

    mounts: tuple[str, ...] = ()
    sample_s: float = 1.0


def validate_options(raw: Mapping[str, object]) -> HostOptions:
    """Return the options in `raw`.

    Raises:
        InvalidError: an option is unknown or has the wrong type.

    """
    return read_options("host", raw, HostOptions)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Sample:
    """Counters and levels at one moment (monotonic seconds)."""

    at: float
    disks: Mapping[str, tuple[int, int]]
    vm: Mapping[str, int]
    tcp: Mapping[str, int]
    throttled: tuple[int, int] | None
    softnet: int | None
    devices: Mapping[str, Any]


class Host:
    """Reads /proc, statvfs and the list of processes; needs no privilege."""

    kind = "host"

    def __init__(self, now: Clock) -> None:
        self._now = now

    def collect(self, target: Target, deadline_s: float) -> HostFacts:
        """Return the state of this machine, watching its counters for at most half of `deadline_s` seconds.

        Raises:
            InvalidError: the target's options do not hold.

        """
        options = validate_options(target.options)
        began = time.monotonic()
        known = processes.cpu_times(began + _FIRST_SHARE * deadline_s)
        before = _sample(options.mounts)
        cpu = psutil.cpu_times_percent(interval=min(options.sample_s, deadline_s / 2))
        after = _sample(options.mounts)
        facts = _levels(HostFacts(target=target.name, at=self._now(), service=target.service), options)
        facts = _growth(facts, before, after)
        # What starves the machine starves this probe as well: it says what it has rather than come too late.
        until = began + _LAST_SHARE * deadline_s
        uses, whole = processes.busiest(known, after.at - before.at, until)
        blind = tuple(_blind(facts, whole=whole))
        return replace(
            facts,
            cpu_percent=round(100.0 - cpu.idle - getattr(cpu, "iowait", 0.0), 1),
            iowait_percent=getattr(cpu, "iowait", None),
            steal_percent=getattr(cpu, "steal", None),
            processes=uses,
            took_s=time.monotonic() - began,
            blind=blind,
        )


def _sample(mounts: tuple[str, ...]) -> _Sample:
    return _Sample(
        at=time.monotonic(),
        disks={one.mount: (one.free_bytes, one.inodes_free or 0) for one in _disks(mounts)},
        vm=proc.vmstat(),
        tcp=proc.netstat(),
        throttled=proc.throttling(),
        softnet=proc.softnet_drops(),
        devices=_disk_counters(),
    )


def _disk_counters() -> Mapping[str, Any]:
    """Return psutil's counters of each disk since the start; none where they cannot be seen."""
    try:
        counters = psutil.disk_io_counters(perdisk=True, nowrap=False) or {}
    except (OSError, ValueError, NotImplementedError):
        return {}
    return {name: one for name, one in counters.items() if not name.startswith(_NO_DISKS)}


def _levels(facts: HostFacts, options: HostOptions) -> HostFacts:
    memory, swap = psutil.virtual_memory(), psutil.swap_memory()
    load_1, _, load_15 = os.getloadavg()
    used, most = _descriptors()
    clock = proc.clock()
    return replace(
        facts,
        hostname=socket.gethostname(),
        cores=psutil.cpu_count() or 1,
        load_1=load_1,
        load_15=load_15,
        memory_total_bytes=memory.total,
        memory_available_bytes=memory.available,
        swap_total_bytes=swap.total,
        swap_used_bytes=swap.used,
        disks=tuple(_disks(options.mounts)),
        fds_used=used,
        fds_max=most,
        pressure=tuple(_pressure()),
        oom_kills=proc.vmstat().get("oom_kill"),
        tasks=len(psutil.pids()),
        tasks_max=proc.number("sys/kernel/pid_max"),
        network=_network(),
        failed_units=processes.failed_units(),
        clock_synced=clock[0] if clock else None,
        clock_offset_s=clock[1] if clock else None,
        uptime_s=time.time() - psutil.boot_time(),
    )


def _network() -> Network:
    return Network(
        **proc.sockets(),
        **proc.tcp_memory(),
        ports=proc.local_ports(),
        conntrack=proc.number("sys/net/netfilter/nf_conntrack_count"),
        conntrack_max=proc.number("sys/net/netfilter/nf_conntrack_max"),
    )


def _growth(facts: HostFacts, before: _Sample, after: _Sample) -> HostFacts:
    """Return the facts with what grew between two samples."""

    def grew(of: str, *names: str) -> int:
        was, now = (before.vm, after.vm) if of == "vm" else (before.tcp, after.tcp)
        return sum(max(0, now.get(name, 0) - was.get(name, 0)) for name in names)

    network = facts.network and replace(
        facts.network,
        listen_drops_grew=grew("tcp", "ListenOverflows", "ListenDrops"),
        retransmits_grew=grew("tcp", "RetransSegs"),
        segments_grew=grew("tcp", "OutSegs"),
        softnet_drops_grew=_since(before.softnet, after.softnet),
    )
    return replace(
        facts,
        window_s=after.at - before.at,
        disks=tuple(_grown(one, before, after) for one in facts.disks),
        devices=tuple(_worked(before.devices, after.devices)),
        swap_pages_grew=grew("vm", "pswpin", "pswpout"),
        oom_kills_grew=grew("vm", "oom_kill"),
        throttled_ratio=_throttled(before.throttled, after.throttled),
        network=network,
    )


def _grown(one: Disk, before: _Sample, after: _Sample) -> Disk:
    was, now = before.disks.get(one.mount), after.disks.get(one.mount)
    return replace(one, grew_bytes=was[0] - now[0], grew_inodes=was[1] - now[1]) if was and now else one


def _since(before: int | None, after: int | None) -> int | None:
    return None if before is None or after is None else max(0, after - before)


def _worked(before: Mapping[str, Any], after: Mapping[str, Any]) -> Iterator[Device]:
    for name, now in sorted(after.items()):
        was = before.get(name, now)
        grew = {ours: getattr(now, theirs, 0) - getattr(was, theirs, 0) for ours, theirs in _DISK_COUNTERS.items()}
        yield Device(name=name, **{ours: max(0, more) for ours, more in grew.items()})


def _throttled(before: tuple[int, int] | None, after: tuple[int, int] | None) -> float | None:
    if before is None or after is None or after[0] <= before[0]:
        return None
    return (after[1] - before[1]) / (after[0] - before[0])


def _blind(facts: HostFacts, *, whole: bool) -> Iterator[BlindSpot]:
    if not whole:
        yield BlindSpot(target=facts.target, what="some of its processes", why="no time was left to look at each")
    if not facts.pressure:
        yield BlindSpot(target=facts.target, what="pressure stall figures", why="no /proc/pressure")
    if facts.failed_units is None:
        yield BlindSpot(target=facts.target, what="systemd units", why="systemd does not run or does not answer here")


def _disks(mounts: tuple[str, ...]) -> Iterator[Disk]:
    for mount in mounts or sorted({one.mountpoint for one in psutil.disk_partitions(all=False)} | {"/"}):
        if not Path(mount).is_dir():
            continue
        try:
            usage, seen = psutil.disk_usage(mount), os.statvfs(mount)
        except OSError:
            continue
        yield Disk(
            mount=mount,
            used_percent=usage.percent,
            free_bytes=usage.free,
            total_bytes=usage.total,
            inodes_percent=100.0 * (1 - seen.f_favail / seen.f_files) if seen.f_files else None,
            inodes_free=seen.f_favail if seen.f_files else None,
            read_only=bool(seen.f_flag & os.ST_RDONLY),
        )


def _pressure() -> Iterator[Pressure]:
    for resource in ("cpu", "memory", "io"):
        try:
            lines = (_PRESSURE / resource).read_text("ascii").splitlines()
        except OSError:
            continue
        shares = {
            f"{line.split()[0]}_{pair.split('=')[0]}": float(pair.split("=")[1])
            for line in lines
            for pair in line.split()[1:]
        }
        yield Pressure(
            resource=resource,
            some_avg10=shares.get("some_avg10", 0.0),
            some_avg60=shares.get("some_avg60", 0.0),
            full_avg10=shares.get("full_avg10", 0.0),
            full_avg60=shares.get("full_avg60", 0.0),
        )


def _descriptors() -> tuple[int | None, int | None]:
    try:
        used, _, most = _FILES.read_text("ascii").split()
    except (OSError, ValueError):
        return None, None
    return int(used), int(most)
