"""What resolvers answer for the names a service needs, each resolver asked for itself."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from ipaddress import ip_address
from itertools import product

import dns.exception
import dns.resolver
import msgspec

from tocsin.adapters.options import read_options
from tocsin.domain.diagnosis.facts import BlindSpot, DnsAnswer, DnsFacts
from tocsin.domain.diagnosis.facts.dns import Outcome
from tocsin.domain.diagnosis.targets import Target
from tocsin.domain.errors import InvalidError
from tocsin.flows.ports import Clock

_AT_ONCE = 16
_PORT = 53
_PATIENCE_S = 2.0
_OUTCOMES: tuple[tuple[type[Exception], Outcome], ...] = (
    (dns.resolver.NXDOMAIN, "nxdomain"),
    (dns.resolver.NoAnswer, "nodata"),
    (dns.exception.Timeout, "timeout"),
    (ConnectionRefusedError, "refused"),
)


class DnsOptions(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`names` are asked for, of every one of `resolvers` (address or address:port); none means those of this machine.

    `expected` are the addresses that are right, where that is known. `ipv6` asks for AAAA as well.
    """

    names: tuple[str, ...]
    resolvers: tuple[str, ...] = ()
    expected: tuple[str, ...] = ()
    ipv6: bool = False


def validate_options(raw: Mapping[str, object]) -> DnsOptions:
    """Return the options in `raw`.

    Raises:
        InvalidError: an option is unknown or has the wrong type, no name is given, or a resolver is no address.

    """
    options = read_options("dns", raw, DnsOptions)
    if not options.names:
        raise InvalidError("dns: no name to ask for", field="names", mend="Write names: [db.internal].")
    for resolver in options.resolvers:
        _address(resolver)
    return options


def _address(resolver: str) -> tuple[str, int]:
    host, colon, port = resolver.rpartition(":")
    if not colon or (resolver.count(":") > 1 and not resolver.startswith("[")):
        host, port = resolver, str(_PORT)
    try:
        return str(ip_address(host.strip("[]"))), int(port)
    except ValueError as error:
        mend = "Write its address, such as 10.0.0.2 or 10.0.0.2:53."
        raise InvalidError(f"dns: {resolver!r} is no resolver's address", field="resolvers", mend=mend) from error


class Dns:
    """Asks every resolver for every name, all at once, past every cache of this machine."""

    kind = "dns"

    def __init__(self, now: Clock) -> None:
        self._now = now

    def collect(self, target: Target, deadline_s: float) -> DnsFacts:
        """Return the answers that came within `deadline_s` seconds; none in time is an answer too.

        Raises:
            InvalidError: the target's options do not hold.

        """
        options = validate_options(target.options)
        began = time.monotonic()
        facts = DnsFacts(target=target.name, at=self._now(), service=target.service, expected=options.expected)
        resolvers = tuple(_resolvers(options))
        if not resolvers:
            none = BlindSpot(target=target.name, what="names", why="this machine names no resolver")
            return replace(facts, blind=(none,))
        kinds = ("A", "AAAA") if options.ipv6 else ("A",)
        patience = min(_PATIENCE_S, deadline_s)
        asked = list(product(options.names, resolvers, kinds))
        with ThreadPoolExecutor(min(_AT_ONCE, len(asked))) as pool:
            answers = tuple(pool.map(lambda one: _ask(one[0], one[1], one[2], patience), asked))
        return replace(facts, answers=answers, took_s=time.monotonic() - began)


def _resolvers(options: DnsOptions) -> Iterator[tuple[str, int]]:
    if options.resolvers:
        yield from map(_address, options.resolvers)
        return
    try:
        system = dns.resolver.Resolver()
    except dns.resolver.NoResolverConfiguration:
        return
    yield from ((str(one), _PORT) for one in system.nameservers)


def _ask(name: str, resolver: tuple[str, int], kind: str, patience_s: float) -> DnsAnswer:
    """Ask one resolver once over UDP (TCP where the answer was cut), without search lists."""
    asking = dns.resolver.Resolver(configure=False)
    asking.nameservers, asking.port = [resolver[0]], resolver[1]
    asking.timeout = asking.lifetime = patience_s
    where, began = f"{resolver[0]}:{resolver[1]}", time.monotonic()
    try:
        found = asking.resolve(name, kind, search=False)
    except (dns.exception.DNSException, OSError, ValueError) as error:
        took = time.monotonic() - began
        return DnsAnswer(name=name, resolver=where, kind=kind, outcome=_outcome(error), took_s=took)
    return DnsAnswer(
        name=name,
        resolver=where,
        kind=kind,
        outcome="ok",
        addresses=tuple(sorted(str(one) for one in found)),
        ttl_s=found.rrset.ttl if found.rrset else None,
        took_s=time.monotonic() - began,
    )


def _outcome(error: Exception) -> Outcome:
    named = next((outcome for kind, outcome in _OUTCOMES if isinstance(error, kind)), None)
    text = str(error).upper()
    words: Outcome = "servfail" if "SERVFAIL" in text else "refused" if "REFUSED" in text else "other"
    return named or words
