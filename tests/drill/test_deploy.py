"""The shop's deploy tool: what it says, what it records, and what it leaves alone when a release will not start."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import httpx2
import pytest

from tocsin.drill.servers.ports import free_port
from tocsin.drill.servers.process import clean_environment
from tocsin.drill.shop import deploy

pytestmark = [pytest.mark.e2e, pytest.mark.xdist_group("drill")]


@pytest.fixture
def state(tmp_path: Path) -> Iterator[deploy.State]:
    """A shop without database or cache: it starts all the same, and says that it is not ready."""
    state = deploy.State(
        directory=tmp_path / "deploy",
        port=free_port(),
        dsn="postgresql://nobody@127.0.0.1:1/none",
        redis="redis://127.0.0.1:1/0",
        log=tmp_path / "shop.log",
    )
    state.save()
    yield state
    deploy.stop(state)


def run(state: deploy.State, to: str) -> subprocess.CompletedProcess[str]:
    argv = [sys.executable, "-m", "tocsin.drill.shop.deploy", "--state", str(state.directory), "--to", to]
    return subprocess.run(argv, capture_output=True, check=False, env=clean_environment(), text=True, timeout=40)


def serves(state: deploy.State) -> str:
    return str(httpx2.get(f"http://127.0.0.1:{state.port}/version", timeout=5).json()["version"])


def test_a_release_that_does_not_start_leaves_the_one_that_runs(state: deploy.State) -> None:
    assert run(state, "v2.4.0").returncode == 0
    replace(state, log=state.directory).save()  # a log that cannot be opened

    failed = run(state, "v2.4.1")

    assert failed.returncode == 1
    assert "does not come up" in failed.stderr
    assert "IsADirectoryError" in failed.stderr
    assert serves(state) == "v2.4.0"
    assert len(state.history.read_text().splitlines()) == 1


def test_what_was_cut_short_is_finished_by_the_next_deploy(state: deploy.State) -> None:
    run(state, "v2.4.1")
    noted = json.loads(state.pid_file.read_text())
    # As the tool leaves it when it is killed after it has started the next process and before that one serves.
    state.pid_file.write_text(json.dumps({"pid": 1, "created": 0.0, "version": "v2.4.0", "replacing": noted}))

    done = run(state, "v2.4.0")

    assert done.returncode == 0, done.stderr
    assert serves(state) == "v2.4.0"
    assert json.loads(state.history.read_text().splitlines()[-1])["kind"] == "rollback"


def test_a_shop_that_died_is_started_again_without_a_new_deploy(state: deploy.State) -> None:
    run(state, "v2.4.0")
    deploy.stop(state)

    done = run(state, "v2.4.0")

    assert (done.returncode, "was not running" in done.stdout) == (0, True)
    assert len(state.history.read_text().splitlines()) == 1


def test_a_shop_without_database_and_cache_is_alive_and_says_what_is_missing(state: deploy.State) -> None:
    run(state, "v2.4.0")

    answer = httpx2.get(f"http://127.0.0.1:{state.port}/ready", timeout=5)

    assert answer.status_code == 503
    assert {name for name, said in answer.json()["checks"].items() if said != "ok"} == {"database", "redis"}


@pytest.mark.parametrize(("to", "code", "said"), [("v9", 2, "invalid choice: 'v9'"), ("v2.4.0", 1, "cannot read")])
def test_what_cannot_be_deployed_is_refused_by_name(tmp_path: Path, to: str, code: int, said: str) -> None:
    nowhere = deploy.State(directory=tmp_path, port=1, dsn="", redis="", log=tmp_path)

    done = run(nowhere, to)

    assert (done.returncode, said in done.stderr) == (code, True)
