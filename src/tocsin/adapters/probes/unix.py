"""GET over a unix socket, which the guarded client does not speak: bounded in time and size."""

from __future__ import annotations

import http.client
import socket
import time
from contextlib import closing
from dataclasses import dataclass

_PIECE = 65_536


@dataclass(frozen=True, slots=True, kw_only=True)
class SocketAnswer:
    """What came back; `whole` is False where there was more than was wanted, or no time for it."""

    status: int
    body: bytes
    whole: bool


class _Connection(http.client.HTTPConnection):
    """HTTP to a socket of this machine."""

    def __init__(self, path: str, timeout: float) -> None:
        super().__init__("localhost", timeout=timeout)
        self._path = path

    def connect(self) -> None:
        """Connect to the socket, within the time limit."""
        self.sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.sock.settimeout(self.timeout)
        self.sock.connect(self._path)


def get_by_socket(path: str, target: str, *, limit_s: float, max_bytes: int) -> SocketAnswer:
    """Return the answer to one GET within `limit_s` seconds, of its body a little more than `max_bytes` at most.

    Raises:
        OSError: the socket cannot be reached, or nothing came in time (`TimeoutError`).
        http.client.HTTPException: what came is no HTTP.
    """
    until = time.monotonic() + limit_s
    connection = _Connection(path, limit_s)
    body = bytearray()
    piece = b""
    try:
        connection.request("GET", target, headers={"Connection": "close"})
        with closing(connection.getresponse()) as answer:
            status = answer.status
            while len(body) <= max_bytes and time.monotonic() <= until and (piece := answer.read1(_PIECE)):
                body += piece
    finally:
        connection.close()
    return SocketAnswer(status=status, body=bytes(body), whole=not piece)
