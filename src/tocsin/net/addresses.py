"""Which addresses a URL from outside may lead to: the public internet, and nothing behind our own door."""

from __future__ import annotations

import ipaddress
import socket
import threading
from collections.abc import Callable

from tocsin.net.deadline import Deadline
from tocsin.net.errors import ForbiddenTargetError, TimedOutError, UnreachableError

Resolver = Callable[[str, int], list[str]]
_Address = ipaddress.IPv4Address | ipaddress.IPv6Address

_METADATA = frozenset({ipaddress.ip_address("168.63.129.16")})  # a public address that clouds answer on from inside


def system_resolver(host: str, port: int) -> list[str]:
    """Return every address the system knows for `host`, in its order of preference."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(entry[4][0]) for entry in found))


def lookup(host: str, port: int, *, deadline: Deadline, trusted: bool, resolver: Resolver) -> list[str]:
    """Return the addresses of `host` to connect to; the caller must connect to these and not resolve again.

    One forbidden address refuses the whole name: a name that mixes public and private ones is an attack or a mistake.

    Raises:
        ForbiddenTargetError: an address is not public and the caller is not `trusted`.
        UnreachableError: the name does not resolve.
        TimedOutError: the resolver did not answer in time.
    """
    addresses = _resolve(host, port, deadline, resolver)
    if not addresses:
        raise UnreachableError(f"{host} has no address")
    if not trusted:
        for address in addresses:
            reason = refusal(address)
            if reason:
                raise ForbiddenTargetError(f"{host} resolves to {address}, which is {reason}")
    return addresses


def refusal(address: str) -> str:
    """Return why `address` may not be called on behalf of somebody outside, or '' when it may."""
    try:
        ip = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return "not an address"
    inside = ip.sixtofour if isinstance(ip, ipaddress.IPv6Address) else None  # 6to4 leads to an IPv4 address
    # What it leads to is asked first: Python's versions differ on whether 6to4 itself is public.
    return (_refusal(inside) if inside else "") or _refusal(ip)


def _refusal(ip: _Address) -> str:
    checks = (
        (ip in _METADATA, "a cloud's metadata address"),
        (ip.is_unspecified, "unspecified"),
        (ip.is_loopback, "loopback"),
        (ip.is_link_local, "link-local"),
        (ip.is_multicast, "multicast"),
        (not ip.is_global or ip.is_reserved, "private or reserved"),
    )
    return next((reason for refused, reason in checks if refused), "")


def _resolve(host: str, port: int, deadline: Deadline, resolver: Resolver) -> list[str]:
    if resolver is system_resolver and _is_address(host):
        return [host]  # there is nobody to ask
    # The system's resolver takes no time limit, so that it runs in a thread which may be left behind.
    answers: list[list[str] | Exception] = []

    def ask() -> None:
        try:
            answers.append(resolver(host, port))
        except (OSError, UnicodeError) as error:  # UnicodeError: a label that cannot be a host name
            answers.append(error)

    thread = threading.Thread(target=ask, daemon=True, name="resolve")
    thread.start()
    thread.join(deadline.remaining_s())
    if not answers:
        raise TimedOutError(f"resolving {host} took longer than {deadline.limit_s:g} s")
    answer = answers[0]
    if isinstance(answer, Exception):
        raise UnreachableError(f"{host} does not resolve: {answer}") from answer
    return answer


def _is_address(host: str) -> bool:
    for family in (socket.AF_INET, socket.AF_INET6):
        try:
            socket.inet_pton(family, host)
        except (OSError, ValueError):
            continue
        return True
    return False
