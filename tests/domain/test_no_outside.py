"""The promise of this tier is kept by force: what reaches outside a domain test fails it (see `tests/support/no_outside.py`)."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest


@pytest.mark.parametrize(
    "reach",
    [
        lambda: Path(__file__).read_text(),
        lambda: list(Path().iterdir()),
        lambda: os.open(os.devnull, os.O_RDONLY),
        lambda: socket.socket().close(),
        lambda: socket.getaddrinfo("localhost", 80),
        lambda: subprocess.run([sys.executable, "-V"], check=True),
        lambda: os.system("true"),  # noqa: S605 (it is never run)
        os.fork,
    ],
    ids=["read", "list", "open", "socket", "resolve", "run", "system", "fork"],
)
def test_reaching_outside_fails_the_test(reach: Callable[[], object]) -> None:
    with pytest.raises(pytest.fail.Exception, match="used the outside"):
        reach()


def test_what_the_interpreter_reads_for_itself_is_allowed() -> None:
    ZoneInfo.clear_cache()
    assert ZoneInfo("Asia/Kathmandu").key == "Asia/Kathmandu"
    sys.modules.pop("colorsys", None)
    import colorsys  # noqa: PLC0415 (importing while the test runs is the point)

    assert colorsys.__name__ == "colorsys"
