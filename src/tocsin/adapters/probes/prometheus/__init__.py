"""What a Prometheus holds of the time around the onset: ranges, the same rows a day before, and targets that are down.

It asks `/api/v1/query` and `/api/v1/query_range`, GET only, and judges nothing: series are kept as they are.
"""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import datetime, timedelta

from tocsin.adapters.probes.api import Api, ApiError, api_client, headers_of
from tocsin.adapters.probes.prometheus.asking import Rows
from tocsin.adapters.probes.prometheus.options import PrometheusOptions, queries_of, validate_options
from tocsin.adapters.probes.prometheus.round import Round
from tocsin.domain.diagnosis.facts import BlindSpot
from tocsin.domain.diagnosis.facts.series import SeriesFacts
from tocsin.domain.diagnosis.redaction import secrets_in
from tocsin.domain.diagnosis.service_facts import QUIET_ROWS, ROWS_SINCE, Span
from tocsin.domain.diagnosis.targets import Target
from tocsin.flows.ports import Clock
from tocsin.net.http import Http

__all__ = ["Prometheus", "validate_options"]

_AT_ONCE = 8
_UNKNOWN_ROWS = 10
"""How many rows back the trouble is taken to have begun where nobody said when."""


class Prometheus:
    """Puts the configured expressions to the store, some at a time."""

    kind = "prometheus"

    def __init__(self, now: Clock, http: Http) -> None:
        self._now = now
        self._http = http

    def collect(self, target: Target, deadline_s: float) -> SeriesFacts:
        """Return the series around the target's onset within `deadline_s` seconds. A store that refuses is a fact.

        Raises:
            InvalidError: the target's options do not hold.

        """
        options = validate_options(target.options)
        began, at = time.monotonic(), self._now()
        rows, span = _rows(options, target.onset, at)
        facts = SeriesFacts(
            target=target.name,
            at=at,
            since=rows.since,
            step_s=rows.step.total_seconds(),
            quiet=QUIET_ROWS,
            service=target.service,
            reproduce=f"query_range from {span.since:%Y-%m-%dT%H:%M:%SZ}, step {rows.step.total_seconds():g}",
        )
        try:
            api = Api(
                http=api_client(self._http, options.authorities),
                until=began + deadline_s,
                max_bytes=options.max_bytes,
                root=options.url,
                headers=headers_of(options.token, options.headers),
                secrets=secrets_in(target.options),
            )
        except ApiError as error:
            return replace(facts, error=error.kind, error_text=str(error), took_s=time.monotonic() - began)
        return replace(_asked(facts, options, api, rows), took_s=time.monotonic() - began)


def _rows(options: PrometheusOptions, onset: datetime | None, at: datetime) -> tuple[Rows, Span]:
    """Return the rows around the onset; they grow longer with its age, so that the newest always reach to now."""
    step_s = options.step_s
    known = onset if onset is not None and onset < at else at - timedelta(seconds=_UNKNOWN_ROWS * step_s)
    step = timedelta(seconds=max(step_s, (at - known).total_seconds() / ROWS_SINCE))
    span = Span(onset=known, now=at, step=step)
    whole = int((at - span.since) / step)  # a row that is not over yet holds only a part of its requests
    return Rows(since=span.since, step=step, count=min(span.length, whole)), span


def _asked(facts: SeriesFacts, options: PrometheusOptions, api: Api, rows: Rows) -> SeriesFacts:
    questions = Round(api=api, rows=rows, at=facts.at, most=options.max_series)
    with ThreadPoolExecutor(_AT_ONCE) as pool:
        up = pool.submit(questions.up, options.up)
        queries = [pool.submit(questions.query, name, query) for name, query in queries_of(options).items()]
        services = [pool.submit(questions.service, key, one) for key, one in options.services.items()]
        watched, down = up.result()
        asked = tuple(one.result() for one in queries)
        measured = tuple(row for one in services if (row := one.result()))
    found = replace(facts, asked=asked, services=measured, watched=watched, down=down)
    if questions.failed and not questions.answered:
        first = questions.failed[0]
        return replace(found, error=first.kind, error_text=str(first))
    blind = [BlindSpot(target=facts.target, what=what, why=why) for what, why in sorted(questions.blind)]
    return replace(found, blind=tuple(blind))
