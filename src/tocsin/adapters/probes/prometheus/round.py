"""One round of questions to a store: each that has no answer is a blind spot, and costs no other."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from functools import partial
from typing import TypeVar

from tocsin.adapters.probes.api import Api, ApiError
from tocsin.adapters.probes.prometheus.asking import Rows, Told, count_of, labels_of, range_of
from tocsin.adapters.probes.prometheus.options import Query, ServiceQueries
from tocsin.domain.diagnosis.facts import ServiceRow
from tocsin.domain.diagnosis.facts.series import Asked, Series, ServiceRows, Values

T = TypeVar("T")
_DAY = timedelta(days=1)
_SAID = 300


@dataclass(slots=True, kw_only=True)
class Round:
    """The questions of one run. Of an expression with more than `most` series, the largest are read.

    `blind` says what was not seen and why; `failed` are the questions that had no answer, `answered` whether any had one.
    """

    api: Api
    rows: Rows
    at: datetime
    most: int
    blind: list[tuple[str, str]] = field(default_factory=list)
    failed: list[ApiError] = field(default_factory=list)
    answered: bool = False

    def up(self, selector: str) -> tuple[int | None, tuple[str, ...]]:
        """Return how many targets the selector finds (None: not seen), and the labels of those that are down."""
        if not selector:
            return None, ()
        watched = self._tried("targets", partial(count_of, self.api, selector, self.at))
        if not watched:
            if watched == 0:
                self.blind.append(("targets", f"no target matches {selector}"))
            return watched, ()
        down = self._tried("targets", partial(labels_of, self.api, f"(\n{selector}\n) == 0", self.at))
        return (None, ()) if down is None else (watched, down)

    def query(self, name: str, query: Query) -> Asked:
        """Return an expression's series around the onset and a day before."""
        asked = Asked(name=name, query=query.query, means=query.means, relative=query.relative, absolute=query.absolute)
        found = self._tried(name, partial(count_of, self.api, query.query, self.at))
        if found is None:
            return asked
        expression = query.query if found <= self.most else f"topk({self.most},\n{query.query}\n)"
        told = self._range(name, expression, self.rows)
        if told is None:
            return replace(asked, found=found)
        before = self._range(f"{name} a day before", expression, self.rows.earlier(_DAY))
        yesterday: Mapping[str, Values] = before.series if before else {}
        if len(told.series) > self.most:
            why = f"{len(told.series)} series were at some time among the largest; {self.most} of them were kept"
            self.blind.append((name, why))
        kept = sorted(told.series.items(), key=lambda one: (-_last(one[1]), one[0]))[: self.most]
        series = tuple(
            Series(labels=labels, values=values, yesterday=_known(yesterday.get(labels, ()))) for labels, values in kept
        )
        return replace(asked, found=found, series=series)

    def service(self, key: str, queries: ServiceQueries) -> ServiceRows | None:
        """Return a service's rows; None where its requests are not known."""
        nothing: Values = (None,) * self.rows.count
        requests = self._single(f"requests of {key}", queries.requests)
        latency = self._single(f"latency_s of {key}", queries.latency_s)
        errors = self._single(f"error_ratio of {key}", queries.error_ratio)
        if requests is None:
            return None
        step_s = self.rows.step.total_seconds()
        columns = zip(requests, latency or nothing, errors or nothing, strict=True)
        rows = tuple(
            ServiceRow(requests=None if rate is None else rate * step_s, latency_s=seconds, error_ratio=share)
            for rate, seconds, share in columns
        )
        return ServiceRows(key=key, rows=rows)

    def _single(self, what: str, query: str) -> Values | None:
        told = self._range(what, query, self.rows) if query else None
        if told is None:
            return None
        if len(told.series) != 1:
            self.blind.append((what, f"the expression has {len(told.series)} series, not one"))
            return None
        return next(iter(told.series.values()))

    def _range(self, what: str, query: str, rows: Rows) -> Told | None:
        told = self._tried(what, partial(range_of, self.api, query, rows))
        if told and told.warnings:
            self.blind.append((what, f"the store warns: {self.api.clean(told.warnings[0])}"[:_SAID]))
        return told

    def _tried(self, what: str, question: Callable[[], T]) -> T | None:
        try:
            answer = question()
        except ApiError as error:
            self.failed.append(error)
            self.blind.append((what, str(error)))
            return None
        self.answered = True
        return answer


def _last(values: Values) -> float:
    return next((abs(one) for one in reversed(values) if one is not None), -1.0)


def _known(values: Values) -> Values:
    return values if any(one is not None for one in values) else ()
