"""A stock Alertmanager, as Debian packages it, to measure against: same client, same receiver, same run."""

from __future__ import annotations

import shutil
import urllib.error
import urllib.request
from pathlib import Path
from typing import Self

from bench.posting import Target
from tocsin.drill.servers.ports import free_port
from tocsin.drill.servers.process import Process

PROGRAM = "prometheus-alertmanager"
CONFIGURATION = """
route: {{receiver: sink, group_by: [{group_by}]}}
receivers: [{{name: sink, webhook_configs: [{{url: '{sink}/alertmanager'}}]}}]
"""


class Alertmanager:
    """One Alertmanager with its own settings but for the grouping; it keeps its alerts in memory."""

    def __init__(self, folder: Path, *, group_by: str, sink: str) -> None:
        self._folder = folder
        self._configuration = CONFIGURATION.format(group_by=group_by, sink=sink)
        self._port = free_port()
        self._process = Process([], folder / "alertmanager.log")

    def __enter__(self) -> Self:
        self._folder.mkdir(parents=True, exist_ok=True)
        file = self._folder / "alertmanager.yml"
        file.write_text(self._configuration)
        found = shutil.which(PROGRAM)
        if found is None:
            raise RuntimeError(f"{PROGRAM} is not here; install it with: make apt")
        argv = [
            found,
            f"--config.file={file}",
            f"--storage.path={self._folder / 'data'}",
            f"--web.listen-address=127.0.0.1:{self._port}",
            "--cluster.listen-address=",
            "--log.level=error",
        ]
        self._process = Process(argv, self._folder / "alertmanager.log")
        self._process.start(self._ready, limit_s=20)
        return self

    def __exit__(self, *_: object) -> None:
        self._process.stop()

    @property
    def target(self) -> Target:
        """Where it takes alerts."""
        return Target(url=f"http://127.0.0.1:{self._port}/api/v2/alerts")

    @property
    def pids(self) -> list[int]:
        """Its one process."""
        return [self._process.pid]

    def _ready(self) -> bool:
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{self._port}/-/ready", timeout=2):
                return True
        except (urllib.error.URLError, TimeoutError, ConnectionError):
            return False
