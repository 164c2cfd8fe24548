"""Where the kernel gives up or makes wait: sockets nobody owns, TCP's memory, packets it had no time for, slow disks."""

from __future__ import annotations

from collections.abc import Iterable

from tocsin.domain.diagnosis.check import check
from tocsin.domain.diagnosis.checks.host_limits import networks
from tocsin.domain.diagnosis.facts import Bundle, Device, HostFacts
from tocsin.domain.diagnosis.findings import Finding, graded, weigh
from tocsin.domain.diagnosis.look import Look

_ORPHANS = (0.25, 0.50)
_TCP_FULL = 0.90
_LATENCY_S, _ENOUGH_OPERATIONS, _BUSY = 0.1, 3, 0.9


def _with_devices(bundle: Bundle) -> Iterable[HostFacts]:
    return (one for one in bundle.host if one.devices)


@check("host.tcp_orphans", networks, "25 and 50 % of tcp_max_orphans: netdata")
def tcp_orphans(facts: HostFacts, _look: Look) -> Finding | None:
    """Count sockets that no process holds any more; beyond the limit the kernel resets them."""
    one = facts.network
    if one is None or one.orphans is None or not one.orphans_max:
        return None
    verdict = graded(one.orphans / one.orphans_max, *_ORPHANS)
    because = f"{one.orphans} sockets belong to no process, of {one.orphans_max} that may"
    return Finding(
        verdict=verdict,
        observed=because,
        expected=f"under {_ORPHANS[0]:.0%}",
        reproduce="cat /proc/net/sockstat; sysctl net.ipv4.tcp_max_orphans",
        supports=(weigh("network_exhaustion", 2.0, because=because),) if verdict != "ok" else (),
    )


@check("host.tcp_memory", networks, "the kernel's own line of pressure, and 90 % of its limit: netdata")
def tcp_memory(facts: HostFacts, _look: Look) -> Finding | None:
    """Compare the memory of all TCP sockets with where the kernel begins to save, and with where it refuses."""
    one = facts.network
    if one is None or one.tcp_pages is None or not one.tcp_pages_pressure or not one.tcp_pages_max:
        return None
    verdict = graded(one.tcp_pages, one.tcp_pages_pressure, _TCP_FULL * one.tcp_pages_max)
    because = f"TCP holds {one.tcp_pages} pages; it saves from {one.tcp_pages_pressure} and has {one.tcp_pages_max}"
    sure = verdict == "critical"
    return Finding(
        verdict=verdict,
        observed=because,
        expected=f"under {one.tcp_pages_pressure} pages",
        reproduce="cat /proc/net/sockstat; sysctl net.ipv4.tcp_mem",
        supports=(weigh("network_exhaustion", 3.5 if sure else 1.5, because=because),) if verdict != "ok" else (),
    )


@check("host.softnet", networks, "any packet dropped before it was looked at while we watched: ours, after netdata")
def softnet(facts: HostFacts, _look: Look) -> Finding | None:
    """See whether packets come faster than the processor takes them."""
    one = facts.network
    if one is None or one.softnet_drops_grew is None:
        return None
    because = f"{one.softnet_drops_grew} packets were dropped unread within {facts.window_s:.0f} s"
    dropped = one.softnet_drops_grew > 0
    return Finding(
        verdict="warn" if dropped else "ok",
        observed=because,
        expected="none",
        reproduce="cat /proc/net/softnet_stat  # the second column of each processor",
        supports=(weigh("network_exhaustion", 1.0, because=because),) if dropped else (),
    )


@check(
    "host.disk_latency",
    _with_devices,
    "0.1 s an operation: awesome-prometheus-alerts; busy nine tenths of the time: ours",
)
def disk_latency(facts: HostFacts, _look: Look) -> Finding | None:
    """Find a disk that takes long for what it is asked, or is busy and finishes next to nothing."""
    asked = [one for one in facts.devices if one.reads_grew or one.writes_grew or _stuck(one, facts.window_s)]
    worst = max(asked, key=lambda one: (_stuck(one, facts.window_s), _latency_s(one)), default=None)
    if worst is None:
        return None
    stuck, latency_s = _stuck(worst, facts.window_s), _latency_s(worst)
    because = (
        f"{worst.name} was busy all the time and finished {worst.reads_grew + worst.writes_grew} operations"
        if stuck
        else f"{worst.name} took {latency_s * 1000:.0f} ms an operation"
    )
    slow = stuck or latency_s >= _LATENCY_S
    return Finding(
        verdict="warn" if slow else "ok",
        observed=because,
        expected=f"under {_LATENCY_S * 1000:g} ms",
        reproduce="iostat -x 1 3",
        supports=(weigh("host_saturation", 1.5 if stuck else 0.5, because=because),) if slow else (),
    )


def _latency_s(one: Device) -> float:
    """Return the seconds of a read or a write, whichever takes longer; one or two say nothing."""
    each = ((one.reads_grew, one.read_ms_grew), (one.writes_grew, one.write_ms_grew))
    return max((took / count / 1000 for count, took in each if count >= _ENOUGH_OPERATIONS), default=0.0)


def _stuck(one: Device, window_s: float) -> bool:
    few = one.reads_grew + one.writes_grew < _ENOUGH_OPERATIONS
    return few and window_s > 0 and one.busy_ms_grew >= _BUSY * window_s * 1000
