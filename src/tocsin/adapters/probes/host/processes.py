"""Which processes use the machine, from two looks at each."""

from __future__ import annotations

import resource
import shutil
import subprocess
import time
from collections.abc import Iterator, Mapping
from pathlib import Path

import psutil

from tocsin.domain.diagnosis.facts import ProcessUse

_SHOWN = 8
_FULLEST = 3
_COUNTED = 300
_MOST = 2_000
_SYSTEMD = Path("/run/systemd/system")
_UNITS_LIMIT_S = 1.0
Times = Mapping[int, float]


def cpu_times(until: float) -> Times:
    """Return the seconds of processor time of every process so far, of as many as there is time for (monotonic seconds)."""
    return {one.pid: sum(one.info["cpu_times"][:2]) for one in _seen(("cpu_times",), until) if one.info["cpu_times"]}


def busiest(before: Times, window_s: float, until: float) -> tuple[tuple[ProcessUse, ...], bool]:
    """Return the processes that used most time since `before`, hold most memory, or have fewest descriptors left.

    The second answer is whether there was time for all of them until `until` (monotonic seconds).
    """
    uses = [_use(one, before, window_s) for one in _seen(("name", "cpu_times", "memory_info"), until)]
    by_memory = sorted(uses, key=lambda use: -use.rss_bytes)
    counted = {use.pid: _with_descriptors(use) for use in by_memory[:_COUNTED] if time.monotonic() < until}
    fullest = sorted(counted.values(), key=lambda use: -(use.fds or 0) / (use.fds_max or 1 << 30))[:_FULLEST]
    by_time = sorted(uses, key=lambda use: -use.cpu_percent)[:_SHOWN]
    chosen = {use.pid: use for use in (*by_time, *by_memory[:_SHOWN], *fullest)}
    return tuple(counted.get(pid, use) for pid, use in chosen.items()), time.monotonic() < until


def _seen(attributes: tuple[str, ...], until: float) -> Iterator[psutil.Process]:
    for number, one in enumerate(psutil.process_iter(list(attributes))):
        if number >= _MOST or time.monotonic() >= until:
            return
        yield one


def _use(one: psutil.Process, before: Times, window_s: float) -> ProcessUse:
    times, memory = one.info["cpu_times"], one.info["memory_info"]
    spent = sum(times[:2]) - before.get(one.pid, 0.0) if times and one.pid in before else 0.0
    return ProcessUse(
        pid=one.pid,
        name=one.info["name"] or "",
        cpu_percent=round(100 * max(0.0, spent) / window_s, 1) if window_s else 0.0,
        rss_bytes=memory.rss if memory else 0,
    )


def _with_descriptors(use: ProcessUse) -> ProcessUse:
    """Return the process with its open descriptors, where we may look."""
    try:
        process = psutil.Process(use.pid)
        limit = resource.prlimit(use.pid, resource.RLIMIT_NOFILE)[0]
        return ProcessUse(
            pid=use.pid,
            name=use.name,
            cpu_percent=use.cpu_percent,
            rss_bytes=use.rss_bytes,
            fds=process.num_fds(),
            fds_max=limit if limit != resource.RLIM_INFINITY else None,
        )
    except (psutil.Error, OSError):
        return use


def failed_units() -> tuple[str, ...] | None:
    """Return the systemd units that failed; None where systemd does not run or does not say."""
    program = shutil.which("systemctl")
    if program is None or not _SYSTEMD.is_dir():
        return None
    try:
        done = subprocess.run(  # noqa: S603 (a fixed command, no shell)
            [program, "list-units", "--state=failed", "--plain", "--no-legend", "--no-pager"],
            capture_output=True,
            check=False,
            text=True,
            timeout=_UNITS_LIMIT_S,
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
    return (
        tuple(line.split()[0] for line in done.stdout.splitlines() if line.split())[:20]
        if not done.returncode
        else None
    )
