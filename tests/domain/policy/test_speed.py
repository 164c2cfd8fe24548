"""A drill divides the durations of its policy; no clock is scaled. Scaled presets and catalogues are in `tests/packs`."""

from __future__ import annotations

from datetime import timedelta

import pytest
from tests.domain.incident.story import CATALOGUE
from tests.domain.policy.samples import PACK

from tocsin.domain.catalogue import scale_catalogue
from tocsin.domain.errors import InvalidError
from tocsin.domain.policy.codec import pack_from_json, pack_to_json
from tocsin.domain.policy.speed import scale


def test_sixty_times_as_fast_makes_a_minute_of_every_hour() -> None:
    pack = scale(PACK, 60)
    assert pack.severity("HIGH").cadence.every == timedelta(seconds=15)
    assert pack.severity("HIGH").cadence.reminder_before == timedelta(seconds=2)
    assert pack.severity("HIGH").tell[0].within == timedelta(seconds=15)
    assert pack.severity("MIDDLE").review_recurring_within == timedelta(hours=12)
    assert pack.verification.watch == timedelta(seconds=15)
    assert pack.idle_session_age == timedelta(seconds=5)


def test_working_days_become_days_so_that_they_divide_too() -> None:
    rules = scale(PACK, 60).review_deadlines
    assert (rules.draft_business_days, rules.draft_within) == (None, timedelta(days=3) / 60)


def test_real_time_changes_nothing() -> None:
    assert scale(PACK, 1) == PACK


@pytest.mark.parametrize("speed", [0, -1, float("nan")])
def test_time_does_not_stand_still_or_run_back(speed: float) -> None:
    with pytest.raises(InvalidError, match="not above zero"):
        scale(PACK, speed)


def test_a_catalogue_divides_its_waits_and_keeps_its_schedules() -> None:
    fast = scale_catalogue(CATALOGUE, 10)
    assert fast.policies[0].steps[0].wait == timedelta(seconds=30)
    assert fast.schedules == CATALOGUE.schedules


def test_a_pack_survives_being_stored_with_an_incident() -> None:
    assert pack_from_json(pack_to_json(PACK)) == PACK
