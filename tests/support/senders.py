"""Real senders as Debian packages them: a Prometheus, an Alertmanager, and `amtool`."""

from __future__ import annotations

import json
import shutil
import subprocess
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tocsin.drill.servers.ports import free_port
from tocsin.drill.servers.process import Process

READY_S = 30.0


def program(name: str) -> str:
    """Return where a program of `tests/apt.txt` is."""
    found = shutil.which(name)
    if found is None:
        raise RuntimeError(f"{name} is not here; install it with: make apt")
    return found


@contextmanager
def prometheus(folder: Path, configuration: str) -> Iterator[str]:
    """Run a Prometheus until the block ends; gives its address."""
    folder.mkdir(parents=True, exist_ok=True)
    file = folder / "prometheus.yml"
    file.write_text(configuration)
    at = f"127.0.0.1:{free_port()}"
    argv = [program("prometheus"), f"--config.file={file}", f"--storage.tsdb.path={folder / 'data'}"]
    argv += [f"--web.listen-address={at}", "--rules.alert.resend-delay=1s"]
    with _running(argv, folder / "prometheus.log", f"http://{at}"):
        yield f"http://{at}"


@contextmanager
def alertmanager(folder: Path, configuration: str) -> Iterator[str]:
    """Run an Alertmanager until the block ends; gives its address."""
    folder.mkdir(parents=True)
    file = folder / "alertmanager.yml"
    file.write_text(configuration)
    at = f"127.0.0.1:{free_port()}"
    argv = [program("prometheus-alertmanager"), f"--config.file={file}", f"--storage.path={folder / 'data'}"]
    argv += [f"--web.listen-address={at}", "--cluster.listen-address="]
    with _running(argv, folder / "alertmanager.log", f"http://{at}"):
        yield f"http://{at}"


@contextmanager
def _running(argv: list[str], log: Path, url: str) -> Iterator[None]:
    process = Process(argv, log)
    process.start(lambda: _ready(url), limit_s=READY_S)
    try:
        yield
    finally:
        process.stop()


def _ready(url: str) -> bool:
    try:
        with urllib.request.urlopen(f"{url}/-/ready", timeout=2):  # noqa: S310 (our own http address)
            return True
    except (urllib.error.URLError, TimeoutError, ConnectionError):
        return False


@dataclass(frozen=True)
class Amtool:
    """The stock `amtool` against one server."""

    url: str

    def __call__(self, *arguments: str, code: int = 0) -> str:
        """Return what a command prints, after a look at its exit status."""
        argv = [program("amtool"), f"--alertmanager.url={self.url}", "--timeout=20s", *arguments]
        done = subprocess.run(argv, capture_output=True, text=True, timeout=60, check=False)
        assert done.returncode == code, f"{arguments}: {done.stdout}{done.stderr}"
        return done.stdout if not code else done.stderr

    def json(self, *arguments: str) -> Any:
        """Return what a command prints as JSON."""
        return json.loads(self(*arguments, "--output=json") or "null")
