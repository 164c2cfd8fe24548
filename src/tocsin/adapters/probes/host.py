"""What the machine this process runs on says about its load, memory, disks and descriptors."""

from __future__ import annotations

import os
import socket
import time
from collections.abc import Iterator, Mapping
from pathlib import Path

import msgspec
import psutil

from tocsin.adapters.options import read_options
from tocsin.domain.diagnosis.facts import BlindSpot, Disk, HostFacts, Pressure
from tocsin.domain.diagnosis.targets import Target
from tocsin.flows.ports import Clock

_PRESSURE = Path("/proc/pressure")
_FILES = Path("/proc/sys/fs/file-nr")


class HostOptions(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`mounts` are the file systems to look at; empty means every real one. `sample_s` is how long to watch the CPU."""

    mounts: tuple[str, ...] = ()
    sample_s: float = 0.3


def validate_options(raw: Mapping[str, object]) -> HostOptions:
    """Return the options in `raw`.

    Raises:
        InvalidError: an option is unknown or has the wrong type.

    """
    return read_options("host", raw, HostOptions)


class Host:
    """Reads /proc and statvfs; needs no privilege."""

    kind = "host"

    def __init__(self, now: Clock) -> None:
        self._now = now

    def collect(self, target: Target, deadline_s: float) -> HostFacts:
        """Return the state of this machine, watching its CPU for at most half of `deadline_s` seconds.

        Raises:
            InvalidError: the target's options do not hold.

        """
        options = validate_options(target.options)
        began = time.monotonic()
        cpu = psutil.cpu_percent(interval=min(options.sample_s, deadline_s / 2))
        memory = psutil.virtual_memory()
        load_1, _, load_15 = os.getloadavg()
        pressure = tuple(_pressure())
        used, most = _descriptors()
        return HostFacts(
            target=target.name,
            at=self._now(),
            service=target.service,
            hostname=socket.gethostname(),
            cores=psutil.cpu_count() or 1,
            load_1=load_1,
            load_15=load_15,
            cpu_percent=cpu,
            memory_total_bytes=memory.total,
            memory_available_bytes=memory.available,
            disks=tuple(_disks(options.mounts)),
            fds_used=used,
            fds_max=most,
            pressure=pressure,
            took_s=time.monotonic() - began,
            blind=()
            if pressure
            else (BlindSpot(target=target.name, what="pressure stall figures", why="no /proc/pressure"),),
        )


def _disks(mounts: tuple[str, ...]) -> Iterator[Disk]:
    for mount in mounts or sorted({one.mountpoint for one in psutil.disk_partitions(all=False)} | {"/"}):
        if not Path(mount).is_dir():
            continue
        try:
            usage, inodes = psutil.disk_usage(mount), os.statvfs(mount)
        except OSError:
            continue
        share = 100.0 * (1 - inodes.f_favail / inodes.f_files) if inodes.f_files else None
        yield Disk(mount=mount, used_percent=usage.percent, free_bytes=usage.free, inodes_percent=share)


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
