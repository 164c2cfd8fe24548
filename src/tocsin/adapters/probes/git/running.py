"""Git as a program that only reads: a fixed form of arguments, no shell, and no more of its words than there is room for."""

from __future__ import annotations

import os
import selectors
import shutil
import subprocess
import time

from tocsin.domain.diagnosis.redaction import excerpt

_CHUNK = 65_536
_MOST_SAID = 4_096
_END_S = 2.0
_OFF = (
    "core.quotePath=false",
    "core.hooksPath=/dev/null",
    "core.fsmonitor=false",
    "protocol.allow=never",
    "core.pager=cat",
    "gpg.program=false",
)
_ENVIRONMENT = {
    "PATH": os.defpath,
    "LC_ALL": "C.UTF-8",
    "HOME": "/nonexistent",
    "GIT_CONFIG_NOSYSTEM": "1",
    "GIT_CONFIG_GLOBAL": "/dev/null",
    "GIT_TERMINAL_PROMPT": "0",
    "GIT_NO_LAZY_FETCH": "1",
}


def git_log(path: str, arguments: list[str], *, limit_s: float, max_bytes: int) -> tuple[str, str]:
    """Return what `git log` wrote of the clone at `path`, and why it wrote no more where that is not all.

    Git is ended as soon as it has written `max_bytes`: what a large history holds beyond them is never read.
    """
    program = shutil.which("git")
    if program is None:
        return "", "git is not installed on the machine that Tocsin runs on"
    settings = [part for setting in _OFF for part in ("-c", setting)]
    fixed = ["--no-pager", "--no-optional-locks", "--literal-pathspecs", *settings, "-C", path, "log"]
    try:
        running = subprocess.Popen(  # noqa: S603 (a fixed program, arguments of a fixed form, no shell)
            [program, *fixed, *arguments],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env=_ENVIRONMENT,
        )
    except (OSError, ValueError) as error:
        return "", f"git: {error}"
    with running:
        try:
            written, said, over = _read(running, time.monotonic() + limit_s, max_bytes)
        finally:
            running.kill()
    if over:
        return written.decode("utf-8", "replace"), over
    code = running.returncode
    words = " ".join(said.decode("utf-8", "replace").split())
    return written.decode("utf-8", "replace"), excerpt(f"git ended with {code}: {words}") if code else ""


def _read(running: subprocess.Popen[bytes], until: float, max_bytes: int) -> tuple[bytes, bytes, str]:
    """Read both streams side by side; the text says why the rest was left, empty where nothing was."""
    assert running.stdout is not None  # noqa: S101 (both are pipes)
    assert running.stderr is not None  # noqa: S101 (as above)
    written, said = bytearray(), bytearray()
    with selectors.DefaultSelector() as waiting:
        waiting.register(running.stdout, selectors.EVENT_READ, written)
        waiting.register(running.stderr, selectors.EVENT_READ, said)
        while waiting.get_map():
            ready = waiting.select(max(0.0, until - time.monotonic()))
            if not ready:
                return b"", b"", "git did not answer in time"
            for key, _ in ready:
                part = os.read(key.fd, _CHUNK)
                if not part:
                    waiting.unregister(key.fileobj)
                key.data.extend(part)
            del said[_MOST_SAID:]
            if len(written) > max_bytes:
                told = f"git wrote more than {max_bytes} bytes; what is older was left out"
                return bytes(written[:max_bytes]), b"", told
    try:
        running.wait(max(_END_S, until - time.monotonic()))
    except subprocess.TimeoutExpired:
        return b"", b"", "git did not end in time"
    return bytes(written), bytes(said), ""
