"""The shop's own deploy tool: `python -m tocsin.drill.shop.deploy --state DIR --to v2.4.1`.

DIR holds everything it knows: `deploy.json` (how to run the shop), `shop.pid` (what runs), `deploys.jsonl` (what was
deployed when, by whom, with which changes). A state already reached is left as it is, so a repeated call does no harm.
"""

from __future__ import annotations

import argparse
import fcntl
import json
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path

from tocsin.drill.servers.process import clean_environment, write_pid_file
from tocsin.drill.shop.processes import Running, ask_to_end, read_pid_file, see_to_end
from tocsin.drill.shop.releases import RELEASES, Release, is_older, release

_LOCK_LIMIT_S = 30.0
_START_LIMIT_S = 15.0
_DRAIN_LIMIT_S = 1.5
_POLL_S = 0.02
_OUTPUT_TAIL = 1000


class DeployError(Exception):
    """The deploy failed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class State:
    """The deploy tool's directory and how to run the shop."""

    directory: Path
    port: int
    dsn: str
    redis: str
    log: Path

    @property
    def history(self) -> Path:
        """The record of deploys, one JSON object a line."""
        return self.directory / "deploys.jsonl"

    @property
    def pid_file(self) -> Path:
        """What runs now."""
        return self.directory / "shop.pid"

    @property
    def standby(self) -> Path:
        """Where a new process says that it lacks nothing but the port."""
        return self.directory / "shop.standby"

    @property
    def output(self) -> Path:
        """What the shop's processes print."""
        return self.directory / "shop.out"

    def save(self) -> None:
        """Write the directory that `load` reads."""
        self.directory.mkdir(parents=True, exist_ok=True)
        known = {"port": self.port, "dsn": self.dsn, "redis": self.redis, "log": str(self.log)}
        (self.directory / "deploy.json").write_text(json.dumps(known))

    @classmethod
    def load(cls, directory: Path) -> State:
        """Return the state kept in `directory`.

        Raises:
            DeployError: there is none, or it cannot be read.
        """
        path = directory / "deploy.json"
        try:
            known = json.loads(path.read_text())
            return cls(
                directory=directory,
                port=known["port"],
                dsn=known["dsn"],
                redis=known["redis"],
                log=Path(known["log"]),
            )
        except (OSError, ValueError, KeyError) as error:
            raise DeployError(f"cannot read {path}: {error!r}") from error


def deploy(state: State, to: Release, *, by: str, reason: str) -> str:
    """Have `to` running and return a sentence saying what was done.

    The old process gives up the port only when the new one lacks nothing else, and then has 1.5 s to finish its requests.

    Raises:
        DeployError: another deploy is under way, or the new release does not come up.
    """
    with _alone(state):
        running = read_pid_file(state.pid_file)
        before = _last_version(state)
        if running and running.alive and before == running.version == _version(state.port) == to.version:
            return f"shop is already at {to.version}; nothing done"
        new = _start(state, to, replacing=running)
        try:
            _await(state, new, lambda: _stands_by(state, new.pid))
        except DeployError:
            if running:  # nobody has asked it to go
                state.pid_file.write_text(json.dumps(running.noted))
            raise
        asked = ask_to_end(running) if running else []
        _await(state, new, lambda: _version(state.port) == to.version)
        see_to_end(asked, limit_s=_DRAIN_LIMIT_S)
        write_pid_file(state.pid_file, new.pid, version=to.version)
        if before == to.version:
            return f"shop {to.version} was not running; started it, pid {new.pid}"
        _record(state, to, before=before, by=by, reason=reason)
    return f"shop went from {before or 'nothing'} to {to.version}, pid {new.pid}, port {state.port}"


def stop(state: State) -> None:
    """End the shop, if it runs."""
    running = read_pid_file(state.pid_file)
    if running:
        see_to_end(ask_to_end(running), limit_s=_DRAIN_LIMIT_S)
    state.pid_file.unlink(missing_ok=True)


@contextmanager
def _alone(state: State) -> Iterator[None]:
    deadline = time.monotonic() + _LOCK_LIMIT_S
    with (state.directory / "lock").open("w") as lock:
        while True:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except BlockingIOError as error:
                if time.monotonic() > deadline:
                    raise DeployError(f"another deploy has been under way for {_LOCK_LIMIT_S:g} s") from error
                time.sleep(_POLL_S)
        yield


def _start(state: State, to: Release, *, replacing: Running | None) -> subprocess.Popen[bytes]:
    options = {
        "port": state.port,
        "dsn": state.dsn,
        "redis": state.redis,
        "release": to.version,
        "log": state.log,
        "standby": state.standby,
    }
    words = [word for name, value in options.items() for word in (f"--{name}", str(value))]
    with state.output.open("ab") as out:
        new = subprocess.Popen(  # noqa: S603 (arguments are ours, no shell)
            [sys.executable, "-m", "tocsin.drill.shop", *words],
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=out,
            env=clean_environment(),
            start_new_session=True,
        )
    # Both are on file at once: a deploy cut short here leaves nothing that the next one cannot find and end.
    write_pid_file(state.pid_file, new.pid, version=to.version, replacing=replacing.noted if replacing else None)
    return new


def _await(state: State, new: subprocess.Popen[bytes], come_up: Callable[[], bool]) -> None:
    deadline = time.monotonic() + _START_LIMIT_S
    while not come_up():
        if new.poll() is not None or time.monotonic() > deadline:
            new.kill()
            new.wait(5)
            tail = state.output.read_text(errors="replace")[-_OUTPUT_TAIL:]
            raise DeployError(f"the new release does not come up on port {state.port}; the shop printed:\n{tail}")
        time.sleep(_POLL_S)


def _stands_by(state: State, pid: int) -> bool:
    return state.standby.exists() and state.standby.read_text() == str(pid)


def _version(port: int) -> str:
    """Return the version that answers on `port`, or an empty string."""
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/version", timeout=1) as answer:
            return str(json.load(answer)["version"])
    except (urllib.error.URLError, OSError, ValueError, KeyError):
        return ""


def _last_version(state: State) -> str | None:
    if not state.history.exists():
        return None
    lines = state.history.read_text().splitlines()
    return str(json.loads(lines[-1])["version"]) if lines else None


def _record(state: State, to: Release, *, before: str | None, by: str, reason: str) -> None:
    back = before is not None and is_older(to.version, before)
    entry = {
        "service": "shop",
        "kind": "rollback" if back else "deploy",
        "version": to.version,
        "previous": before,
        "at": datetime.now(UTC).isoformat(),
        "by": by,
        "commit": to.commit,
        "reason": reason,
        "changes": [] if back else [asdict(change) for change in to.changes],
    }
    with state.history.open("a") as history:
        history.write(json.dumps(entry) + "\n")


def main() -> None:
    """Deploy, and say on stdout what was done; exit 1 when it failed."""
    parser = argparse.ArgumentParser(prog="tocsin.drill.shop.deploy", description="Deploy one release of the shop.")
    parser.add_argument("--state", type=Path, required=True)
    parser.add_argument("--to", required=True, choices=[r.version for r in RELEASES])
    parser.add_argument("--by", default="release-train")
    parser.add_argument("--reason", default="")
    wanted = parser.parse_args()
    try:
        done = deploy(State.load(wanted.state), release(wanted.to), by=wanted.by, reason=wanted.reason)
    except DeployError as error:
        raise SystemExit(f"deploy failed: {error}") from error
    sys.stdout.write(f"{done}\n")


if __name__ == "__main__":
    main()
