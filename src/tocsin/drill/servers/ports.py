"""Ports nobody holds, because a fixed port makes two runs on one machine collide."""

from __future__ import annotations

import random
import socket

# Below Linux's ephemeral range, so that no outgoing connection takes the port before its server does.
_LOWEST, _HIGHEST = 20_000, 32_000
_ATTEMPTS = 200
_choose = random.SystemRandom()


class NoFreePortError(Exception):
    """No free port was found on 127.0.0.1."""


def free_port() -> int:
    """Return a TCP port on 127.0.0.1 that is free now.

    Raises:
        NoFreePortError: two hundred random ports were all taken.
    """
    for _ in range(_ATTEMPTS):
        port = _choose.randrange(_LOWEST, _HIGHEST)
        with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
            return port
    raise NoFreePortError(f"no free port between {_LOWEST} and {_HIGHEST} on 127.0.0.1")
