"""Which processes of the shop run, told by a pid file that cannot mean another process by mistake."""

from __future__ import annotations

import contextlib
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psutil

from tocsin.drill.servers.keeper import named, processes
from tocsin.drill.servers.process import await_end


@dataclass(frozen=True, slots=True, kw_only=True)
class Running:
    """What a pid file says: a process, the version it runs, and the one it was replacing when the file was written."""

    noted: dict[str, Any]  # the file's JSON: pid, created, version, replacing

    @property
    def version(self) -> str:
        """The release it runs."""
        return str(self.noted["version"])

    @property
    def alive(self) -> bool:
        """Whether it runs still."""
        return any(True for _ in processes(named(self.noted)[:1]))


def read_pid_file(path: Path) -> Running | None:
    """Return what the pid file at `path` says, or None when there is none."""
    try:
        return Running(noted=json.loads(path.read_text()))
    except (FileNotFoundError, ValueError):
        return None


def ask_to_end(running: Running) -> list[psutil.Process]:
    """Ask `running`, and what it was replacing, to end; return the processes asked."""
    asked = list(processes(named(running.noted)))
    for process in asked:
        with contextlib.suppress(psutil.NoSuchProcess):
            process.terminate()
    return asked


def see_to_end(asked: list[psutil.Process], *, limit_s: float) -> None:
    """Wait for the processes `asked` to end, and kill those that have not within `limit_s` seconds."""
    stubborn = await_end(asked, limit_s=limit_s)
    for process in stubborn:
        with contextlib.suppress(psutil.NoSuchProcess):
            process.kill()
    await_end(stubborn, limit_s=limit_s)
