"""What a machine runs out of: processor time, pressure, descriptors, tables, tasks."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from tocsin.domain.diagnosis.check import check
from tocsin.domain.diagnosis.facts import Bundle, HostFacts, Network, ProcessUse
from tocsin.domain.diagnosis.findings import Finding, graded, weigh
from tocsin.domain.diagnosis.look import Look
from tocsin.domain.diagnosis.symptoms import suffering

_PRESSURE: Mapping[str, tuple[float, float]] = {"cpu": (50.0, 80.0), "memory": (20.0, 40.0), "io": (40.0, 70.0)}
_IOWAIT, _STEAL = (40.0, 70.0), (10.0, 30.0)
_HOG = 0.5
_SWAP_PER_S = (1_000.0, 10_000.0)
_THROTTLED = (0.25, 0.50)
_TASKS = (0.90, 0.95)
_DESCRIPTORS = (0.90, 0.98)
_CONNTRACK, _PORTS = (0.90, 0.95), (0.80, 0.95)
_DROPS_PER_S = (1.0, 5.0)
_RESENT, _ENOUGH_SEGMENTS = (0.05, 0.20), 500
_CLOSE_WAIT = (1_000, 5_000)


def _host(bundle: Bundle) -> Iterable[HostFacts]:
    return bundle.host


def networks(bundle: Bundle) -> Iterable[HostFacts]:
    """Return machines whose network was seen."""
    return (one for one in bundle.host if one.network is not None)


@check(
    "host.pressure", _host, "some of cpu 50 %, memory 20 %, io 40 % over 10 s: ours, since nobody ships an alarm on it"
)
def pressure(facts: HostFacts, _look: Look) -> Finding | None:
    """Tell waiting for a resource from using it: only the first makes anybody slow."""
    if not facts.pressure:
        return None
    excess = {
        one.resource: one.some_avg10 / _PRESSURE[one.resource][0] for one in facts.pressure if one.resource in _PRESSURE
    }
    worst = max(facts.pressure, key=lambda one: excess.get(one.resource, 0.0))
    verdict = graded(worst.some_avg10, *_PRESSURE.get(worst.resource, (101.0, 101.0)))
    because = f"work waited for {worst.resource} in {worst.some_avg10:.0f} % of the last 10 s"
    strength = {"warn": 0.5, "critical": 1.0}.get(verdict, 0.0)
    return Finding(
        verdict="warn" if verdict == "critical" else verdict,
        observed=because,
        expected=f"under {_PRESSURE.get(worst.resource, (50.0,))[0]:g} %",
        reproduce="cat /proc/pressure/*",
        evidence=tuple(f"{one.resource}: some {one.some_avg10} full {one.full_avg10}" for one in facts.pressure),
        supports=(weigh("host_saturation", strength, because=because),) if strength else (),
        refutes=(weigh("host_saturation", 1.0, because=because),) if max(excess.values(), default=1.0) < _HOG else (),
    )


@check("host.iowait", _host, "40 %: netdata; 70 %: ours")
def iowait(facts: HostFacts, _look: Look) -> Finding | None:
    """See whether the processor waits for disks."""
    return _share(facts.iowait_percent, _IOWAIT, "of the time went by waiting for disks", "iostat -x 1 3")


@check("host.steal", _host, "10 %: netdata; 30 %: ours")
def steal(facts: HostFacts, _look: Look) -> Finding | None:
    """See whether the hypervisor gives our processor to others."""
    return _share(facts.steal_percent, _STEAL, "of the time was taken by other machines", "vmstat 1 3")


def _share(percent: float | None, lines: tuple[float, float], words: str, command: str) -> Finding | None:
    if percent is None:
        return None
    verdict = graded(percent, *lines)
    because = f"{percent:.0f} % {words}"
    strength = {"warn": 1.0, "critical": 2.0}.get(verdict, 0.0)
    return Finding(
        verdict=verdict,
        observed=because,
        expected=f"under {lines[0]:g} %",
        reproduce=command,
        supports=(weigh("host_saturation", strength, because=because),) if strength else (),
    )


@check("host.hog", _host, "half of all cores taken by processes of one name: ours")
def hog(facts: HostFacts, _look: Look) -> Finding | None:
    """Name who takes the processor."""
    if not facts.processes:
        return None
    by_name: dict[str, float] = {}
    for one in facts.processes:
        by_name[one.name] = by_name.get(one.name, 0.0) + one.cpu_percent
    name = max(by_name, key=lambda key: by_name[key])
    share = by_name[name] / (100 * facts.cores)
    because = f"{name} takes {by_name[name]:.0f} % of {facts.cores} cores"
    return Finding(
        verdict="warn" if share >= _HOG else "ok",
        observed=because,
        expected=f"under {_HOG:.0%} of all cores",
        reproduce="top -bn1 | head -20",
        evidence=tuple(f"pid {one.pid} {one.name}: {one.cpu_percent:.0f} %" for one in facts.processes[:5]),
        supports=(weigh("host_saturation", 0.5, because=because),) if share >= _HOG else (),
    )


@check("host.swap", _host, "1 000 and 10 000 pages a second: ours")
def swap(facts: HostFacts, _look: Look) -> Finding | None:
    """See whether memory is fetched from the disk."""
    if not facts.window_s or facts.swap_total_bytes is None:
        return None
    rate = facts.swap_pages_grew / facts.window_s
    verdict = graded(rate, *_SWAP_PER_S)
    because = f"{rate:.0f} pages a second go to or come from swap"
    return Finding(
        verdict=verdict,
        observed=because,
        expected=f"under {_SWAP_PER_S[0]:g} a second",
        reproduce="vmstat 1 3",
        supports=(weigh("host_saturation", 2.0, because=because),) if verdict != "ok" else (),
    )


@check("host.throttled", _host, "25 %: common container alert; 50 %: ours")
def throttled(facts: HostFacts, _look: Look) -> Finding | None:
    """See whether the control group's CPU limit stops work."""
    if facts.throttled_ratio is None:
        return None
    verdict = graded(facts.throttled_ratio, *_THROTTLED)
    because = f"the CPU limit stopped work in {facts.throttled_ratio:.0%} of periods"
    return Finding(
        verdict=verdict,
        observed=because,
        expected=f"under {_THROTTLED[0]:.0%}",
        reproduce="cat /sys/fs/cgroup/cpu.stat",
        supports=(weigh("host_saturation", 2.5, because=because),) if verdict != "ok" else (),
    )


