"""TLS in front of a plain server on loopback, for clients that insist on it; as a reverse proxy does for operators."""

from __future__ import annotations

import socket
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager

from tests.support.smtp import AUTHORITIES

PATIENCE_S = 30.0


def trust() -> ssl.SSLContext:
    """Return what a client needs to believe the certificate."""
    return ssl.create_default_context(cafile=str(AUTHORITIES))


@contextmanager
def tls_before(port: int) -> Iterator[str]:
    """Speak TLS on a free port until the block ends and pass everything on to `port`; gives the address."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(AUTHORITIES)
    with socket.create_server(("127.0.0.1", 0)) as listener:
        thread = threading.Thread(target=_accept, args=(listener, context, port), daemon=True)
        thread.start()
        try:
            yield f"https://localhost:{listener.getsockname()[1]}"
        finally:
            listener.shutdown(socket.SHUT_RDWR)
            thread.join()


def _accept(listener: socket.socket, context: ssl.SSLContext, port: int) -> None:
    while True:
        try:
            client, _ = listener.accept()
        except OSError:  # it was shut down
            return
        threading.Thread(target=_pass_on, args=(client, context, port), daemon=True).start()


def _pass_on(client: socket.socket, context: ssl.SSLContext, port: int) -> None:
    client.settimeout(PATIENCE_S)
    try:
        with (
            context.wrap_socket(client, server_side=True) as outside,
            socket.create_connection(("127.0.0.1", port), timeout=PATIENCE_S) as inside,
        ):
            back = threading.Thread(target=_copy, args=(inside, outside), daemon=True)
            back.start()
            _copy(outside, inside)
            back.join()
    except OSError:  # one side went away
        return


def _copy(source: socket.socket, target: socket.socket) -> None:
    try:
        while part := source.recv(65536):
            target.sendall(part)
        target.shutdown(socket.SHUT_WR)
    except OSError:  # one side went away
        return
