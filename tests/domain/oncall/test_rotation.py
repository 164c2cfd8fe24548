"""Hand-offs by wall clock, in every zone for ten years."""

from __future__ import annotations

from datetime import UTC, datetime

from tocsin.domain.oncall.rotation import Rotation, handoff
from tocsin.domain.oncall.wall_clock import instant, zone


def test_a_skipped_hour_hands_off_right_after_the_gap_and_a_repeated_one_the_first_time() -> None:
    chicago = zone("America/Chicago")

    for local, at in (
        (datetime(2024, 3, 10, 2, 30), datetime(2024, 3, 10, 8, 0, tzinfo=UTC)),  # noqa: DTZ001 (local time of a rule)
        (datetime(2024, 11, 3, 1, 30), datetime(2024, 11, 3, 6, 30, tzinfo=UTC)),  # noqa: DTZ001 (local time of a rule)
    ):
        assert instant(local, chicago) == at


def test_a_skipped_day_hands_off_when_the_next_begins() -> None:
    assert instant(datetime(2011, 12, 30, 9), zone("Pacific/Apia")) == datetime(2011, 12, 30, 10, tzinfo=UTC)  # noqa: DTZ001 (local time of a rule)


def test_the_31st_is_the_last_day_of_a_shorter_month() -> None:
    rotation = Rotation(zone="UTC", starts=datetime(2024, 1, 31, 9), turn="monthly")  # noqa: DTZ001 (local time of a rule)

    assert [handoff(rotation, n).day for n in range(-2, 5)] == [30, 31, 31, 29, 31, 30, 31]