@check("host.tasks", _host, "90 and 95 % of pid_max: netdata")
def tasks(facts: HostFacts, _look: Look) -> Finding | None:
    """Compare running processes with the most there may be."""
    if not facts.tasks_max or facts.tasks is None:
        return None
    verdict = graded(facts.tasks / facts.tasks_max, *_TASKS)
    because = f"{facts.tasks} of {facts.tasks_max} processes"
    return Finding(
        verdict=verdict,
        observed=because,
        expected=f"under {_TASKS[0]:.0%}",
        reproduce="ls -d /proc/[0-9]* | wc -l; cat /proc/sys/kernel/pid_max",
        supports=(weigh("host_saturation", 3.5, because=because),) if verdict != "ok" else (),
    )


@check("host.process_fds", _host, "95 % for one process: netdata; 90 and 98 %: ours")
def process_fds(facts: HostFacts, look: Look) -> Finding | None:
    """Find a process that has used up its own descriptors."""
    counted = [one for one in facts.processes if one.fds is not None and one.fds_max]
    if not counted:
        return None
    worst = max(counted, key=_descriptors)
    verdict = graded(_descriptors(worst), *_DESCRIPTORS)
    because = f"{worst.name} (pid {worst.pid}) has {worst.fds} of {worst.fds_max} descriptors open"
    sure = verdict == "critical" and bool(suffering(look))
    return Finding(
        verdict=verdict,
        observed=because,
        expected=f"under {_DESCRIPTORS[0]:.0%}",
        reproduce=f"ls /proc/{worst.pid}/fd | wc -l; grep 'open files' /proc/{worst.pid}/limits",
        supports=(weigh("descriptor_exhaustion", 5.0 if sure else 2.0, "decisive" if sure else "supporting", because),)
        if verdict != "ok"
        else (),
    )


def _descriptors(one: ProcessUse) -> float:
    return (one.fds or 0) / (one.fds_max or 1)


