"""Quiet hours end where they say, at any hour, wherever clocks change."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from tests.domain.oncall.test_notification import NIGHT, sleeper

from tocsin.domain.oncall.notification import quiet_until


@pytest.mark.parametrize("zone", ["Australia/Lord_Howe", "America/St_Johns", "Asia/Beirut", "Pacific/Apia"])
@pytest.mark.parametrize("month", [3, 4, 9, 10, 12])
def test_quiet_hours_end_where_they_say_in_every_zone(zone: str, month: int) -> None:
    at = datetime(2026, month, 1, tzinfo=UTC)
    for _ in range(30 * 24):
        until = quiet_until(sleeper(NIGHT, zone=zone), at)
        if until is not None:
            assert at < until <= at + timedelta(hours=11)
            assert quiet_until(sleeper(NIGHT, zone=zone), until) is None
        at += timedelta(hours=1)
