"""The options of the prometheus probe: which questions to put to the store, and how much of an answer to take."""

from __future__ import annotations

from collections.abc import Mapping

import msgspec

from tocsin.adapters.options import read_options
from tocsin.adapters.probes.api import require_url, require_within
from tocsin.domain.diagnosis.facts.series import Meaning
from tocsin.domain.errors import InvalidError

_MOST_QUESTIONS = 40
_LIMITS = {"step_s": (1, 3600), "max_series": (1, 100), "max_bytes": (1024, 1 << 26)}


class Query(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One expression whose series are compared with quiet times.

    `means` is what it measures: `traffic`, `errors`, `latency` or `saturation`. A change counts from `relative` (a share
    of what was before) and `absolute` (in the query's own unit) on, both.
    """

    query: str
    means: Meaning = ""
    relative: float = 0.5
    absolute: float = 0.01


class ServiceQueries(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One service in three expressions, each giving one series: requests a second, their seconds, their failed share."""

    requests: str
    latency_s: str = ""
    error_ratio: str = ""


class PrometheusOptions(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`url` is the root of a Prometheus, or of anything with its API. `queries` are expressions by their names.

    An expression is a text, or `query` with `means` (`traffic`, `errors`, `latency`, `saturation`) and the floors
    `relative` and `absolute`. `services` gives keys of services their `requests` (a second), `latency_s` and
    `error_ratio` (0 to 1), which attribution compares: name those that the affected service depends on as well.
    `up` selects the targets that have to be up; empty asks for none. Rows are `step_s` long, 50 before the onset and up to
    40 since, longer where that is long ago. Of a query with more than `max_series`, the largest are read and the rest is
    told. `token` is a bearer token.
    """

    url: str
    queries: dict[str, str | Query] = {}
    services: dict[str, ServiceQueries] = {}
    up: str = "up"
    step_s: float = 30.0
    max_series: int = 10
    max_bytes: int = 2_097_152
    token: str = ""
    headers: dict[str, str] = {}
    authorities: str = ""


def validate_options(raw: Mapping[str, object]) -> PrometheusOptions:
    """Return the options in `raw`.

    Raises:
        InvalidError: an option is unknown, has the wrong type, or cannot be.

    """
    options = read_options("prometheus", raw, PrometheusOptions)
    require_url("prometheus", options.url)
    require_within("prometheus", options, _LIMITS)
    count = len(options.queries) + 3 * len(options.services)
    if count > _MOST_QUESTIONS:
        mend = f"At most {_MOST_QUESTIONS}; a service counts three. Spread them over several probes."
        raise InvalidError(f"prometheus: {count} expressions are too many", field="queries", mend=mend)
    for name, query in queries_of(options).items():
        if not query.query.strip():
            raise InvalidError(f"prometheus: {name!r} is empty", field="queries", mend="Write a PromQL expression.")
        if query.relative < 0 or query.absolute < 0:
            raise InvalidError(f"prometheus: a floor of {name!r} is negative", field="queries", mend="Write 0 or more.")
    return options


def queries_of(options: PrometheusOptions) -> dict[str, Query]:
    """Return the queries by name, each in its full form."""
    return {name: Query(query=one) if isinstance(one, str) else one for name, one in options.queries.items()}
