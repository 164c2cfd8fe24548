"""What every reader of logs is given and gives back."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from tocsin.adapters.probes.logs.options import LogsOptions
from tocsin.domain.diagnosis.facts.blind_spots import BlindSpot
from tocsin.domain.diagnosis.facts.logs import LogsError
from tocsin.net.errors import NetError, TimedOutError, TooLargeError
from tocsin.net.http import Answer, Http

_DENIED = frozenset({401, 403})
_MISSING = frozenset({404})
_SHORTEST_S = 0.05


class ReadError(Exception):
    """The logs cannot be read; `kind` says why."""

    def __init__(self, kind: LogsError, text: str) -> None:
        super().__init__(text)
        self.kind = kind


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


def headers_of(options: LogsOptions) -> dict[str, str]:
    """Return the headers that an API is sent."""
    found: dict[str, str] = dict(options.headers)
    if options.token:
        found["Authorization"] = f"Bearer {options.token}"
    if options.tenant:
        found["X-Scope-OrgID"] = options.tenant
    return found


def client(options: LogsOptions, http: Http) -> Http:
    """Return the client for an API: one that trusts its authorities where it has some of its own.

    Raises:
        ReadError: the file of authorities cannot be read.
    """
    if not options.authorities:
        return http
    try:
        return Http(authorities=options.authorities)
    except OSError as error:
        raise ReadError("missing", f"authorities {options.authorities}: {error.strerror}") from error


def get(http: Http, url: str, headers: Mapping[str, str], budget: Budget) -> Answer:
    """GET an API and return its answer.

    Raises:
        ReadError: there is no answer, or one that refuses.
    """
    try:
        answer = http.get(url, limit_s=budget.left_s, trusted=True, headers=headers, max_bytes=2 * budget.max_bytes)
    except TimedOutError as error:
        raise ReadError("timeout", str(error)) from error
    except TooLargeError as error:
        raise ReadError("other", f"{error}; lower `max_bytes`") from error
    except NetError as error:
        raise ReadError("refused", str(error)) from error
    if answer.ok:
        return answer
    kind: LogsError = "denied" if answer.status in _DENIED else "missing" if answer.status in _MISSING else "other"
    raise ReadError(kind, f"HTTP {answer.status} {answer.text()}".strip())
