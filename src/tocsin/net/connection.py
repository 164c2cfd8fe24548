"""TCP connections that go only to a validated address, and whose every read and write counts against one deadline."""

from __future__ import annotations

import socket
import ssl
import threading
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress

import httpcore2

from tocsin.net.addresses import Resolver, lookup, system_resolver
from tocsin.net.deadline import Deadline


class GuardedBackend(httpcore2.NetworkBackend):
    """Resolves once, checks, and connects to what it checked: a name that changes in between gains nothing."""

    def __init__(self, *, deadline: Deadline, trusted: bool, resolver: Resolver) -> None:
        self._deadline = deadline
        self._trusted = trusted
        self._resolver = resolver
        self._system = httpcore2.SyncBackend()

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,  # noqa: ARG002 (the deadline rules)
        local_address: str | None = None,
        socket_options: Iterable[httpcore2.SOCKET_OPTION] | None = None,
    ) -> httpcore2.NetworkStream:
        """Connect to the first validated address of `host` that answers."""
        failure: httpcore2.NetworkError | httpcore2.TimeoutException | None = None
        addresses = lookup(host, port, deadline=self._deadline, trusted=self._trusted, resolver=self._resolver)
        for address, share_s in _shares(addresses, self._deadline):
            try:
                stream = self._system.connect_tcp(address, port, share_s, local_address, socket_options)
            except (httpcore2.NetworkError, httpcore2.TimeoutException) as error:
                failure = error
            else:
                return _TimedStream(stream, self._deadline)
        raise failure or httpcore2.ConnectError(f"{host} has no address")


def connect(
    host: str, port: int, *, deadline: Deadline, trusted: bool, resolver: Resolver = system_resolver
) -> socket.socket:
    """Return a TCP connection to a validated address of `host`, for protocols other than HTTP.

    Raises:
        OSError: nobody answered.
        NetError: the name does not resolve, or its address may not be called.
    """
    failure: OSError | None = None
    addresses = lookup(host, port, deadline=deadline, trusted=trusted, resolver=resolver)
    for address, share_s in _shares(addresses, deadline):
        try:
            connection = socket.create_connection((address, port), timeout=share_s)
        except OSError as error:
            failure = error
        else:
            connection.settimeout(deadline.remaining_s())
            return connection
    raise failure or ConnectionError(f"{host} has no address")


@contextmanager
def cut_off(connection: socket.socket, deadline: Deadline) -> Iterator[None]:
    """Cut `connection` when the deadline passes, for libraries whose time limit begins again with every byte."""
    handle = connection.dup()  # stays valid when the connection is wrapped in TLS

    def cut() -> None:
        with suppress(OSError):  # it ended by itself
            handle.shutdown(socket.SHUT_RDWR)

    timer = threading.Timer(deadline.remaining_s(), cut)
    timer.daemon = True
    timer.start()
    try:
        yield
    finally:
        timer.cancel()
        timer.join()
        handle.close()


def _shares(addresses: list[str], deadline: Deadline) -> Iterator[tuple[str, float]]:
    """Yield each address with its share of the time left: a dead one must leave time for the next."""
    for tried, address in enumerate(addresses):
        yield address, deadline.remaining_s() / (len(addresses) - tried)


class _TimedStream(httpcore2.NetworkStream):
    """A stream that ends with its deadline, even when the other side sends one byte at a time."""

    def __init__(self, stream: httpcore2.NetworkStream, deadline: Deadline) -> None:
        self._stream = stream
        self._deadline = deadline

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:  # noqa: ARG002 (the deadline rules)
        if self._deadline.passed():
            raise httpcore2.ReadTimeout("the time limit passed")
        return self._stream.read(max_bytes, self._deadline.remaining_s())

    def write(self, buffer: bytes, timeout: float | None = None) -> None:  # noqa: ARG002 (the deadline rules)
        if self._deadline.passed():
            raise httpcore2.WriteTimeout("the time limit passed")
        self._stream.write(buffer, self._deadline.remaining_s())

    def close(self) -> None:
        self._stream.close()

    def start_tls(
        self,
        ssl_context: ssl.SSLContext,
        server_hostname: str | None = None,
        timeout: float | None = None,  # noqa: ARG002 (the deadline rules)
    ) -> httpcore2.NetworkStream:
        secured = self._stream.start_tls(ssl_context, server_hostname, self._deadline.remaining_s())
        return _TimedStream(secured, self._deadline)

    def get_extra_info(self, info: str) -> object:
        return self._stream.get_extra_info(info)
