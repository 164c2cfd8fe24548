"""Small files of /proc and /sys, read as numbers; a file that is not there is an answer of None."""

from __future__ import annotations

import ctypes
import ctypes.util
from collections.abc import Iterator, Mapping
from pathlib import Path

_PROC = Path("/proc")
_CGROUPS = (Path("/sys/fs/cgroup/cpu.stat"), Path("/sys/fs/cgroup/cpu/cpu.stat"))
_STATES: Mapping[str, str] = {"01": "established", "06": "time_wait", "08": "close_wait"}
_UNSYNCED = 0x0040  # STA_UNSYNC of adjtimex(2)
_NANOSECONDS = 0x2000  # STA_NANO
_ERROR_STATE = 5  # TIME_ERROR


def number(path: str) -> int | None:
    """Return the only number in a file under /proc."""
    try:
        return int((_PROC / path).read_text("ascii").split()[0])
    except (OSError, ValueError, IndexError):
        return None


def vmstat() -> Mapping[str, int]:
    """Return the kernel's counters of pages and kills since the start."""
    try:
        lines = (_PROC / "vmstat").read_text("ascii").splitlines()
    except OSError:
        return {}
    return {name: int(value) for name, value in (line.split() for line in lines)}


def netstat() -> Mapping[str, int]:
    """Return the kernel's TCP counters (/proc/net/netstat and /proc/net/snmp), each under its own name."""
    found: dict[str, int] = {}
    for file in ("net/netstat", "net/snmp"):
        try:
            lines = (_PROC / file).read_text("ascii").splitlines()
        except OSError:
            continue
        for names, values in zip(lines[::2], lines[1::2], strict=False):
            if names.startswith(("TcpExt:", "Tcp:")):
                found |= dict(zip(names.split()[1:], map(int, values.split()[1:]), strict=False))
    return found


def sockets() -> Mapping[str, int]:
    """Count TCP sockets by the states that tell something."""
    counts = dict.fromkeys(_STATES.values(), 0)
    for line in _socket_lines():
        state = _STATES.get(line.split()[3])
        if state:
            counts[state] += 1
    return counts


def tcp_memory() -> Mapping[str, int]:
    """Return sockets that belong to no process, the pages that TCP holds, and the limits of both."""
    found: dict[str, int] = {}
    try:
        lines = (_PROC / "net/sockstat").read_text("ascii").splitlines()
        words = next((line.split()[1:] for line in lines if line.startswith("TCP:")), [])
        said = dict(zip(words[::2], map(int, words[1::2]), strict=False))
        found |= {
            ours: said[theirs] for ours, theirs in (("orphans", "orphan"), ("tcp_pages", "mem")) if theirs in said
        }
        _, pressure, most = (_PROC / "sys/net/ipv4/tcp_mem").read_text("ascii").split()
        found |= {"tcp_pages_pressure": int(pressure), "tcp_pages_max": int(most)}
    except (OSError, ValueError):
        pass  # what was read before counts
    most_orphans = number("sys/net/ipv4/tcp_max_orphans")
    return found if most_orphans is None else found | {"orphans_max": most_orphans}


def softnet_drops() -> int | None:
    """Return how many packets every processor dropped before it looked at them, since the start."""
    try:
        lines = (_PROC / "net/softnet_stat").read_text("ascii").splitlines()
        return sum(int(line.split()[1], 16) for line in lines)
    except (OSError, ValueError, IndexError):
        return None


def _socket_lines() -> Iterator[str]:
    for file in ("net/tcp", "net/tcp6"):
        try:
            with (_PROC / file).open(encoding="ascii") as lines:
                next(lines, None)
                yield from lines
        except OSError:
            continue


def local_ports() -> int | None:
    """Return how many ports outgoing connections may use."""
    try:
        low, high = (_PROC / "sys/net/ipv4/ip_local_port_range").read_text("ascii").split()
    except (OSError, ValueError):
        return None
    return int(high) - int(low) + 1


def throttling() -> tuple[int, int] | None:
    """Return (periods, throttled periods) of this control group, where it has a CPU limit."""
    for path in _CGROUPS:
        try:
            pairs = dict(line.split() for line in path.read_text("ascii").splitlines())
            return int(pairs["nr_periods"]), int(pairs["nr_throttled"])
        except (OSError, ValueError, KeyError):
            continue
    return None


class _Timex(ctypes.Structure):
    """The beginning of struct timex; the rest is room for the kernel to write to."""

    _fields_ = (
        ("modes", ctypes.c_uint),
        ("offset", ctypes.c_long),
        ("freq", ctypes.c_long),
        ("maxerror", ctypes.c_long),
        ("esterror", ctypes.c_long),
        ("status", ctypes.c_int),
        ("rest", ctypes.c_byte * 256),
    )


def clock() -> tuple[bool, float] | None:
    """Return whether the kernel holds its clock for synchronised, and by how many seconds it is off; reading only."""
    library = ctypes.CDLL(ctypes.util.find_library("c") or "libc.so.6", use_errno=True)
    timex = _Timex()
    try:
        state = library.adjtimex(ctypes.byref(timex))
    except AttributeError:  # a system without adjtimex
        return None
    if state < 0:
        return None
    unit = 1e-9 if timex.status & _NANOSECONDS else 1e-6
    return state != _ERROR_STATE and not timex.status & _UNSYNCED, timex.offset * unit
