"""Where a drill is played: an instance that is running here with drills allowed, or a private one started for it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path

from tocsin.drill.client import DrillError, wait_for
from tocsin.drill.servers.ports import free_port

START_S = 60.0
STOP_S = 15.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Context:
    """An instance's address and an admin's token, as `tocsin up` leaves them for this machine."""

    url: str
    token: str = field(repr=False)


def read_context(home: Path) -> Context | None:
    """Return the running instance's context, or None."""
    try:
        found = json.loads((home / "context.json").read_text(encoding="utf-8"))
        return Context(url=found["url"], token=found["token"])
    except (OSError, ValueError, KeyError):
        return None


class PrivateInstance:
    """`tocsin up` in a home of its own; ended with the drill."""

    def __init__(self, home: Path, *, database: str = "", log: Path | None = None) -> None:
        self.home = home
        self._database = database
        self._log = log or home.with_suffix(".log")
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def pid(self) -> int:
        """The supervisor's process id."""
        return self._process.pid if self._process else 0

    def start(self) -> Context:
        """Start it and return how to reach it.

        Raises:
            DrillError: it does not come up in time; its log says why.
        """
        argv = [sys.executable, "-m", "tocsin", "up", "--home", str(self.home), "--port", str(free_port())]
        argv += ["--with-drills", *(["--database", self._database] if self._database else [])]
        self.home.parent.mkdir(parents=True, exist_ok=True)
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(  # noqa: S603 (arguments are ours, no shell)
                argv, stdin=subprocess.DEVNULL, stdout=log, stderr=log, env=dict(os.environ), start_new_session=True
            )
        context: Context = wait_for("Tocsin to come up", self._ready, limit_s=START_S)
        return context

    def _ready(self) -> Context | None:
        if self._process is not None and self._process.poll() is not None:
            tail = self._log.read_text(encoding="utf-8", errors="replace")[-2000:]
            raise DrillError(f"Tocsin did not come up:\n{tail}")
        return read_context(self.home)

    def stop(self) -> None:
        """End it and all it started."""
        if self._process is None or self._process.poll() is not None:
            return
        self._process.terminate()
        try:
            self._process.wait(STOP_S)
        except subprocess.TimeoutExpired:
            os.killpg(self._process.pid, 9)
            self._process.wait(STOP_S)
