"""The server's port: how it is opened and reached, and that nobody waits for it to be paged."""

from __future__ import annotations

import os
import socket
import time
from datetime import UTC, datetime
from pathlib import Path

import pytest

from tocsin.doors.cli.commands.up import PATIENCE_S, Running, local_url
from tocsin.doors.cli.exits import CommandError, ExitCode
from tocsin.doors.cli.port import open_port
from tocsin.doors.cli.session import Session
from tocsin.doors.cli.terminal import open_terminal
from tocsin.doors.supervise import Supervisor
from tocsin.settings import Settings, read

SECRET = "s" * 32


def settings(home: Path, **more: str) -> Settings:
    return read({"TOCSIN_HOME": str(home), "TOCSIN_PORT": "8787", **more})


@pytest.mark.parametrize(
    ("host", "url"),
    [
        ("127.0.0.1", "http://127.0.0.1:8787"),
        ("127.0.0.2", "http://127.0.0.2:8787"),
        ("0.0.0.0", "http://127.0.0.1:8787"),  # noqa: S104 (what is read, not listened at)
        ("::", "http://[::1]:8787"),
        ("10.0.0.5", "http://10.0.0.5:8787"),
        ("tocsin.internal", "http://tocsin.internal:8787"),
    ],
)
def test_this_machine_reaches_its_server_where_that_listens(tmp_path: Path, host: str, url: str) -> None:
    assert local_url(settings(tmp_path, TOCSIN_HOST=host, TOCSIN_SECRET=SECRET)) == url


def test_a_port_that_cannot_be_had_is_named_with_how_to_choose_another(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(CommandError) as refused:
            open_port(settings(tmp_path, TOCSIN_PORT=str(port)))

    assert refused.value.code is ExitCode.UNAVAILABLE
    assert str(port) in str(refused.value)
    assert "TOCSIN_PORT" in refused.value.mend


@pytest.mark.parametrize(("waited_s", "running"), [(0.0, set()), (PATIENCE_S + 1, {"work"})])
def test_paging_begins_though_the_server_does_not_come(tmp_path: Path, waited_s: float, running: set[str]) -> None:
    said: list[str] = []
    environment = {**os.environ, "TOCSIN_HOME": str(tmp_path)}
    terminal = open_terminal(environment)
    session = Session(
        argv=(), environment=environment, terminal=terminal, now=lambda: datetime.now(UTC), pause=time.sleep
    )
    supervisor = Supervisor(programs=(), environment=environment, say=said.append)
    with socket.create_server(("127.0.0.1", 0)) as listener:
        up = Running(
            session=session,
            settings=settings(tmp_path, TOCSIN_PORT=str(listener.getsockname()[1])),
            listener=listener,
            supervisor=supervisor,
            first_drill=False,
            as_json=False,
            since=time.monotonic() - waited_s,
        )
        try:
            up._begin_paging(answered=False)
            assert set(supervisor.pids) == running
        finally:
            supervisor.stop()
