"""A real HTTP server on a unix socket that answers what a test says."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from socketserver import ThreadingUnixStreamServer
from threading import Thread

from tests.support.http import Received, Reply


@contextmanager
def unix_sink(path: Path, answer: Callable[[Received], Reply]) -> Iterator[list[Received]]:
    """Serve at `path` until the block ends; yields what it was asked."""
    received: list[Received] = []

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked = Received(self.command, self.path, {n.lower(): v for n, v in self.headers.items()}, b"")
            received.append(asked)
            reply = answer(asked)
            self.send_response(reply.status)
            for name, value in {"Content-Length": str(len(reply.body)), **reply.headers}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(reply.body)

        def address_string(self) -> str:
            return "socket"

        def log_message(self, *_: object) -> None:
            """Stay quiet."""

    server = ThreadingUnixStreamServer(str(path), Handler)
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield received
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
