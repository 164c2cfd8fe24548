"""The supervisor with real child processes: what dies comes back, and nothing is left behind."""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import psutil
import pytest

from tocsin.doors.supervise import GRACE_S, GaveUpError, Program, Supervisor, ending
from tocsin.flows.mitigate import RUN_DEADLINE_S

STEADY = "import time\nwhile True: time.sleep(0.05)"
STUBBORN = "import signal, time\nsignal.signal(signal.SIGTERM, signal.SIG_IGN)\nprint('deaf', flush=True)\nwhile True: time.sleep(0.05)"
LEASHED = (
    "import time\nfrom pathlib import Path\nfrom tocsin.doors.supervise import Leash\n"
    "Path('{0}').touch()\nLeash().wait()\nPath('{0}.begun').touch()\nwhile True: time.sleep(0.05)"
)
PARENT = (
    "import os, sys\nfrom pathlib import Path\nfrom tocsin.doors.supervise import Program, Supervisor\n"
    "s = Supervisor(programs=(Program(name='child', argv=(sys.executable, '-c', {0!r})),), environment=os.environ, say=print)\n"
    "s.listen(); s.start(); Path('{1}').write_text(str(s.pids['child'])); s.release(); s.run()"
)


def python(name: str, code: str, *, once: bool = False) -> Program:
    return Program(name=name, argv=(sys.executable, "-c", code), once=once)


def until(condition: Callable[[], object], *, each: Callable[[], None] = lambda: None) -> None:
    """Wait at most 20 s for `condition`."""
    limit = time.monotonic() + 20
    while not condition():
        assert time.monotonic() < limit, "not in time"
        each()
        time.sleep(0.01)


@pytest.fixture
def said() -> list[str]:
    return []


@pytest.fixture
def supervise(said: list[str]) -> Iterator[Callable[..., Supervisor]]:
    made: list[Supervisor] = []

    def start(*programs: Program) -> Supervisor:
        supervisor = Supervisor(programs=programs, environment=dict(os.environ), say=said.append, grace_s=5)
        made.append(supervisor)
        supervisor.start()
        return supervisor

    yield start
    for supervisor in made:
        supervisor.stop()


def test_a_killed_child_is_started_again_and_the_other_is_left_alone(
    supervise: Callable[..., Supervisor], said: list[str]
) -> None:
    supervisor = supervise(python("serve", STEADY), python("work", STEADY))
    before = supervisor.pids

    os.kill(before["work"], signal.SIGKILL)
    until(lambda: supervisor.pids.get("work", before["work"]) != before["work"], each=supervisor.tick)

    assert supervisor.pids["serve"] == before["serve"]
    assert said == ["work died (SIGKILL); it is started again in 0.1 s"]


def test_a_child_that_keeps_dying_is_started_ever_more_slowly(
    supervise: Callable[..., Supervisor], said: list[str]
) -> None:
    supervisor = supervise(python("work", "raise SystemExit(3)"))
    supervisor.settled()

    until(lambda: len(said) >= 3, each=supervisor.tick)

    assert [line.split()[-2] for line in said[:3]] == ["0.1", "0.2", "0.4"]
    assert "exit 3" in said[0]


def test_a_child_that_never_comes_up_ends_the_wait(supervise: Callable[..., Supervisor]) -> None:
    supervisor = supervise(python("serve", "raise SystemExit(6)"), python("work", STEADY))

    with pytest.raises(GaveUpError, match="serve does not come up: exit 6"):
        supervisor.run()

    assert supervisor.pids == {}


def test_a_socket_outlives_its_child_and_is_shut_when_all_ends(supervise: Callable[..., Supervisor]) -> None:
    listener = socket.create_server(("127.0.0.1", 0))
    address = listener.getsockname()
    supervisor = supervise(replace(python("server", STEADY), sockets=(listener,)))
    os.kill(supervisor.pids["server"], signal.SIGKILL)
    until(lambda: not supervisor.pids)

    socket.create_connection(address, timeout=5).close()
    supervisor.stop()
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(address, timeout=5)


def test_one_that_is_run_once_is_not_started_again(supervise: Callable[..., Supervisor], said: list[str]) -> None:
    supervisor = supervise(python("the drill", "pass", once=True))

    until(lambda: said, each=supervisor.tick)
    supervisor.tick()

    assert said == ["the drill has ended"]
    assert supervisor.pids == {}


def test_a_deaf_child_is_ended_all_the_same(supervise: Callable[..., Supervisor], tmp_path: Path) -> None:
    deaf = tmp_path / "deaf"
    supervisor = supervise(
        python("work", STUBBORN.replace("print('deaf', flush=True)", f"open({str(deaf)!r}, 'w').close()"))
    )
    until(deaf.exists)
    supervisor.grace_s = 0.2
    pid = supervisor.pids["work"]

    supervisor.stop()

    assert not psutil.pid_exists(pid)


def test_children_wait_for_the_word_and_later_ones_have_it(
    supervise: Callable[..., Supervisor], tmp_path: Path
) -> None:
    mark = tmp_path / "mark"
    supervisor = supervise(python("serve", LEASHED.format(mark)))
    until(mark.exists)
    assert not Path(f"{mark}.begun").exists()

    supervisor.release()
    until(Path(f"{mark}.begun").exists)

    Path(f"{mark}.begun").unlink()
    os.kill(supervisor.pids["serve"], signal.SIGKILL)
    until(Path(f"{mark}.begun").exists, each=supervisor.tick)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGKILL])
def test_however_the_supervisor_ends_no_child_stays(tmp_path: Path, number: signal.Signals) -> None:
    mark, pid_file = tmp_path / "mark", tmp_path / "pid"
    parent = subprocess.Popen([sys.executable, "-c", PARENT.format(LEASHED.format(mark), pid_file)])
    until(Path(f"{mark}.begun").exists)
    child = psutil.Process(int(pid_file.read_text()))

    parent.send_signal(number)
    parent.wait(20)

    with contextlib.suppress(psutil.NoSuchProcess):
        child.wait(20)
    assert not child.is_running() or child.status() == psutil.STATUS_ZOMBIE


def test_signals_in_quick_succession_stop_it_and_do_not_stop_it_for_good(tmp_path: Path) -> None:
    mark, pid_file = tmp_path / "mark", tmp_path / "pid"
    parent = subprocess.Popen([sys.executable, "-c", PARENT.format(LEASHED.format(mark), pid_file)])
    until(Path(f"{mark}.begun").exists)

    for _ in range(500):
        parent.send_signal(signal.SIGTERM)

    try:
        # One that comes while Python itself is ending, after everything was stopped, ends it by its default.
        assert parent.wait(20) in {0, -signal.SIGTERM}
    finally:
        parent.kill()


@pytest.mark.parametrize(("code", "words"), [(0, "exit 0"), (3, "exit 3"), (-9, "SIGKILL"), (-200, "signal 200")])
def test_an_end_is_told_in_words(code: int, words: str) -> None:
    assert ending(code) == words


def test_a_plan_that_runs_is_let_finish_before_its_worker_is_ended() -> None:
    assert GRACE_S > RUN_DEADLINE_S