@check("host.conntrack", networks, "90 and 95 %: netdata")
def conntrack(facts: HostFacts, _look: Look) -> Finding | None:
    """Compare tracked connections with the table's size."""
    one = facts.network
    if one is None or not one.conntrack_max or one.conntrack is None:
        return None
    verdict = graded(one.conntrack / one.conntrack_max, *_CONNTRACK)
    because = f"{one.conntrack} of {one.conntrack_max} connections tracked"
    sure = verdict == "critical"
    return Finding(
        verdict=verdict,
        observed=because,
        expected=f"under {_CONNTRACK[0]:.0%}",
        reproduce="sysctl net.netfilter.nf_conntrack_count net.netfilter.nf_conntrack_max",
        supports=(weigh("network_exhaustion", 4.5 if sure else 2.0, "decisive" if sure else "supporting", because),)
        if verdict != "ok"
        else (),
    )


@check("host.ports", networks, "80 and 95 % of the ports for outgoing connections: ours")
def ports(facts: HostFacts, _look: Look) -> Finding | None:
    """Compare sockets in use or in TIME_WAIT with the ports there are."""
    one = facts.network
    if one is None or not one.ports:
        return None
    verdict = graded((one.time_wait + one.established) / one.ports, *_PORTS)
    because = f"{one.time_wait} sockets in TIME_WAIT and {one.established} open, for {one.ports} ports"
    return Finding(
        verdict=verdict,
        observed=because,
        expected=f"under {_PORTS[0]:.0%}",
        reproduce="ss -s; sysctl net.ipv4.ip_local_port_range",
        supports=(weigh("network_exhaustion", 3.5, because=because),) if verdict != "ok" else (),
    )


@check("host.listen_drops", networks, "1 and 5 a second: netdata")
def listen_drops(facts: HostFacts, look: Look) -> Finding | None:
    """See whether connections are dropped because nobody accepts them in time."""
    rate = _rate(facts, facts.network.listen_drops_grew if facts.network else 0)
    verdict = graded(rate, *_DROPS_PER_S)
    because = f"{rate:.1f} connections a second were dropped from a full listen queue"
    sure = verdict == "critical" and bool(suffering(look))
    return Finding(
        verdict=verdict,
        observed=because,
        expected=f"under {_DROPS_PER_S[0]:g} a second",
        reproduce="nstat -az TcpExtListenOverflows TcpExtListenDrops; ss -lnt",
        supports=(
            weigh("network_exhaustion", 4.0 if sure else 1.5, because=because),
            weigh("traffic_spike", 0.5, because=because),
        )
        if verdict != "ok"
        else (),
    )


@check("host.retransmits", networks, "5 and 20 % of at least 500 segments: ours")
def retransmits(facts: HostFacts, _look: Look) -> Finding | None:
    """See whether the network loses what we send."""
    one = facts.network or Network()
    ratio = one.retransmits_grew / one.segments_grew if one.segments_grew >= _ENOUGH_SEGMENTS else 0.0
    verdict = graded(ratio, *_RESENT)
    because = f"{ratio:.1%} of {one.segments_grew} segments were sent again"
    return Finding(
        verdict=verdict,
        observed=because,
        expected=f"under {_RESENT[0]:.0%}",
        reproduce="nstat -az TcpRetransSegs TcpOutSegs",
        supports=(weigh("network_exhaustion", 2.0, because=because),) if verdict != "ok" else (),
    )


@check("host.close_wait", networks, "1 000 and 5 000 sockets: ours")
def close_wait(facts: HostFacts, _look: Look) -> Finding | None:
    """Find sockets that the other side closed and ours never did: a leak of descriptors."""
    count = facts.network.close_wait if facts.network else 0
    verdict = graded(count, *_CLOSE_WAIT)
    because = f"{count} sockets in CLOSE_WAIT"
    return Finding(
        verdict=verdict,
        observed=because,
        expected=f"under {_CLOSE_WAIT[0]}",
        reproduce="ss -tan state close-wait | wc -l",
        supports=(weigh("descriptor_exhaustion", 2.0, because=because),) if verdict != "ok" else (),
    )


def _rate(facts: HostFacts, grew: int) -> float:
    return grew / facts.window_s if facts.window_s else 0.0
