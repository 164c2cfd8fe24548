"""A drill divides the durations of its policy and monitors; no clock is scaled."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest
from tests.packs.presets import PRESETS, preset

from tocsin.config.catalogue import EXAMPLE, check_text
from tocsin.domain.catalogue import scale_catalogue
from tocsin.domain.errors import InvalidError
from tocsin.domain.policy.codec import pack_from_json, pack_to_json
from tocsin.domain.policy.speed import scale


def test_sixty_times_as_fast_makes_a_minute_of_every_hour() -> None:
    pack = scale(preset("platform"), 60)

    assert pack.severity("SEV1").cadence.every == timedelta(seconds=15)
    assert pack.severity("SEV1").cadence.reminder_before == timedelta(seconds=2)
    assert pack.severity("SEV1").tell[0].within == timedelta(seconds=15)
    assert pack.severity("SEV1").resolve_within == timedelta(minutes=1)
    assert pack.verification.watch == timedelta(seconds=15)
    assert pack.idle_session_age == timedelta(seconds=5)
    assert pack.review_deadlines.draft_business_days is None
    assert pack.review_deadlines.draft_within == timedelta(days=3) / 60


def test_real_time_changes_nothing() -> None:
    assert scale(preset("sre"), 1) == preset("sre")


@pytest.mark.parametrize("speed", [0, -1])
def test_time_does_not_stand_still_or_run_back(speed: float) -> None:
    with pytest.raises(InvalidError, match="not above zero"):
        scale(preset("sre"), speed)


def test_a_catalogue_divides_its_waits_and_its_packs() -> None:
    catalogue, _ = check_text(EXAMPLE, "tocsin.yaml", Path())
    assert catalogue is not None

    fast = scale_catalogue(catalogue, 10)

    assert fast.policies[0].steps[0].wait == timedelta(seconds=30)
    assert fast.packs[0].severity("SEV1").cadence.every == timedelta(seconds=90)
    assert fast.schedules == catalogue.schedules


@pytest.mark.parametrize("key", PRESETS)
def test_a_pack_survives_being_stored_with_an_incident(key: str) -> None:
    pack = preset(key)

    assert pack_from_json(pack_to_json(pack)) == pack
