"""A metric moved when it left its own band for good."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from tocsin.domain.diagnosis.correlation.incident import Series
from tocsin.domain.diagnosis.correlation.shifts import Nature, nature_of, shift_of

START = datetime(2031, 1, 1, tzinfo=UTC)


def series(values: list[float]) -> Series:
    return Series(
        service="a", metric="m", points=tuple((START + timedelta(minutes=n), one) for n, one in enumerate(values))
    )


def test_a_step_is_told_at_its_first_point() -> None:
    found = shift_of(series([10.0, 11.0] * 20 + [50.0] * 20), None)

    assert found is not None
    assert found.at == START + timedelta(minutes=40)
    assert found.up
    assert found.after == 50.0


def test_a_slow_rise_is_followed_back_to_where_it_set_out() -> None:
    found = shift_of(series([10.0, 10.1] * 20 + [10.0 + 0.4 * n for n in range(1, 61)]), None)

    assert found is not None
    assert abs(found.at - (START + timedelta(minutes=40))) <= timedelta(minutes=3)


def test_a_fall_to_nothing_is_told() -> None:
    found = shift_of(series([14.0, 17.0, 12.0, 13.0] * 10 + [0.1] * 20), None)

    assert found is not None
    assert not found.up


def test_a_peak_that_goes_away_and_too_few_points_are_no_shift() -> None:
    assert shift_of(series([10.0] * 40 + [90.0] * 4 + [10.0] * 40), None) is None
    assert shift_of(series([1.0, 1.0, 9.0, 9.0]), None) is None


@pytest.mark.parametrize(
    ("metric", "nature"),
    [
        ("http_5xx_ratio", "failing"),
        ("request_latency_p95_ms", "slow"),
        ("consumer_lag", "waiting"),
        ("container_cpu_usage_cores", "saturation"),
        ("requests_per_sec", "traffic"),
        ("rows_examined", "work"),
    ],
)
def test_a_metrics_name_says_what_it_measures(metric: str, nature: Nature) -> None:
    assert nature_of(metric) == nature
