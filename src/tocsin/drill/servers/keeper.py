"""A process that outlives its parent by a moment, to end the servers a killed Python could not end itself.

It reads lines from stdin: `+PID CREATED` or `+FILE` to watch, the same with `-` to forget. A FILE is a pid file's
absolute path, read only at the end, since its process may have been replaced; it is JSON with `pid`, `created` and
perhaps `replacing`, the same of the process being replaced. When stdin closes, because the parent ended however it
ended, everything still watched is killed with its process group.
"""

from __future__ import annotations

import contextlib
import json
import os
import signal
import sys
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

import psutil

# Creation times are told from the wall clock, which may be stepped a little between two readings.
_CLOCK_STEP_S = 2.0


def watched(lines: Iterable[str]) -> set[str]:
    """Return what is still watched after `lines`."""
    entries: set[str] = set()
    for line in lines:
        sign, entry = line[:1], line[1:].strip()
        if sign == "+":
            entries.add(entry)
        else:
            entries.discard(entry)
    return entries


def named(noted: Mapping[str, Any]) -> list[str]:
    """Return the entries `PID CREATED` that a pid file's JSON means."""
    return [f"{one['pid']} {one['created']}" for one in (noted, noted.get("replacing")) if one]


def processes(entries: Iterable[str]) -> Iterator[psutil.Process]:
    """Yield the processes that `entries` mean, leaving out those that ended and those whose pid is now another's."""
    for entry in entries:
        with contextlib.suppress(OSError, ValueError, KeyError):
            noted = named(json.loads(Path(entry).read_text())) if entry.startswith("/") else [entry]
            yield from filter(None, map(_process, noted))


def _process(entry: str) -> psutil.Process | None:
    pid, created = entry.split()
    try:
        process = psutil.Process(int(pid))
        return process if abs(process.create_time() - float(created)) < _CLOCK_STEP_S else None
    except psutil.NoSuchProcess:
        return None


def main() -> None:
    """Watch until the parent is gone, then kill what it left."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is the parent's to handle; its end is what we wait for
    left = watched(sys.stdin)
    for process in processes(left):
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(process.pid, signal.SIGKILL)


if __name__ == "__main__":
    main()
