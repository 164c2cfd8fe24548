"""Why a call did not go through; adapters turn these into what the worker understands."""

from __future__ import annotations


class NetError(Exception):
    """The call got no usable answer. The message names the target without its secrets.

    `heard` tells that the other side may have heard the request and acted on it, although nothing usable came back.
    """

    heard = False


class ForbiddenTargetError(NetError):
    """The URL or the address it resolves to may not be called from here; asking again is no use."""


class UnreachableError(NetError):
    """Nobody answered: name, connection, TLS or protocol failed."""


class BrokenOffError(UnreachableError):
    """The connection was there, and ended before the answer was complete."""

    heard = True


class UntrustedCertificateError(NetError):
    """The other side's certificate does not prove who it is; asking again is no use."""


class TimedOutError(NetError):
    """The total time limit passed before the answer was complete."""

    heard = True


class TooLargeError(NetError):
    """The answer is larger than the caller was ready to read."""
