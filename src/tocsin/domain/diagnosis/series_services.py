"""What a metrics store measured of services, as the facts that attribution and the checks of traffic judge."""

from __future__ import annotations

import math
from collections.abc import Collection, Iterator, Sequence
from dataclasses import replace
from statistics import median

from tocsin.domain.catalogue import Service
from tocsin.domain.diagnosis.facts import Bundle, MetricsBaseline, MetricsFacts, MetricsWindow, ServiceFacts, ServiceRow
from tocsin.domain.diagnosis.facts.series import SeriesFacts, ServiceRows

_RECENT_ROWS = 5


def with_series(bundle: Bundle, services: Sequence[Service], affected: Collection[str]) -> Bundle:
    """Return `bundle` with the services that the store with most of them measured.

    Rows of two origins cannot be compared: where monitors measured as many services, theirs stay. A service whose own
    counters were not scraped gets its traffic from the store as well.
    """
    best = max(bundle.series, key=lambda facts: len(facts.services), default=None)
    if best is None or not best.services:
        return bundle
    scraped = {one.service for one in bundle.metrics}
    traffic = [one for rows in best.services if rows.key not in scraped and (one := _traffic(best, rows))]
    metrics = tuple(sorted((*bundle.metrics, *traffic), key=lambda one: one.target))
    if len(best.services) <= len(bundle.services):
        return replace(bundle, metrics=metrics)
    needs = {service.key: service.depends_on for service in services}
    found = tuple(
        ServiceFacts(
            target=one.key,
            at=best.at,
            step_s=best.step_s,
            rows=one.rows,
            quiet=best.quiet,
            affected=one.key in affected,
            depends_on=needs.get(one.key, ()),
        )
        for one in sorted(best.services, key=lambda one: one.key)
    )
    return replace(bundle, services=found, metrics=metrics)


def _traffic(facts: SeriesFacts, measured: ServiceRows) -> MetricsFacts | None:
    quiet, since = measured.rows[: facts.quiet], measured.rows[facts.quiet :]
    recent = [one for one in since[-_RECENT_ROWS:] if one.requests is not None]
    before = [one for one in quiet if one.requests is not None]
    if not recent or not before:
        return None
    rate = median(_requests(before)) / facts.step_s
    return MetricsFacts(
        target=f"{facts.target} {measured.key}",
        at=facts.at,
        service=measured.key,
        recent=MetricsWindow(
            seconds=len(recent) * facts.step_s,
            requests=math.fsum(_requests(recent)),
            errors=_errors(recent),
            p95_s=_latency(recent),
        ),
        baseline=MetricsBaseline(
            requests_per_s=rate,
            error_ratio=_errors(before) / (math.fsum(_requests(before)) or 1.0),
            p95_s=_latency(before),
        ),
    )


def _requests(rows: Sequence[ServiceRow]) -> Iterator[float]:
    return (one.requests or 0.0 for one in rows)


def _errors(rows: Sequence[ServiceRow]) -> float:
    return math.fsum((one.requests or 0.0) * (one.error_ratio or 0.0) for one in rows)


def _latency(rows: Sequence[ServiceRow]) -> float | None:
    known = [one.latency_s for one in rows if one.latency_s is not None]
    return median(known) if known else None
