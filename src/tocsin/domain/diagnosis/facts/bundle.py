"""Everything one run saw, in one value that can be stored, cited and replayed."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from itertools import chain
from typing import Literal, Self

import msgspec

from tocsin.domain.diagnosis.facts.blind_spots import BlindSpot
from tocsin.domain.diagnosis.facts.deploys import DeployFacts
from tocsin.domain.diagnosis.facts.dns import DnsFacts
from tocsin.domain.diagnosis.facts.history import Reading
from tocsin.domain.diagnosis.facts.host import HostFacts
from tocsin.domain.diagnosis.facts.http import HttpFacts
from tocsin.domain.diagnosis.facts.logs import LogFacts
from tocsin.domain.diagnosis.facts.metrics import MetricsFacts
from tocsin.domain.diagnosis.facts.pgbouncer import PgbouncerFacts
from tocsin.domain.diagnosis.facts.postgres import PostgresFacts
from tocsin.domain.diagnosis.facts.redis import RedisFacts
from tocsin.domain.diagnosis.facts.series import SeriesFacts
from tocsin.domain.diagnosis.facts.services import ServiceFacts
from tocsin.domain.diagnosis.facts.status import StatusFacts
from tocsin.domain.diagnosis.facts.tls import TlsFacts
from tocsin.domain.diagnosis.facts.workloads import WorkloadFacts
from tocsin.domain.errors import InvalidError

Facts = (
    HttpFacts
    | PostgresFacts
    | RedisFacts
    | HostFacts
    | DeployFacts
    | MetricsFacts
    | TlsFacts
    | DnsFacts
    | LogFacts
    | WorkloadFacts
    | SeriesFacts
    | StatusFacts
    | PgbouncerFacts
)


@dataclass(frozen=True, slots=True, kw_only=True)
class ProbeError:
    """A probe gave no facts: it was too late, it broke, or there is none of that kind."""

    target: str
    kind: str
    reason: Literal["late", "failed", "no_probe"]
    detail: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Bundle:
    """The raw facts of one run. `targets` names everything that was asked, answered or not.

    `history` is what earlier runs read of the same targets, oldest first.
    """

    started_at: datetime
    ended_at: datetime
    v: int = 1
    targets: tuple[str, ...] = ()
    http: tuple[HttpFacts, ...] = ()
    postgres: tuple[PostgresFacts, ...] = ()
    redis: tuple[RedisFacts, ...] = ()
    host: tuple[HostFacts, ...] = ()
    deploys: tuple[DeployFacts, ...] = ()
    metrics: tuple[MetricsFacts, ...] = ()
    tls: tuple[TlsFacts, ...] = ()
    dns: tuple[DnsFacts, ...] = ()
    history: tuple[Reading, ...] = ()
    services: tuple[ServiceFacts, ...] = ()
    series: tuple[SeriesFacts, ...] = ()
    status: tuple[StatusFacts, ...] = ()
    logs: tuple[LogFacts, ...] = ()
    workloads: tuple[WorkloadFacts, ...] = ()
    pgbouncer: tuple[PgbouncerFacts, ...] = ()
    errors: tuple[ProbeError, ...] = ()

    @property
    def took_s(self) -> float:
        """How long the run took, in seconds."""
        return (self.ended_at - self.started_at).total_seconds()

    @property
    def blind(self) -> tuple[BlindSpot, ...]:
        """What the probes themselves could not see."""
        spots = (
            *(facts.blind for facts in self.http),
            *(facts.blind for facts in self.postgres),
            *(facts.blind for facts in self.redis),
            *(facts.blind for facts in self.host),
            *(facts.blind for facts in self.deploys),
            *(facts.blind for facts in self.metrics),
            *(facts.blind for facts in self.tls),
            *(facts.blind for facts in self.dns),
            *(facts.blind for facts in self.logs),
            *(facts.blind for facts in self.workloads),
            *(facts.blind for facts in self.series),
            *(facts.blind for facts in self.status),
            *(facts.blind for facts in self.pgbouncer),
        )
        return tuple(chain.from_iterable(spots))

    def to_json(self) -> bytes:
        """Give the bundle as JSON; `from_json` gives the same bundle back."""
        return msgspec.json.encode(self)

    @classmethod
    def from_json(cls, body: bytes) -> Self:
        """Return the bundle in `body`.

        Raises:
            InvalidError: `body` is not a bundle.

        """
        try:
            return msgspec.json.decode(body, type=cls)
        except msgspec.MsgspecError as error:
            raise InvalidError(f"not a diagnosis bundle: {error}", field="bundle") from error


def bundle_of(
    facts: Iterable[Facts],
    *,
    started_at: datetime,
    ended_at: datetime,
    targets: Iterable[str] = (),
    errors: Iterable[ProbeError] = (),
) -> Bundle:
    """Return one bundle of mixed facts, each kind ordered by target, so that thread order never shows."""
    every = sorted(facts, key=lambda one: one.target)
    return Bundle(
        started_at=started_at,
        ended_at=ended_at,
        targets=tuple(sorted(targets)),
        http=tuple(one for one in every if isinstance(one, HttpFacts)),
        postgres=tuple(one for one in every if isinstance(one, PostgresFacts)),
        redis=tuple(one for one in every if isinstance(one, RedisFacts)),
        host=tuple(one for one in every if isinstance(one, HostFacts)),
        deploys=tuple(one for one in every if isinstance(one, DeployFacts)),
        metrics=tuple(one for one in every if isinstance(one, MetricsFacts)),
        tls=tuple(one for one in every if isinstance(one, TlsFacts)),
        dns=tuple(one for one in every if isinstance(one, DnsFacts)),
        logs=tuple(one for one in every if isinstance(one, LogFacts)),
        workloads=tuple(one for one in every if isinstance(one, WorkloadFacts)),
        series=tuple(one for one in every if isinstance(one, SeriesFacts)),
        status=tuple(one for one in every if isinstance(one, StatusFacts)),
        pgbouncer=tuple(one for one in every if isinstance(one, PgbouncerFacts)),
        errors=tuple(sorted(errors, key=lambda one: one.target)),
    )
