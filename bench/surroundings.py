"""What figures depend on: how long the disk takes to keep a promise, what the database promises, what processes occupy."""

from __future__ import annotations

import os
import statistics
import time
from collections.abc import Sequence
from pathlib import Path

import psutil
from sqlalchemy import text

from tocsin.store.sql.engine import Engines, parse_url

ASKED = {
    "sqlite": ("PRAGMA journal_mode", "PRAGMA synchronous", "PRAGMA wal_autocheckpoint"),
    "postgresql": ("SHOW fsync", "SHOW synchronous_commit", "SHOW full_page_writes", "SHOW server_version"),
}


def fsync_ms(folder: Path, times: int = 200) -> dict[str, float]:
    """Return how long it takes to write a page and see it kept, in milliseconds."""
    path = folder / "fsync.probe"
    took = []
    descriptor = os.open(path, os.O_CREAT | os.O_WRONLY)
    try:
        for number in range(times):
            os.pwrite(descriptor, b"x" * 4096, number * 4096)
            began = time.perf_counter()
            os.fsync(descriptor)
            took.append((time.perf_counter() - began) * 1000)
    finally:
        os.close(descriptor)
        path.unlink()
    took.sort()
    return {"p50": round(statistics.median(took), 3), "p99": round(took[int(times * 0.99) - 1], 3)}


def settings_of(url: str) -> dict[str, str]:
    """Return the database's settings as a writing connection of ours sees them."""
    engines = Engines(parse_url(url))
    try:
        with engines.writing() as connection:
            asked = ASKED[connection.dialect.name]
            return {what.partition(" ")[2]: str(connection.execute(text(what)).scalar()) for what in asked}
    finally:
        engines.close()


def rss_mib(pids: Sequence[int]) -> float:
    """Return what processes and their children hold in memory, summed, in MiB."""
    every = {child for pid in pids for child in [psutil.Process(pid), *psutil.Process(pid).children(recursive=True)]}
    return round(sum(process.memory_info().rss for process in every) / (1 << 20), 1)
