"""Series in known shapes for the checks that judge them."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from tests.domain.diagnosis.cases import HEALTHY, ONSET

from tocsin.domain.diagnosis.facts import Bundle, StatusFacts
from tocsin.domain.diagnosis.facts.series import Asked, Series, SeriesFacts, Values
from tocsin.domain.diagnosis.service_facts import QUIET_ROWS, ROWS_BEFORE

STEP_S = 30.0
ROWS = QUIET_ROWS + ROWS_BEFORE + 6
AT = ONSET + timedelta(seconds=6 * STEP_S)


def level(before: float, since: float | None = None, *, from_row: int = QUIET_ROWS + ROWS_BEFORE) -> Values:
    """Return rows that stray a little around a level, and around another from a row on; None: as before."""
    after = before if since is None else since
    return tuple((before if row < from_row else after) * (1 + 0.01 * (row % 3)) for row in range(ROWS))


def asked(values: Values, yesterday: Values = (), **changed: object) -> Asked:
    one = Asked(name="load", query="load", found=1, series=(Series(labels="", values=values, yesterday=yesterday),))
    return replace(one, **changed)  # type: ignore[arg-type]  # a test names the fields it means


def series(*questions: Asked, **changed: object) -> Bundle:
    since = AT - timedelta(seconds=ROWS * STEP_S)
    facts = SeriesFacts(target="prom", at=AT, since=since, step_s=STEP_S, quiet=QUIET_ROWS, asked=questions, watched=2)
    return replace(HEALTHY, series=(replace(facts, **changed),))  # type: ignore[arg-type]  # as above


def page(*components: str) -> Bundle:
    facts = StatusFacts(target="bank status", at=AT, page="Bank", description="fine", components=components)
    return replace(HEALTHY, status=(facts,))


CALM = series(asked(level(20.0)))
GONE: Values = (*level(20.0)[:-6], *(None,) * 6)
SERIES_SAMPLES: list[tuple[str, str, Bundle]] = [
    *((f"series.{name}", "ok", CALM) for name in ("step", "targets_up", "present", "cardinality")),
    ("status.page", "ok", page()),
    ("status.page", "warn", page("API: major outage")),
    ("series.step", "warn", series(asked(level(20.0, 60.0)))),
    ("series.targets_up", "warn", series(down=("up{instance=10.0.0.1}",))),
    ("series.targets_up", "critical", series(down=("up{instance=10.0.0.1}", "up{instance=10.0.0.2}"))),
    ("series.present", "warn", series(asked(GONE, found=0))),
    ("series.present", "unknown", series(asked((), found=0, series=()))),
    ("series.cardinality", "unknown", series(asked(level(20.0), found=4312))),
]
