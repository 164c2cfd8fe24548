"""A step needs both floors and the spread of quiet times, and what a store measured of services is attributed."""

from __future__ import annotations

from dataclasses import replace

import pytest
from tests.domain.diagnosis.cases import HEALTHY, NOW, judged
from tests.domain.diagnosis.series_samples import AT, ROWS, STEP_S, asked, level, series
from tests.domain.diagnosis.service_cases import SERVICES, WELL

from tocsin.domain.diagnosis.facts import Bundle, ServiceRow
from tocsin.domain.diagnosis.facts.series import SeriesFacts, ServiceRows
from tocsin.domain.diagnosis.series_services import with_series
from tocsin.domain.diagnosis.service_facts import QUIET_ROWS, ROWS_BEFORE
from tocsin.domain.diagnosis.steps import Floors, step_of

FLOORS = Floors(relative=0.5, absolute=5.0)
LATE = QUIET_ROWS + ROWS_BEFORE


def test_a_step_is_found_where_it_began_even_before_people_learned_of_it() -> None:
    step = step_of(level(20.0, 60.0, from_row=44), QUIET_ROWS, FLOORS)

    assert step is not None
    assert step.row == 44
    assert (round(step.before), round(step.now)) == (20, 61)
    assert step_of(level(60.0, 20.0), QUIET_ROWS, FLOORS) is not None


@pytest.mark.parametrize(
    ("before", "now"),
    [(20.0, 27.0), (2.0, 6.0), (20.0, 20.0)],
    ids=["below the relative floor", "below the absolute floor", "the same"],
)
def test_a_change_below_either_floor_is_none(before: float, now: float) -> None:
    assert step_of(level(before, now), QUIET_ROWS, FLOORS) is None


def test_one_odd_row_is_no_step_and_ends_none() -> None:
    spike = (*level(20.0)[:-3], 900.0, *level(20.0)[-2:])
    dip = (*level(20.0, 60.0)[:-3], 20.0, *level(20.0, 60.0)[-2:])

    assert step_of(spike, QUIET_ROWS, FLOORS) is None
    step = step_of(dip, QUIET_ROWS, FLOORS)
    assert step is not None
    assert step.row == LATE


def test_a_series_that_swings_is_not_blamed_for_a_swing() -> None:
    swinging = tuple(20.0 + 40.0 * (row % 2) for row in range(ROWS - 1))

    assert step_of(swinging, QUIET_ROWS, FLOORS) is None


def test_the_same_level_at_the_same_hour_yesterday_is_usual_and_a_calm_yesterday_is_not() -> None:
    risen = level(20.0, 60.0)

    assert step_of(risen, QUIET_ROWS, FLOORS, level(20.0, 58.0)) is None
    assert step_of(risen, QUIET_ROWS, FLOORS, level(20.0)) is not None


def test_too_few_samples_are_no_step() -> None:
    assert step_of((None,) * 36 + level(20.0, 60.0)[36:], QUIET_ROWS, FLOORS) is None
    assert step_of((*level(20.0, 60.0)[:LATE], *(None,) * 6), QUIET_ROWS, FLOORS) is None


def test_rising_traffic_speaks_for_a_surge_and_steady_traffic_against_one() -> None:
    surge = judged("series.step", series(asked(level(20.0, 60.0), means="traffic")))
    calm = judged("series.step", series(asked(level(20.0), means="traffic")))
    slow = judged("series.step", series(asked(level(20.0, 60.0), means="latency")))

    assert [one.hypothesis for one in surge.supports] == ["traffic_spike"]
    assert [one.hypothesis for one in calm.refutes] == ["traffic_spike"]
    assert (slow.verdict, slow.supports, slow.refutes) == ("warn", (), ())


def rows(rate: float, latency_s: float, now: tuple[float, float] | None = None) -> tuple[ServiceRow, ...]:
    """Return a service's rows: requests a row and their seconds, before and since the onset."""
    since = now or (rate, latency_s)
    pairs = zip(level(rate, since[0]), level(latency_s, since[1]), strict=True)
    return tuple(ServiceRow(requests=one, latency_s=seconds, error_ratio=0.001) for one, seconds in pairs)


def store(**services: tuple[ServiceRow, ...]) -> Bundle:
    facts = series().series[0]
    measured = tuple(ServiceRows(key=key, rows=of) for key, of in services.items())
    return replace(HEALTHY, metrics=(), series=(replace(facts, services=measured),))


SLOW = {
    "shop": rows(300.0, 0.12, (300.0, 0.32)),
    "payments": rows(60.0, 0.08, (60.0, 1.08)),
    "bank": rows(60.0, 0.06, (60.0, 1.06)),
    "search": rows(200.0, 0.02),
}


def test_what_a_store_measured_of_services_names_whose_own_the_excess_is() -> None:
    bundle = with_series(store(**SLOW), SERVICES, ("shop",))

    found = judged("services.attribution", bundle)
    assert "bank" in found.observed
    assert [one.hypothesis for one in found.supports] == ["dependency_outage"]
    assert Bundle.from_json(bundle.to_json()) == bundle


def test_services_that_monitors_measured_keep_their_rows_unless_a_store_knows_more_of_them() -> None:
    known = replace(store(shop=rows(300.0, 0.12)), services=WELL)

    assert with_series(known, SERVICES, ("shop",)).services == WELL
    assert [one.step_s for one in with_series(store(**SLOW), SERVICES, ()).services] == [STEP_S] * 4


def test_a_service_whose_counters_nobody_scraped_has_its_traffic_from_the_store() -> None:
    surge = rows(300.0, 0.12, (1500.0, 0.12))
    bundle = with_series(store(shop=surge), SERVICES, ("shop",))

    found = judged("metrics.traffic", bundle)
    assert "5.0 times" in found.observed
    assert found.target == "prom shop"
    scraped = replace(store(shop=surge), metrics=tuple(replace(one, service="shop") for one in HEALTHY.metrics))
    assert with_series(scraped, SERVICES, ()).metrics == scraped.metrics


def test_a_store_without_services_changes_nothing() -> None:
    assert with_series(HEALTHY, SERVICES, ()) == HEALTHY
    empty = SeriesFacts(target="prom", at=AT, since=NOW, step_s=STEP_S, quiet=QUIET_ROWS)
    assert with_series(replace(HEALTHY, series=(empty,)), SERVICES, ()).services == ()
