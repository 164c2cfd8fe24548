"""What the machine says about itself. Load alone never confirms a cause: a busy machine may be doing its job."""

from __future__ import annotations

from collections.abc import Iterable

from tocsin.domain.diagnosis.check import check
from tocsin.domain.diagnosis.facts import Bundle, HostFacts
from tocsin.domain.diagnosis.findings import Finding, Verdict, graded, weigh
from tocsin.domain.diagnosis.look import Look
from tocsin.domain.diagnosis.symptoms import starved as starved_service

_CPU = (85.0, 95.0)
_LOAD_PER_CORE = 2.0
_CPU_PRESSURE = 50.0
_MEMORY = (90.0, 98.0)
_MEMORY_PRESSURE = 5.0
_DISK = (90.0, 98.0)
_HALF_FULL = 60.0
_LITTLE_BYTES = 5 * 1024**3
_DESCRIPTORS = (0.9, 0.97)
_GIB = 1024**3


def _host(bundle: Bundle) -> Iterable[HostFacts]:
    return bundle.host


@check("host.cpu", _host, "85 and 95 %, load of 2 a core: netdata; CPU pressure of 50 % over a minute: ours")
def cpu(facts: HostFacts, look: Look) -> Finding | None:
    """See whether work waits for the processor."""
    if facts.cpu_percent is None:
        return None
    starved = next((max(one.some_avg10, one.some_avg60) for one in facts.pressure if one.resource == "cpu"), None)
    load = facts.load_1 or 0.0
    verdict: Verdict = graded(facts.cpu_percent, *_CPU)
    if verdict == "critical" and load / facts.cores < _LOAD_PER_CORE and (starved or 0.0) < _CPU_PRESSURE:
        verdict = "warn"
    observed = f"{facts.cpu_percent:.0f} % of {facts.cores} cores, load {load:.1f}"
    observed += f", {starved:.0f} % of the time with work waiting" if starved is not None else ""
    strength = {"critical": 2.0, "warn": 0.7}.get(verdict, 0.0)
    felt = starved_service(look) if verdict == "critical" and (starved or 0.0) >= _CPU_PRESSURE else ""
    supports = (weigh("host_saturation", 5.0, "decisive", f"{observed}, and {felt}"),) if felt else ()
    return Finding(
        verdict=verdict,
        observed=observed,
        expected=f"under {_CPU[0]:g} %",
        threshold=f"warn {_CPU[0]:g} %, critical {_CPU[1]:g} % with a load of {_LOAD_PER_CORE:g} a core",
        reproduce="uptime; cat /proc/pressure/cpu; top -bn1 | head -20",
        supports=supports or ((weigh("host_saturation", strength, because=observed),) if strength else ()),
        refutes=() if strength else (weigh("host_saturation", 1.5, because=observed),),
    )


@check("host.memory", _host, "90 and 98 %: netdata; full memory pressure of 5 %: ours")
def memory(facts: HostFacts, _look: Look) -> Finding | None:
    """See whether memory is left."""
    if not facts.memory_total_bytes or facts.memory_available_bytes is None:
        return None
    used = 100.0 * (1.0 - facts.memory_available_bytes / facts.memory_total_bytes)
    stalled = next((one.full_avg10 for one in facts.pressure if one.resource == "memory"), 0.0)
    verdict: Verdict = "critical" if stalled >= _MEMORY_PRESSURE else graded(used, *_MEMORY)
    observed = f"{used:.0f} % used, {facts.memory_available_bytes / _GIB:.1f} GiB available"
    strength = {"critical": 3.0, "warn": 0.8}.get(verdict, 0.0)
    return Finding(
        verdict=verdict,
        observed=observed,
        expected=f"under {_MEMORY[0]:g} %",
        threshold=f"warn {_MEMORY[0]:g} %, critical {_MEMORY[1]:g} %",
        reproduce="free -m; cat /proc/pressure/memory",
        supports=(weigh("host_saturation", strength, because=f"memory: {observed}"),) if strength else (),
        refutes=() if strength else (weigh("host_saturation", 1.0, because=f"memory: {observed}"),),
    )


@check("host.disk", _host, "90 %, and 98 % with under 5 GB free: netdata")
def disk(facts: HostFacts, _look: Look) -> Finding | None:
    """Find the fullest file system."""
    disks = [one for one in facts.disks if not one.read_only]  # an image that is always full is no disk that fills
    if not disks:
        return None
    fill = {one.mount: one.used_percent for one in disks}
    worst = max(disks, key=lambda one: fill[one.mount])
    verdict = graded(fill[worst.mount], *_DISK)
    if verdict == "critical" and worst.free_bytes >= _LITTLE_BYTES:
        verdict = "warn"
    observed = f"{worst.mount} is {fill[worst.mount]:.0f} % full, {worst.free_bytes / _GIB:.1f} GiB free"
    full = (
        weigh("disk_full", 5.0, "decisive", observed)
        if verdict == "critical"
        else weigh("disk_full", 0.7, because=observed)
    )
    return Finding(
        verdict=verdict,
        observed=observed,
        expected=f"under {_DISK[0]:g} %",
        threshold=f"warn {_DISK[0]:g} %, critical {_DISK[1]:g} %",
        reproduce="df -h; df -i",
        evidence=tuple(
            f"{one.mount} {one.used_percent:.0f} %, inodes {one.inodes_percent or 0.0:.0f} %" for one in facts.disks
        ),
        supports=() if verdict == "ok" else (full,),
        refutes=(weigh("disk_full", 2.5, because=observed),) if fill[worst.mount] < _HALF_FULL else (),
    )


@check("host.fds", _host, "90 % of the system's descriptors: netdata")
def fds(facts: HostFacts, _look: Look) -> Finding | None:
    """Compare open descriptors with the system's limit."""
    if not facts.fds_max or facts.fds_used is None:
        return None
    ratio = facts.fds_used / facts.fds_max
    verdict = graded(ratio, *_DESCRIPTORS)
    observed = f"{facts.fds_used} of {facts.fds_max} descriptors open"
    return Finding(
        verdict=verdict,
        observed=observed,
        expected=f"under {_DESCRIPTORS[0]:.0%}",
        reproduce="cat /proc/sys/fs/file-nr",
        supports=() if verdict == "ok" else (weigh("host_saturation", 2.0, because=observed),),
    )
