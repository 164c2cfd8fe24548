"""The machine: disks and the processor."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from bench.faultlab.scenario import fault, near_miss
from bench.faultlab.traffic import traffic
from bench.faultlab.world import RPS, Case, World, http, metrics, settle
from tocsin.domain.diagnosis.targets import Target

MIB = 1024 * 1024
SIZE_MIB = 64


@contextmanager
def small_disk(world: World, used_mib: int) -> Iterator[Path]:
    """Mount a small file system that holds so much already; the run is in a mount namespace of its own."""
    where = world.folder / "disk"
    where.mkdir(exist_ok=True)
    subprocess.run(  # noqa: S603 (ours, no shell)
        [shutil.which("mount") or "mount", "-t", "tmpfs", "-o", f"size={SIZE_MIB}m", "tmpfs", str(where)],
        check=True,
        timeout=10,
    )
    try:
        (where / "data").write_bytes(b"x" * (used_mib * MIB))
        yield where
    finally:
        subprocess.run([shutil.which("umount") or "umount", "-l", str(where)], check=True, timeout=10)  # noqa: S603 (ours)


def host(where: Path) -> dict[str, Target | None]:
    return {"host": Target(name="host", kind="host", options={"mounts": [str(where)]})}


@contextmanager
def writer(where: Path, mib_per_s: float, most_mib: float) -> Iterator[None]:
    """Append to a log on the disk until the block ends."""
    over = threading.Event()

    def write() -> None:
        written = 0.0
        with (where / "log").open("ab", buffering=0) as log:
            while not over.wait(0.1) and written < most_mib:
                log.write(b"x" * int(mib_per_s * MIB / 10))
                written += mib_per_s / 10

    thread = threading.Thread(target=write, daemon=True)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()


@fault("disk_full")
def disk_is_full(world: World) -> Iterator[Case]:
    with small_disk(world, SIZE_MIB - 1) as where, traffic(world.shop.url, ["/orders"], RPS):
        settle(0.5)
        yield Case(targets=host(where))


@near_miss("disk_full")
def disk_is_well_used(world: World) -> Iterator[Case]:
    with small_disk(world, int(SIZE_MIB * 0.85)) as where, traffic(world.shop.url, ["/orders"], RPS):
        settle(0.5)
        yield Case(targets=host(where), looks=3)


@fault("disk_full")
def disk_fills(world: World) -> Iterator[Case]:
    with (
        small_disk(world, int(SIZE_MIB * 0.65)) as where,
        writer(where, 1.5, 18),
        traffic(world.shop.url, ["/orders"], RPS),
    ):
        settle(0.3)
        yield Case(targets=host(where), looks=4)


@near_miss("disk_full")
def one_burst_is_written(world: World) -> Iterator[Case]:
    with (
        small_disk(world, int(SIZE_MIB * 0.65)) as where,
        writer(where, 20.0, 8),
        traffic(world.shop.url, ["/orders"], RPS),
    ):
        settle(0.1)
        yield Case(targets=host(where), looks=4)


@contextmanager
def burning(count: int, nice: int) -> Iterator[None]:
    """Have processes use the processor as much as they can."""
    polite = ["nice", "-n", str(nice)] if nice else []
    hogs = [
        subprocess.Popen([*polite, sys.executable, "-c", "while True: pass"], start_new_session=True)  # noqa: S603 (ours)
        for _ in range(count)
    ]
    try:
        yield
    finally:
        for hog in hogs:
            hog.kill()
        for hog in hogs:
            hog.wait(5)


@fault("host_saturation")
def processor_is_hogged(world: World) -> Iterator[Case]:
    with world.running_shop() as shop:
        os.setpriority(os.PRIO_PROCESS, shop.pid, 19)
        group = Path(f"/proc/{shop.pid}/autogroup")
        if group.exists():  # sessions share the processor as groups do: the group has a niceness of its own
            group.write_text("19")
        with traffic(shop.url, ["/orders"], RPS, threads=8), burning(8 * (os.cpu_count() or 1), 0):
            settle(6.0)
            yield Case(targets={"shop": http("shop", shop.url), "metrics": metrics("m-hog", shop.url)})


@near_miss("host_saturation")
def processor_is_used_by_a_polite_job(world: World) -> Iterator[Case]:
    with traffic(world.shop.url, ["/orders"], RPS), burning(os.cpu_count() or 1, 19):
        settle(3.0)
        yield Case()
