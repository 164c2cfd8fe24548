"""What resolvers answered for names that a service needs."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from tocsin.domain.diagnosis.facts.blind_spots import BlindSpot

Outcome = Literal["ok", "nxdomain", "nodata", "servfail", "refused", "timeout", "other"]


@dataclass(frozen=True, slots=True, kw_only=True)
class DnsAnswer:
    """One question to one resolver (host:port); `kind` is A or AAAA, `ttl_s` the shortest of the answer."""

    name: str
    resolver: str
    kind: str
    outcome: Outcome
    addresses: tuple[str, ...] = ()
    ttl_s: int | None = None
    took_s: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class DnsFacts:
    """The names of one target, asked of every resolver; `expected` are the addresses an operator says are right."""

    target: str
    at: datetime
    service: str = ""
    expected: tuple[str, ...] = ()
    answers: tuple[DnsAnswer, ...] = ()
    took_s: float = 0.0
    blind: tuple[BlindSpot, ...] = ()
