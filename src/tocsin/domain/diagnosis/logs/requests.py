"""Which requests were slowest, and how they were answered, where lines tell: access logs and structured lines (R-DIA-15)."""

from __future__ import annotations

import heapq
from collections import Counter
from collections.abc import Mapping
from typing import NamedTuple

from tocsin.domain.diagnosis.logs.readers import place

MOST_SLOW = 20
_SECONDS: Mapping[str, float] = {
    **dict.fromkeys(
        ("seconds", "duration_s", "took_s", "elapsed_s", "latency_s", "request_time", "duration_seconds"), 1.0
    ),
    **dict.fromkeys(
        ("duration_ms", "took_ms", "elapsed_ms", "latency_ms", "response_time_ms", "durationMs", "elapsedMs", "ms"),
        1e-3,
    ),
    **dict.fromkeys(("duration_us", "took_us", "elapsed_us", "latency_us"), 1e-6),
    **dict.fromkeys(("duration_ns", "took_ns", "elapsed_ns", "latency_ns"), 1e-9),
}
STATUSES = ("status", "status_code", "statusCode", "http_status", "response_status", "http.status_code")
_PATHS = ("path", "uri", "url", "route", "request_uri", "http.route", "endpoint")
_METHODS = ("method", "http_method", "request_method", "http.method")
_CODES = range(100, 600)
_DIGITS = 3


class Slow(NamedTuple):
    """One request: how long it took, when it was written, and what it was."""

    seconds: float
    at_s: float
    what: str
    status: int


class Told(NamedTuple):
    """Which keys of a record tell of a request: its time and that key's unit, its answer, its place."""

    took: str
    unit: float
    status: str
    path: str
    method: str


def told_by(shape: tuple[str, ...]) -> Told | None:
    """Return which keys tell of a request; None where none does."""
    took = next((name for name in _SECONDS if name in shape), "")
    status, path, method = (next((one for one in names if one in shape), "") for names in (STATUSES, _PATHS, _METHODS))
    return Told(took, _SECONDS.get(took, 1.0), status, path, method) if took or status else None


class Requests:
    """Counts answers by their status and keeps the slowest requests."""

    def __init__(self) -> None:
        self.statuses: Counter[int] = Counter()
        self._slow: list[Slow] = []
        self._floor = 0.0

    @property
    def slowest(self) -> list[Slow]:
        """The slowest requests, the slowest first."""
        return sorted(self._slow, reverse=True)

    def note(self, told: Told, record: Mapping[str, object], text: str, at_s: float) -> None:
        """Take a record that tells of a request, whose message is `text`."""
        took, status = record.get(told.took), record.get(told.status)
        code = _digits(status) if isinstance(status, str) else int(status) if isinstance(status, int | float) else 0
        if code in _CODES:
            self.statuses[code] += 1
        else:
            code = 0
        if type(took) is not float and type(took) is not int:
            return
        seconds = took * told.unit
        if seconds <= self._floor:
            return
        heapq.heappush(self._slow, Slow(seconds, at_s, _what(told, record, text), code))
        if len(self._slow) > MOST_SLOW:
            heapq.heappop(self._slow)
            self._floor = self._slow[0].seconds


def _what(told: Told, record: Mapping[str, object], text: str) -> str:
    path = record.get(told.path)
    if not isinstance(path, str):
        return text[:200]
    return f"{record.get(told.method) or ''} {place(path)}".strip()[:200]


def _digits(text: str) -> int:
    return int(text) if len(text) == _DIGITS and text.isascii() and text.isdigit() else 0
