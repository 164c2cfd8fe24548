"""What earlier looks read travels with a bundle, bounded, and says what moved."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from tests.domain.diagnosis.cases import BASELINE, HEALTHY, METRICS, NOW, REDIS

from tocsin.domain.diagnosis.facts import Bundle, Reading
from tocsin.domain.diagnosis.history import (
    MOST_READINGS,
    changed_words,
    readings,
    series,
    slope_per_s,
    with_baselines,
    with_history,
)
from tocsin.domain.diagnosis.look import Look


def earlier(minutes: float, **numbers: float) -> Reading:
    return Reading(target="shop-redis", at=NOW - timedelta(minutes=minutes), numbers=numbers)


def test_only_the_newest_readings_of_a_bundles_own_targets_are_kept() -> None:
    many = [earlier(n + 1, keys=n) for n in range(60)]
    other = replace(many[0], target="another")
    stale = replace(many[0], at=NOW - timedelta(days=8))

    history = with_history(HEALTHY, [*many, other, stale]).history

    assert [one.numbers["keys"] for one in history] == list(reversed(range(MOST_READINGS)))
    assert {one.target for one in history} == {"shop-redis"}


def test_a_number_is_followed_from_earlier_looks_to_now() -> None:
    now = replace(HEALTHY, redis=(replace(REDIS, keys=300),))
    look = Look(bundle=with_history(now, [earlier(2, keys=100), earlier(1, keys=200)]))

    points = series(look, "shop-redis", "keys")

    assert [value for _, value in points] == [100, 200, 300]
    assert round(slope_per_s(points) * 60) == 100


def test_a_setting_that_differs_from_the_last_look_is_told() -> None:
    now = replace(HEALTHY, redis=(replace(REDIS, settings={"maxmemory": "1"}),))
    before = replace(earlier(5), words={"setting:maxmemory": "0"})

    assert list(changed_words(Look(bundle=with_history(now, [before])), "shop-redis", "setting:")) == [
        ("maxmemory", "0", "1", before.at)
    ]


def test_readings_survive_the_bundles_json() -> None:
    bundle = with_history(HEALTHY, readings(replace(HEALTHY, redis=(replace(REDIS, at=NOW - timedelta(hours=1)),))))

    assert bundle.history
    assert Bundle.from_json(bundle.to_json()) == bundle


def test_what_was_normal_fills_in_only_where_nobody_said_so() -> None:
    unknown = replace(METRICS, service="shop", baseline=None)
    other = replace(BASELINE, requests_per_s=1.0)
    bundle = replace(HEALTHY, metrics=(unknown, replace(METRICS, service="shop", target="told")))

    filled = with_baselines(bundle, {"shop": other})

    assert [one.baseline for one in filled.metrics] == [other, BASELINE]
