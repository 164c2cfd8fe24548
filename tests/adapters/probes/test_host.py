from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

from tocsin.adapters.probes.host import Host, processes
from tocsin.domain.diagnosis.targets import Target

NOW = datetime(2026, 3, 15, 14, 3, tzinfo=UTC)


def test_this_machine_tells_its_load_memory_disks_and_descriptors() -> None:
    facts = Host(lambda: NOW).collect(
        Target(name="here", kind="host", options={"mounts": ["/"], "sample_s": 0.05}), 1.0
    )

    assert facts.at == NOW
    assert facts.cores >= 1
    assert 0.0 <= (facts.cpu_percent or 0.0) <= 100.0
    assert (facts.memory_available_bytes or 0) <= (facts.memory_total_bytes or 0)
    assert [disk.mount for disk in facts.disks] == ["/"]
    assert facts.fds_max
    assert facts.took_s < 1.0


def test_a_mount_that_does_not_exist_is_left_out() -> None:
    facts = Host(lambda: NOW).collect(
        Target(name="here", kind="host", options={"mounts": ["/no/such"], "sample_s": 0.0}), 1.0
    )

    assert facts.disks == ()


def test_two_looks_tell_what_grew_and_who_used_the_machine() -> None:
    facts = Host(lambda: NOW).collect(
        Target(name="here", kind="host", options={"sample_s": 0.05, "mounts": ["/"]}), 1.0
    )

    assert facts.window_s >= 0.05
    assert facts.network is not None
    assert facts.network.ports
    assert facts.oom_kills is not None
    assert facts.disks[0].inodes_free
    assert facts.disks[0].read_only in {True, False}
    assert {one.name for one in facts.processes}
    assert any(one.fds and one.fds_max for one in facts.processes)
    assert facts.tasks
    assert facts.uptime_s


def test_the_kernels_own_limits_and_disks_are_read() -> None:
    facts = Host(lambda: NOW).collect(Target(name="here", kind="host", options={"sample_s": 0.05}), 1.0)

    network = facts.network
    assert network is not None
    assert network.orphans is not None
    assert network.orphans_max
    assert 0 <= (network.tcp_pages or 0) < (network.tcp_pages_max or 0)
    assert (network.tcp_pages_pressure or 0) <= (network.tcp_pages_max or 0)
    assert network.softnet_drops_grew is not None
    named = (line.split()[2] for line in Path("/proc/diskstats").read_text().splitlines())
    disks = {name for name in named if not name.startswith(("loop", "ram", "zram"))}
    assert {one.name for one in facts.devices} == disks
    assert all(min(one.reads_grew, one.writes_grew, one.busy_ms_grew) >= 0 for one in facts.devices)


def test_processes_that_there_is_no_time_for_are_left_out_and_said_so() -> None:
    """A machine without a processor to spare is what this probe has to tell of: it must not come too late with it."""
    uses, whole = processes.busiest(processes.cpu_times(0.0), 1.0, 0.0)

    assert (uses, whole) == ((), False)
