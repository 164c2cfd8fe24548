"""The server's socket, which `up` opens before it starts a server and holds when that dies: who comes meanwhile waits, unrefused."""

from __future__ import annotations

import socket

# A storm that comes while the server is away waits here, as far as the machine allows (net.core.somaxconn).
BACKLOG = 2048


def listen_at(host: str, port: int) -> socket.socket:
    """Return a socket that listens.

    Raises:
        OSError: the port is taken, or the address is not this machine's.
    """
    return socket.create_server(
        (host, port), family=socket.AF_INET6 if ":" in host else socket.AF_INET, backlog=BACKLOG
    )
