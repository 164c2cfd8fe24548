"""`tocsin up` with its real processes: an incident from declaration to all-clear, kills survived, nothing left behind."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx2
import psutil
import pytest
from tests.support.http import closed_port

pytestmark = [pytest.mark.e2e, pytest.mark.xdist_group("up")]
LIMIT_S = 40


def until(condition: Callable[[], Any]) -> Any:
    limit = time.monotonic() + LIMIT_S
    while not (found := condition()):
        assert time.monotonic() < limit, "not in time"
        time.sleep(0.05)
    return found


@dataclass
class Up:
    """A running `tocsin up`."""

    process: subprocess.Popen[bytes]
    home: Path
    port: int
    told: dict[str, Any]

    def __call__(self, *argv: str, code: int = 0) -> str:
        environment = {**clean(), "TOCSIN_HOME": str(self.home)}
        done = subprocess.run(
            [sys.executable, "-m", "tocsin", *argv],
            env=environment,
            capture_output=True,
            text=True,
            check=False,
            timeout=60,
        )
        assert done.returncode == code, done.stderr
        return done.stdout + (done.stderr if code else "")

    def json(self, *argv: str) -> Any:
        return json.loads(self(*argv, "--json"))

    def children(self) -> dict[str, psutil.Process]:
        found = {}
        for child in psutil.Process(self.process.pid).children():
            with contextlib.suppress(psutil.NoSuchProcess):  # it ends while it is looked at
                line = child.cmdline() if child.is_running() else []
                found |= {name: child for name in ("serve", "work") if name in line}
        return found

    def url(self, path: str) -> str:
        return f"http://127.0.0.1:{self.port}{path}"


def clean() -> dict[str, str]:
    return {name: value for name, value in os.environ.items() if not name.startswith("TOCSIN_")}


@contextmanager
def running(home: Path, port: int, *flags: str) -> Iterator[Up]:
    log = home.with_suffix(".log")
    with log.open("wb") as err:
        process = subprocess.Popen(
            [sys.executable, "-m", "tocsin", "up", "--home", str(home), "--port", str(port), "--json", *flags],
            env=clean(),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=err,
        )
    assert process.stdout is not None
    try:
        lines: list[bytes] = []
        while not lines or lines[-1].strip() != b"}":
            line = process.stdout.readline()
            assert line, log.read_text()
            lines.append(line)
        yield Up(process, home, port, json.loads(b"".join(lines)))
    finally:
        if process.poll() is None:
            process.terminate()
        process.wait(LIMIT_S)
        process.stdout.close()


@pytest.fixture(scope="module")
def up(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Up]:
    with running(tmp_path_factory.mktemp("up") / "home", closed_port()) as instance:
        until(lambda: "work" in instance.children())
        yield instance


def test_it_says_where_it_is_and_how_to_log_in_once(up: Up) -> None:
    assert up.told["schema"] == "tocsin.up/v1"
    assert up.told["url"] == up.url("")
    assert up.told["login_url"].startswith(up.url("/login/once?key="))
    assert httpx2.get(up.url("/ready")).status_code == 200


def test_its_home_is_its_owners_alone(up: Up) -> None:
    assert up.home.stat().st_mode & 0o777 == 0o700
    assert (up.home / "context.json").stat().st_mode & 0o777 == 0o600
    assert (up.home / "tocsin.db").stat().st_mode & 0o777 == 0o600


def test_an_incident_goes_from_declaration_to_all_clear(up: Up) -> None:
    declared = up.json(
        "declare", "--yes", "web is down since 10 minutes ago, about 30 % failing", "--service", "web", "--sev", "SEV2"
    )
    ref = declared["ref"]
    until(
        lambda: any(j["kind"] == "page" and j["state"] == "done" for j in up.json("outbox", "--incident", ref)["items"])
    )
    assert any(gap["key"] == "acknowledge" for gap in up.json("next", ref)["incidents"][0]["missing"])
    assert up.json("ack")["acknowledged_by"] == "admin"
    assert up.json("role", ref, "commander")["commander"] == "admin"
    assert up.json("update", ref, "Rolling back", "--users", "1200")["updates"] == 1
    assert up.json("status", ref, "identified", "--cause", "a bad deploy")["status"] == "identified"
    assert ref in up("list")
    assert "a bad deploy" in up("show", ref)
    assert up.json("resolve", ref, "Rolled back", "--anyway", "no gates here")["phase"] == "post_incident"
    assert "Update: Rolling back" in up("timeline", ref)
    assert ref in up("postmortem", ref)
    assert up.json("followups", ref, "Alert earlier", "--due", "14d")["followups"][0]["title"] == "Alert earlier"
    assert "tocsin postmortem" in up("close", ref, code=5)


def test_a_refusal_of_the_real_server_has_its_exit_code(up: Up) -> None:
    up("show", "INC-999", code=3)
    up("page", "--test", "nobody", code=2)
    up("ack", "INC-999", "--url", up.url(""), code=3)


def test_doctor_is_content(up: Up) -> None:
    def well() -> dict[str, Any] | None:
        try:
            return up.json("doctor")
        except AssertionError:  # the worker has just started, and has not given a sign of life yet
            return None

    assert until(well)["ok"] is True


@pytest.mark.parametrize("name", ["work", "serve"])
def test_a_killed_child_comes_back(up: Up, name: str) -> None:
    before = up.children()

    before[name].kill()
    until(lambda: up.children().get(name) not in {None, before[name]})
    until(lambda: answers(up.url("/ready")))

    others = {"serve", "work"} - {name}
    assert [up.children()[o].pid for o in others] == [before[o].pid for o in others]
    assert up.json("list", "--all")["schema"] == "tocsin.incidents/v1"


def test_who_asks_while_the_server_is_away_waits_and_is_not_refused(up: Up) -> None:
    before = up.children()["serve"]
    before.kill()
    before.wait(LIMIT_S)

    assert httpx2.get(up.url("/ready"), timeout=LIMIT_S).status_code == 200
    assert up.children()["serve"] != before


def test_the_address_and_the_link_are_told_before_the_server_has_loaded_and_hold(tmp_path: Path) -> None:
    home, port = tmp_path / "home", closed_port()
    words = ("up", "--home", str(home), "--port", str(port))
    with subprocess.Popen(
        [sys.executable, "-m", "tocsin", *words],
        env=clean(),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout is not None
        try:
            where, link = process.stdout.readline().split()[-1], process.stdout.readline().split()[-1]

            assert where == f"http://127.0.0.1:{port}"
            assert httpx2.get(link, timeout=LIMIT_S).status_code == 200
        finally:
            process.terminate()
            process.wait(LIMIT_S)


def answers(url: str) -> bool:
    try:
        return httpx2.get(url).status_code == 200
    except httpx2.TransportError:
        return False


def test_a_second_one_on_the_same_home_refuses(up: Up) -> None:
    told = up("up", "--port", str(closed_port()), code=5)

    assert str(up.process.pid) in told


def test_a_taken_port_is_named_with_how_to_choose_another(up: Up, tmp_path: Path) -> None:
    told = up("up", "--home", str(tmp_path / "other"), "--port", str(up.port), code=6)

    assert f"port {up.port}" in told
    assert "--port" in told


def test_a_wrong_configuration_stops_it_naming_the_line(tmp_path: Path) -> None:
    (tmp_path / "tocsin.yaml").write_text("catch_all: nobody\n")
    done = subprocess.run(
        [sys.executable, "-m", "tocsin", "up", "--home", str(tmp_path), "--port", str(closed_port())],
        env=clean(),
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )

    assert done.returncode == 2
    assert "tocsin.yaml:1" in done.stderr


def test_a_home_that_takes_no_context_is_said_and_the_worker_starts_all_the_same(tmp_path: Path) -> None:
    home = tmp_path / "home"
    (home / "context.new").mkdir(parents=True, mode=0o700)
    with running(home, closed_port()) as instance:
        until(lambda: "work" in instance.children())
        assert httpx2.get(instance.url("/ready")).status_code == 200
    assert "context.json cannot be written" in home.with_suffix(".log").read_text()


def test_told_to_stop_it_leaves_no_process_and_the_next_start_keeps_everything(tmp_path: Path) -> None:
    home, port = tmp_path / "home", closed_port()
    with running(home, port) as first:
        ref = first.json("declare", "--yes", "--title", "web is down", "--sev", "SEV3")["ref"]
        until(lambda: "work" in first.children())
        children = list(first.children().values())
        token = (home / "context.json").read_text()
        first.process.send_signal(signal.SIGTERM)
        assert first.process.wait(LIMIT_S) == 0
        assert not any(child.is_running() for child in children)
    with running(home, port) as second:
        assert second.json("show", ref)["title"] == "web is down"
        assert (home / "context.json").read_text() == token
        second.process.send_signal(signal.SIGINT)
        assert second.process.wait(LIMIT_S) == 130


def test_it_runs_on_postgresql_too(tmp_path: Path, fresh_database: Callable[..., str]) -> None:
    with running(tmp_path / "home", closed_port(), "--database", fresh_database()) as instance:
        declared = instance.json("declare", "--yes", "--title", "web is down", "--sev", "SEV1", "--service", "web")
        until(
            lambda: any(
                job["kind"] == "page" and job["state"] == "done"
                for job in instance.json("outbox", "--incident", declared["ref"])["items"]
            )
        )
        assert not (tmp_path / "home" / "tocsin.db").exists()
