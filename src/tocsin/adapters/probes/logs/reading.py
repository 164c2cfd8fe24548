"""What every reader of logs is given and gives back."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from tocsin.adapters.probes.api import Api, api_client, headers_of
from tocsin.adapters.probes.logs.options import LogsOptions
from tocsin.domain.diagnosis.facts.blind_spots import BlindSpot
from tocsin.net.http import Http

_SHORTEST_S = 0.05


@dataclass(frozen=True, slots=True, kw_only=True)
class Budget:
    """How much may be read: until when (monotonic seconds), of which window before `now`, and how many bytes and lines."""

    now: datetime
    until: float
    window_s: float
    max_bytes: int
    max_lines: int

    @property
    def since(self) -> datetime:
        """Where the window begins."""
        return self.now - timedelta(seconds=self.window_s)

    @property
    def left_s(self) -> float:
        """The seconds that are left, never less than a moment."""
        return max(_SHORTEST_S, self.until - time.monotonic())


@dataclass(slots=True, kw_only=True)
class Chunk:
    """Lines of one writer, the oldest first; `times` are set where whoever delivers them tells (seconds since 1970)."""

    service: str = ""
    lines: list[str] = field(default_factory=list)
    times: list[float] = field(default_factory=list)

    def newest(self, count: int) -> int:
        """Keep the newest `count` lines; return how many were dropped."""
        dropped = max(0, len(self.lines) - count)
        del self.lines[:dropped]
        del self.times[:dropped]
        return dropped


@dataclass(slots=True, kw_only=True)
class Reading:
    """What was read. `cut` says why older lines of the window are missing, empty where none are."""

    chunks: list[Chunk] = field(default_factory=list)
    bytes: int = 0
    cut: str = ""
    reproduce: str = ""
    blind: list[BlindSpot] = field(default_factory=list)

    def miss(self, what: str, why: str, mend: str = "") -> None:
        """Note something that could not be read; the probe fills in the target."""
        self.blind.append(BlindSpot(target="", what=what, why=why, mend=mend))


Reader = Callable[[LogsOptions, Budget, Http], Reading]


def api_of(options: LogsOptions, budget: Budget, http: Http, *, by_socket: bool = False) -> Api:
    """Return the API that has the lines, at the options' `url`, or at their `socket` where they have none.

    Raises:
        ApiError: the authorities to trust cannot be read.
    """
    tenant = {"X-Scope-OrgID": options.tenant} if options.tenant else {}
    return Api(
        http=api_client(http, options.authorities),
        until=budget.until,
        max_bytes=2 * budget.max_bytes,
        beginnings=True,
        root=options.url,
        socket=options.socket if by_socket and not options.url else "",
        headers={**headers_of(options.token, options.headers), **tenant},
        secrets=tuple(one for one in (options.token, *options.headers.values()) if one),
    )
