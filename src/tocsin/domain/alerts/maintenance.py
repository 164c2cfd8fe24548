"""Maintenance: while a service or a team works on its things, alerts of those are recorded and page nobody."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from tocsin.domain.alerts.intervals import TimeInterval, holding


@dataclass(frozen=True, slots=True, kw_only=True)
class MaintenanceWindow:
    """Whose maintenance it is, and when: from `starts` up to, not including, `ends`, or during named intervals, or both.

    Given both, it is maintenance only during the intervals, from the start to the end.
    """

    key: str
    services: tuple[str, ...] = ()
    teams: tuple[str, ...] = ()
    starts: datetime | None = None
    ends: datetime | None = None
    time_intervals: tuple[str, ...] = ()
    reason: str = ""


def open_at(window: MaintenanceWindow, intervals: Mapping[str, TimeInterval], at: datetime) -> bool:
    """Return whether the window is open at the aware instant; one that names no time never is."""
    if window.starts is None and window.ends is None and not window.time_intervals:
        return False
    if window.starts is not None and at < window.starts:
        return False
    if window.ends is not None and at >= window.ends:
        return False
    return not window.time_intervals or bool(holding(window.time_intervals, intervals, at))


def under_maintenance(
    service: str,
    team: str,
    windows: Iterable[MaintenanceWindow],
    intervals: Mapping[str, TimeInterval],
    at: datetime,
) -> tuple[MaintenanceWindow, ...]:
    """Return the open windows that concern the service or the team; '' is none."""
    return tuple(
        window
        for window in windows
        if ((service and service in window.services) or (team and team in window.teams))
        and open_at(window, intervals, at)
    )
