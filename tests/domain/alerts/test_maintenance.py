"""Maintenance windows of services and teams."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from tocsin.domain.alerts.intervals import TimeInterval, TimeSpan, parse_times
from tocsin.domain.alerts.maintenance import MaintenanceWindow, under_maintenance

NOON = datetime(2026, 1, 5, 12, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)
NIGHT = {"night": TimeInterval(key="night", any_of=(TimeSpan(times=(parse_times("22:00-06:00"),)),))}
ONCE = MaintenanceWindow(key="disks", services=("orders",), starts=NOON, ends=NOON + HOUR)
NIGHTLY = MaintenanceWindow(key="backups", teams=("core",), time_intervals=("night",), ends=NOON + 24 * HOUR)


def _open(service: str, team: str, hours: float) -> list[str]:
    return [w.key for w in under_maintenance(service, team, (ONCE, NIGHTLY), NIGHT, NOON + hours * HOUR)]


def test_a_window_concerns_its_services_from_its_start_to_its_end() -> None:
    assert [_open("orders", "", hours) for hours in (-0.1, 0, 0.9, 1)] == [[], ["disks"], ["disks"], []]
    assert _open("web", "", 0) == []
    assert _open("", "", 0) == []


def test_a_window_of_a_team_may_recur_until_it_ends() -> None:
    assert [_open("orders", "core", hours) for hours in (9, 10, 17.9, 18, 34)] == [[], ["backups"], ["backups"], [], []]
    assert _open("orders", "web", 10) == []


def test_a_window_without_any_time_is_never_open() -> None:
    window = MaintenanceWindow(key="w", services=("orders",))
    assert under_maintenance("orders", "", (window,), {}, NOON) == ()
    unknown = MaintenanceWindow(key="w", services=("orders",), time_intervals=("gone",))
    assert under_maintenance("orders", "", (unknown,), {}, NOON) == ()
