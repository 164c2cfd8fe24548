"""Questions to Prometheus' HTTP API: `/api/v1/query` and `/api/v1/query_range`, GET only."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import msgspec

from tocsin.adapters.probes.api import Api, ApiError
from tocsin.domain.diagnosis.facts.series import Values

_HIDDEN = ("__name__",)
_LABELS_SHOWN = 160


class _Series(msgspec.Struct):
    metric: dict[str, str] = {}
    value: list[object] = []
    values: list[list[object]] = []


class _Data(msgspec.Struct):
    resultType: str = ""  # noqa: N815 (the API's name)
    result: object = None


class _Answer(msgspec.Struct):
    status: str = ""
    data: _Data = msgspec.field(default_factory=_Data)
    warnings: list[str] = []


@dataclass(frozen=True, slots=True, kw_only=True)
class Rows:
    """The instants at which values are wanted: the end of each row."""

    since: datetime
    step: timedelta
    count: int

    @property
    def ends(self) -> tuple[float, float]:
        """When the first row ends and when the last one does, in seconds since 1970."""
        first = (self.since + self.step).timestamp()
        return first, first + (self.count - 1) * self.step.total_seconds()

    def earlier(self, by: timedelta) -> Rows:
        """Return the same rows `by` earlier."""
        return Rows(since=self.since - by, step=self.step, count=self.count)


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """Series by their labels, and what the store warned of."""

    series: Mapping[str, Values]
    warnings: tuple[str, ...] = ()


def count_of(api: Api, query: str, at: datetime) -> int:
    """Return how many series an expression has now.

    Raises:
        ApiError: the store does not answer, or the expression is none.
    """
    found = _instant(api, f"count(\n{query}\n)", at)
    return int(found[0][1] or 0) if found else 0


def labels_of(api: Api, query: str, at: datetime) -> tuple[str, ...]:
    """Return the labels of an expression's series now.

    Raises:
        ApiError: the store does not answer, or the expression is none.
    """
    return tuple(sorted(labels for labels, _ in _instant(api, query, at)))


def range_of(api: Api, query: str, rows: Rows) -> Told:
    """Return an expression's values row by row.

    Raises:
        ApiError: the store does not answer, or the expression is none.
    """
    start, end = rows.ends
    step = rows.step.total_seconds()
    answer = api.get(
        "/api/v1/query_range",
        _Answer,
        query=query,
        start=start,
        end=end,
        step=step,
        timeout=f"{int(1000 * api.left_s)}ms",
    )
    series = {_labels(one.metric): _values(one.values, start, step, rows.count) for one in _results(answer, "matrix")}
    return Told(series=series, warnings=tuple(answer.warnings))


def _instant(api: Api, query: str, at: datetime) -> list[tuple[str, float | None]]:
    answer = api.get("/api/v1/query", _Answer, query=query, time=at.timestamp(), timeout=f"{int(1000 * api.left_s)}ms")
    return [(_labels(one.metric), _number(one.value)) for one in _results(answer, "vector")]


def _results(answer: _Answer, wanted: str) -> list[_Series]:
    if answer.status != "success":
        raise ApiError("other", f"the store says {answer.status or 'nothing'}, not success")
    if answer.data.resultType != wanted:
        raise ApiError("other", f"the expression gives a {answer.data.resultType or 'nothing'}, not a {wanted}")
    try:
        return msgspec.convert(answer.data.result, list[_Series])
    except msgspec.ValidationError as error:
        raise ApiError("other", f"not what the API documents: {error}") from error


def _values(points: Sequence[Sequence[object]], start: float, step: float, count: int) -> Values:
    found: list[float | None] = [None] * count
    for point in points:
        at = _finite(point[0]) if point else None
        row = round((at - start) / step) if at is not None else -1
        if 0 <= row < count:
            found[row] = _number(point)
    return tuple(found)


def _number(point: Sequence[object]) -> float | None:
    """Return the value of a pair of time and text; NaN and the infinities say nothing that can be compared."""
    return _finite(point[1]) if len(point) > 1 else None


def _finite(text: object) -> float | None:
    try:
        value = float(str(text))
    except ValueError:
        return None
    return value if math.isfinite(value) else None


def _labels(metric: Mapping[str, str]) -> str:
    told = ", ".join(f'{name}="{value}"' for name, value in sorted(metric.items()) if name not in _HIDDEN)
    name = metric.get("__name__", "")
    return f"{name}{{{told}}}"[:_LABELS_SHOWN] if told else name
