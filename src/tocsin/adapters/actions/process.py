"""Runs one command without a shell: bounded in time and output, and ended with everything it started."""

from __future__ import annotations

import os
import selectors
import signal
import subprocess
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from io import BufferedReader

HEAD_BYTES = 16 * 1024
TAIL_BYTES = 48 * 1024
GRACE_S = 2.0
DRAIN_S = 0.5
POLL_S = 0.05
CHUNK = 65536


class CannotStartError(Exception):
    """The command could not be started; nothing was done."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ended:
    """How a command ended: its exit code, or None when its time was over and its group was killed.

    `output` is what it said on both streams, the middle left out where it is longer than 64 KiB.
    """

    code: int | None
    output: str


@dataclass(slots=True)
class _Kept:
    """The first and the last of a stream."""

    head: bytearray = field(default_factory=bytearray)
    tail: bytearray = field(default_factory=bytearray)
    dropped: int = 0

    def add(self, chunk: bytes) -> None:
        room = HEAD_BYTES - len(self.head)
        self.head += chunk[:room]
        self.tail += chunk[room:]
        surplus = len(self.tail) - TAIL_BYTES
        if surplus > 0:
            del self.tail[:surplus]
            self.dropped += surplus

    def text(self) -> str:
        middle = f"\n… {self.dropped} bytes left out …\n".encode() if self.dropped else b""
        return bytes(self.head + middle + self.tail).decode(errors="replace")


def run(argv: Sequence[str], *, cwd: str | None, env: Mapping[str, str], deadline_s: float) -> Ended:
    """Run `argv` with exactly `env`, nothing on standard input, for at most `deadline_s` seconds.

    What it leaves running after a good end stays; at the deadline its whole process group is ended.

    Raises:
        CannotStartError: no such program or folder, or not allowed.
    """
    try:
        process = subprocess.Popen(  # noqa: S603 (an argument list, from configuration, each value checked)
            list(argv),
            cwd=cwd,
            env=dict(env),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    except (OSError, ValueError) as error:
        raise CannotStartError(f"{argv[0]} could not be started: {error}") from error
    kept = _Kept()
    with process:
        stream = process.stdout
        if not isinstance(stream, BufferedReader):  # asked for as a pipe above
            raise TypeError("the command has no output pipe")
        in_time = _follow(process, stream, kept, time.monotonic() + deadline_s)
        if not in_time:
            _kill_group(process)
            _drain(stream, kept)
        stream.close()
    return Ended(code=process.returncode if in_time else None, output=kept.text())


def _follow(process: subprocess.Popen[bytes], stream: BufferedReader, kept: _Kept, until: float) -> bool:
    """Read until the command has ended (its children may keep the pipe open); False when its time is over first."""
    os.set_blocking(stream.fileno(), False)
    with selectors.DefaultSelector() as selector:
        selector.register(stream, selectors.EVENT_READ)
        reading = True
        while process.poll() is None:
            if time.monotonic() >= until:
                return False
            if not reading:
                time.sleep(POLL_S)
            elif selector.select(POLL_S):
                reading = _read(stream, kept)
                if not reading:
                    selector.unregister(stream)
    _drain(stream, kept)
    return True


def _read(stream: BufferedReader, kept: _Kept) -> bool:
    """Take what is there; False at the end of the stream."""
    chunk = stream.raw.read(CHUNK)
    if chunk:
        kept.add(chunk)
    return chunk != b""


def _drain(stream: BufferedReader, kept: _Kept) -> None:
    """Take what is still in the pipe, for a moment: a child left running may write for ever."""
    until = time.monotonic() + DRAIN_S
    while time.monotonic() < until:
        before = len(kept.head) + len(kept.tail) + kept.dropped
        if not _read(stream, kept) or len(kept.head) + len(kept.tail) + kept.dropped == before:
            return


def _kill_group(process: subprocess.Popen[bytes]) -> None:
    """Ask the command's process group to end, then make it.

    The group's id is the command's own pid; the command is not reaped before the last signal, so the id stays ours.
    """
    _signal_group(process.pid, signal.SIGTERM)
    until = time.monotonic() + GRACE_S
    while time.monotonic() < until:
        if os.waitid(os.P_PID, process.pid, os.WEXITED | os.WNOHANG | os.WNOWAIT) is not None:
            break
        time.sleep(POLL_S)
    _signal_group(process.pid, signal.SIGKILL)
    process.wait()


def _signal_group(group: int, number: signal.Signals) -> None:
    try:
        os.killpg(group, number)
    except ProcessLookupError:
        return
