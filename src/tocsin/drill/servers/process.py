"""One server process: its own process group, a log, a time limit on readiness, and a sure end."""

from __future__ import annotations

import atexit
import contextlib
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from functools import cache
from pathlib import Path

import psutil

_SOURCE_ROOT = Path(__file__).resolve().parents[3]
_POLL_S = 0.02
_LOG_TAIL = 2000


class ServerError(Exception):
    """A server did not start, or did not stop."""


class Process:
    """A child process that this Python starts and ends; `log` receives everything it prints."""

    def __init__(self, argv: Sequence[str], log: Path) -> None:
        self._argv = list(argv)
        self.log = log
        self._child: subprocess.Popen[bytes] | None = None
        self._watched = ""

    @property
    def pid(self) -> int:
        """The process id.

        Raises:
            ServerError: it is not running.
        """
        if self._child is None:
            raise ServerError(f"{self._argv[0]} is not running")
        return self._child.pid

    def start(self, ready: Callable[[], bool], *, limit_s: float = 15.0) -> None:
        """Start and wait until `ready()`.

        Raises:
            ServerError: it ended first, or was not ready within `limit_s` seconds; it has been ended.
        """
        self.log.parent.mkdir(parents=True, exist_ok=True)
        with self.log.open("ab") as out:
            self._child = subprocess.Popen(  # noqa: S603 (arguments are ours, no shell)
                self._argv,
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=out,
                env=clean_environment(),
                start_new_session=True,
            )
        self._watched = watch_process(self._child.pid)
        atexit.register(self.kill)
        deadline = time.monotonic() + limit_s
        while not ready():
            ended = self._child.poll()
            if ended is not None or time.monotonic() > deadline:
                self.kill()
                why = f"was not ready within {limit_s} s" if ended is None else f"ended with {ended}"
                raise ServerError(f"{self._argv[0]} {why}; its log ends:\n{self._log_tail()}")
            time.sleep(_POLL_S)

    def stop(self, *, how: signal.Signals = signal.SIGTERM, limit_s: float = 5.0) -> None:
        """Ask it to end by the signal `how`; kill its process group when it has not within `limit_s` seconds."""
        if self._child is not None and self._child.poll() is None:
            self._child.send_signal(how)
            with contextlib.suppress(subprocess.TimeoutExpired):
                self._child.wait(limit_s)
        self.kill()

    def kill(self) -> None:
        """End it and its process group at once (SIGKILL); nothing happens when it is not running."""
        child, self._child = self._child, None
        if child is None:
            return
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(child.pid, signal.SIGKILL)
        child.wait(5)
        forget(self._watched)
        atexit.unregister(self.kill)

    def _log_tail(self) -> str:
        return self.log.read_text(errors="replace")[-_LOG_TAIL:]


def clean_environment() -> dict[str, str]:
    """Return an environment with nothing of the caller's in it (no secrets, no PG… defaults) that can import this code."""
    return {"PATH": os.defpath, "LC_ALL": "C.UTF-8", "PYTHONPATH": str(_SOURCE_ROOT), "PYTHONUNBUFFERED": "1"}


def watch_process(pid: int) -> str:
    """Have the keeper kill `pid` and its process group should this Python end without doing so; return what to `forget`."""
    try:
        entry = f"{pid} {psutil.Process(pid).create_time()}"
    except psutil.NoSuchProcess:  # it ended at once; who waits for its readiness will say so
        return ""
    return watch(entry)


def watch(entry: str) -> str:
    """Have the keeper end what `entry` means (a pid file's absolute path, or see keeper.py); return `entry`."""
    _tell(f"+{entry}")
    return entry


def forget(entry: str) -> None:
    """Tell the keeper that `entry` has been ended."""
    if entry:
        _tell(f"-{entry}")


def await_end(processes: Sequence[psutil.Process], *, limit_s: float) -> list[psutil.Process]:
    """Wait `limit_s` seconds at most for `processes` to end, reaped or not; return those that run still."""
    deadline = time.monotonic() + limit_s
    left = [process for process in processes if _runs(process)]
    while left and time.monotonic() < deadline:
        time.sleep(_POLL_S)
        left = [process for process in left if _runs(process)]
    return left


def _runs(process: psutil.Process) -> bool:
    try:
        return bool(process.is_running() and process.status() != psutil.STATUS_ZOMBIE)
    except psutil.NoSuchProcess:
        return False


def write_pid_file(path: Path, pid: int, **more: object) -> None:
    """Write a pid file that a later process cannot be mistaken for: the pid and when its process was created."""
    noted = {"pid": pid, "created": psutil.Process(pid).create_time(), **more}
    fresh = path.with_suffix(".new")
    fresh.write_text(json.dumps(noted))
    fresh.replace(path)


def _tell(line: str) -> None:
    pipe = _keeper(os.getpid()).stdin
    if pipe is not None:
        with contextlib.suppress(BrokenPipeError):
            pipe.write(f"{line}\n".encode())


@cache
def _keeper(_parent: int) -> subprocess.Popen[bytes]:
    """Start this process's keeper, once; a fork gets its own."""
    keeper = subprocess.Popen(
        [sys.executable, "-m", "tocsin.drill.servers.keeper"],
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        bufsize=0,
        env=clean_environment(),
        start_new_session=True,
    )
    atexit.register(_dismiss, keeper)
    return keeper


def _dismiss(keeper: subprocess.Popen[bytes]) -> None:
    if keeper.stdin is not None:
        keeper.stdin.close()
    keeper.wait(10)
