"""What happened to a machine: disks that fill or lock, kills for memory, failed units, its clock, a restart."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import pairwise

from tocsin.domain.diagnosis.check import check
from tocsin.domain.diagnosis.facts import Bundle, Disk, HostFacts
from tocsin.domain.diagnosis.findings import Finding, graded, weigh
from tocsin.domain.diagnosis.history import changed_words, series, slope_per_s
from tocsin.domain.diagnosis.look import Look

_HOURS_LEFT = (8.0, 2.0)
_HALF_FULL, _ENOUGH_LOOKS = 60.0, 3
_INODES = (90.0, 98.0)
_SKEW_S = (0.05, 1.0)
_JUST_S = 600.0
_HOUR_S = 3600.0
_MIB = 1024 * 1024


def _host(bundle: Bundle) -> Iterable[HostFacts]:
    return bundle.host


def _with_disks(bundle: Bundle) -> Iterable[HostFacts]:
    return (one for one in bundle.host if one.disks)


@check("host.disk_fill", _with_disks, "8 and 2 h until it is full: netdata; over three looks, past 60 %: ours")
def disk_fill(facts: HostFacts, look: Look) -> Finding | None:
    """Tell when a disk will be full, from several looks: one burst is no trend."""
    hours = {one.mount: left for one in facts.disks if (left := _hours_left(one, facts, look)) is not None}
    mount = min(hours, key=lambda one: hours[one], default="")
    if not mount:
        return Finding(verdict="ok", observed="no disk fills steadily", expected=f"over {_HOURS_LEFT[0]:g} h left")
    left = hours[mount]
    verdict = graded(-left, -_HOURS_LEFT[0], -_HOURS_LEFT[1])
    because = f"{mount} will be full in {left:.1f} h" if left >= 1 else f"{mount} will be full in {left * 60:.0f} min"
    sure = verdict == "critical"
    return Finding(
        verdict=verdict,
        observed=because,
        expected=f"over {_HOURS_LEFT[0]:g} h",
        threshold=f"warn {_HOURS_LEFT[0]:g} h, critical {_HOURS_LEFT[1]:g} h",
        reproduce=f"df {mount}; du -xsh {mount}/* | sort -h | tail",
        supports=(weigh("disk_full", 4.6 if sure else 1.5, "decisive" if sure else "supporting", because),)
        if verdict != "ok"
        else (),
    )


def _hours_left(one: Disk, facts: HostFacts, look: Look) -> float | None:
    """Return the hours until a disk is full, if it is more than half full and filled at every look."""
    points = series(look, facts.target, f"free:{one.mount}")[-10:]
    falls = all(after[1] < before[1] for before, after in pairwise(points))
    slope = slope_per_s(points)
    if one.read_only or one.used_percent < _HALF_FULL or len(points) < _ENOUGH_LOOKS or not falls or slope >= 0:
        return None
    return one.free_bytes / -slope / _HOUR_S


@check("host.inodes", _with_disks, "90 and 98 %: netdata")
def inodes(facts: HostFacts, _look: Look) -> Finding | None:
    """Find file systems that have room but no inodes for new files."""
    counted = [
        (one.inodes_percent, one.mount) for one in facts.disks if one.inodes_percent is not None and not one.read_only
    ]
    if not counted:
        return None
    percent, mount = max(counted)
    verdict = graded(percent, *_INODES)
    because = f"{mount} has used {percent:.0f} % of its inodes"
    sure = verdict == "critical"
    return Finding(
        verdict=verdict,
        observed=because,
        expected=f"under {_INODES[0]:g} %",
        reproduce=f"df -i {mount}",
        supports=(weigh("disk_full", 5.0 if sure else 0.7, "decisive" if sure else "supporting", because),)
        if verdict != "ok"
        else (),
    )


@check("host.read_only", _with_disks, "a file system that was writable at the last look: the kernel's answer to errors")
def read_only(facts: HostFacts, look: Look) -> Finding | None:
    """Find file systems that turned read-only."""
    turned = [name for name, was, now, _ in changed_words(look, facts.target, "mount:") if (was, now) == ("rw", "ro")]
    because = f"{turned[0]} has become read-only" if turned else ""
    return Finding(
        verdict="critical" if turned else "ok",
        observed=because or "none has turned read-only",
        expected="as at the last look",
        reproduce="grep ' ro[ ,]' /proc/mounts; dmesg | tail -50",
        supports=(weigh("data_corruption", 1.5, because=because), weigh("disk_full", 4.0, "decisive", because))
        if turned
        else (),
    )


@check("host.oom", _host, "any kill for memory while we looked or since the last look: netdata")
def oom(facts: HostFacts, look: Look) -> Finding | None:
    """See whether the kernel killed for memory."""
    if facts.oom_kills is None:
        return None
    counts = [value for _, value in series(look, facts.target, "oom_kills")]
    lately = max(facts.oom_kills_grew, int(counts[-1] - min(counts)))
    because = f"the kernel killed {lately} processes for memory since the first look"
    return Finding(
        verdict="critical" if lately else "ok",
        observed=because if lately else f"none lately, {facts.oom_kills} since the machine started",
        expected="none",
        reproduce="grep oom_kill /proc/vmstat; dmesg | grep -i 'killed process'",
        supports=(weigh("out_of_memory", 5.0, "decisive", because),) if lately else (),
        refutes=() if lately else (weigh("out_of_memory", 1.0, because="nothing was killed for memory lately"),),
    )


@check("host.units", _host, "any failed unit: netdata")
def units(facts: HostFacts, _look: Look) -> Finding | None:
    """List the systemd units that failed."""
    if facts.failed_units is None:
        return None
    ours = [one for one in facts.failed_units if facts.service and facts.service.lower() in one.lower()]
    because = f"{ours[0]} has failed" if ours else ""
    return Finding(
        verdict="critical" if ours else "warn" if facts.failed_units else "ok",
        observed=", ".join(facts.failed_units) or "no failed unit",
        expected="none",
        reproduce="systemctl --failed; journalctl -u UNIT -n 50",
        supports=(weigh("application_down", 3.0, because=because),) if ours else (),
    )


@check(
    "host.clock",
    _host,
    "0.05 s off: common exporter alert; 1 s: ours. Containers often cannot tell whether it is synchronised",
)
def clock(facts: HostFacts, _look: Look) -> Finding | None:
    """See whether the clock is right: signatures, tokens and certificates depend on it."""
    if facts.clock_offset_s is None:
        return None
    off = abs(facts.clock_offset_s)
    verdict = graded(off, *_SKEW_S)
    synced = "" if facts.clock_synced else ", not synchronised as far as the kernel knows"
    because = f"{off * 1000:.1f} ms off{synced}"
    return Finding(
        verdict=verdict,
        observed=because,
        expected=f"under {_SKEW_S[0] * 1000:g} ms off",
        reproduce="timedatectl; chronyc tracking",
        supports=(weigh("bad_configuration", 1.5, because=f"the clock is {because}"),) if verdict == "critical" else (),
    )


@check("host.restarted", _host, "10 min: ours")
def restarted(facts: HostFacts, _look: Look) -> Finding | None:
    """See whether the machine has just started."""
    if facts.uptime_s is None:
        return None
    late = facts.uptime_s < _JUST_S
    because = f"{facts.hostname or facts.target} started {facts.uptime_s / 60:.0f} min ago"
    return Finding(
        verdict="warn" if late else "ok",
        observed=because,
        expected=f"up for {_JUST_S / 60:g} min",
        reproduce="uptime -s; last -x reboot | head -3",
        supports=(weigh("application_down", 1.5, because=because),) if late else (),
    )
