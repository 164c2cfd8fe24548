"""What is known of a node over time, and the trouble that is to be explained."""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from statistics import median
from typing import Literal

Signal = Literal["latency", "errors"]
Graph = Mapping[str, Collection[str]]
"""Caller → what it calls. It may lack edges, or be empty."""

UNITS: Mapping[Signal, str] = {"latency": "extra seconds", "errors": "failed requests"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Series:
    """One node's figures, one a row; None (or NaN) was not measured.

    `latency_s` is the mean of a row's requests, `error_ratio` their failed share, 0 to 1. Where nothing is kept of
    one of the two, it is empty.
    """

    requests: Sequence[float | None]
    latency_s: Sequence[float | None] = ()
    error_ratio: Sequence[float | None] = ()

    def rows(self, signal: Signal, length: int) -> tuple[Row, ...]:
        """Return `length` rows of `signal`.

        How many requests there are differs little from row to row: where only that is missing, it is taken to be as usual.
        """
        rates = self.latency_s if signal == "latency" else self.error_ratio
        usual = _usual(self.requests)
        counts = [usual if count is None or math.isnan(count) else count for count in self.requests]
        found = [_row(count, rate) for count, rate in zip(counts, rates, strict=False)][:length]
        return (*found, *(UNKNOWN for _ in range(length - len(found))))


@dataclass(frozen=True, slots=True)
class Row:
    """How many requests there were, and seconds or failures per request; both 0 where that is not `known`."""

    requests: float
    rate: float
    known: bool = True


IDLE = Row(0.0, 0.0)
UNKNOWN = Row(0.0, 0.0, known=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """The node that suffers and in what; the first `calm` rows of the window were before the trouble."""

    node: str
    signal: Signal
    calm: int = 1


def _usual(requests: Sequence[float | None]) -> float | None:
    """Return the median of what is known to have been asked, or None."""
    known = [count for count in requests if count is not None and math.isfinite(count) and count > 0]
    return median(known) if known else None


def _row(requests: float | None, rate: float | None) -> Row:
    if requests == 0:
        return IDLE
    if requests is None or rate is None or not math.isfinite(requests) or not math.isfinite(rate) or requests < 0:
        return UNKNOWN
    return Row(float(requests), float(rate))
