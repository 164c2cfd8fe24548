"""What a metrics store holds of the time around an onset: series as they are, for checks to judge."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from tocsin.domain.diagnosis.facts.blind_spots import BlindSpot, Refusal
from tocsin.domain.diagnosis.facts.services import ServiceRow

Meaning = Literal["traffic", "errors", "latency", "saturation", ""]
Values = tuple[float | None, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Series:
    """One series, a value a row; None is no sample. `yesterday` are the same rows a day before, empty if unknown."""

    labels: str
    values: Values
    yesterday: Values = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """One question put to the store: `found` is how many series it has now, `series` the largest of them.

    A change counts from `relative` (of what was before) and `absolute` (in the query's unit) on, both.
    """

    name: str
    query: str
    means: Meaning = ""
    relative: float = 0.5
    absolute: float = 0.01
    found: int | None = None
    series: tuple[Series, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ServiceRows:
    """What was measured of one service, in the same rows as every series."""

    key: str
    rows: tuple[ServiceRow, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class SeriesFacts:
    """One store. Rows are `step_s` seconds long and begin at `since`; the first `quiet` were well before the onset.

    `watched` is how many targets the store scrapes, None where that was not asked; `down` names those that do not answer.
    """

    target: str
    at: datetime
    since: datetime
    step_s: float
    quiet: int
    service: str = ""
    asked: tuple[Asked, ...] = ()
    services: tuple[ServiceRows, ...] = ()
    watched: int | None = None
    down: tuple[str, ...] = ()
    error: Refusal | None = None
    error_text: str = ""
    reproduce: str = ""
    took_s: float = 0.0
    blind: tuple[BlindSpot, ...] = ()
