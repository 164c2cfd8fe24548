"""A domain test touches nothing but values: opening a file, a socket or a process in one fails it, whoever opens it.

What the interpreter and the test runner read for themselves (modules, time zones, Hypothesis's memory of failures) is
theirs, and is told by who asks for it: the nearest caller outside the standard library.
"""

from __future__ import annotations

import sys
import sysconfig
from collections.abc import Iterator
from threading import get_ident
from types import FrameType
from zoneinfo import TZPATH

import pytest

# Audit events (PEP 578): they are raised by the interpreter itself, so that no import or alias slips past.
OUTSIDE = (
    "open", "socket.", "subprocess.", "os.system", "os.exec", "os.fork", "os.forkpty", "os.posix_spawn", "os.spawn",
    "os.listdir", "os.scandir", "os.mkdir", "os.remove", "os.rename", "os.rmdir", "os.truncate", "os.walk", "shutil.",
    "sqlite3.connect", "ctypes.dlopen", "urllib.Request", "http.client.",
)  # fmt: skip
STANDARD_LIBRARY = f"{sysconfig.get_path('stdlib')}/"
THEIR_OWN = (
    "<frozen importlib",
    f"{STANDARD_LIBRARY}zoneinfo/",
    "/site-packages/hypothesis/",
    "/site-packages/_pytest/",
    "/site-packages/execnet/",  # a parallel run's, in a thread of its own
    "/site-packages/xdist/",
)


class _Watch:
    """Whether a domain test is running, and in which thread: a hook cannot be taken away again, so it asks.

    Threads that other tests of the run left behind are not the domain's.
    """

    on = False
    thread = 0


def _asked_by(frame: FrameType | None) -> str:
    """Return the file of the nearest caller that is not the standard library, or that of a part which may read."""
    while frame is not None:
        file = frame.f_code.co_filename
        if any(part in file for part in THEIR_OWN):
            return ""
        if "site-packages" in file or not file.startswith((STANDARD_LIBRARY, "<")):
            return file
        frame = frame.f_back
    return "unknown"


def _refuse_the_outside(event: str, arguments: tuple[object, ...]) -> None:
    if not _Watch.on or not event.startswith(OUTSIDE) or get_ident() != _Watch.thread:
        return
    if event == "open" and str(arguments[0]).startswith(TZPATH):  # in C, so that nobody is seen to ask
        return
    file = _asked_by(sys._getframe(1))
    if file:
        _Watch.on = False  # the report may read sources
        pytest.fail(f"a domain test used the outside: {event} {arguments[:1]!r}, asked for in {file}")


sys.addaudithook(_refuse_the_outside)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call() -> Iterator[None]:
    """Watch while the test itself runs."""
    _Watch.on, _Watch.thread = True, get_ident()
    try:
        return (yield)
    finally:
        _Watch.on = False
