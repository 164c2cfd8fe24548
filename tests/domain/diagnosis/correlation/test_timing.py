"""Where and when a change lies to the trouble."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from tocsin.domain.diagnosis.correlation.echo import echoes
from tocsin.domain.diagnosis.correlation.incident import Alarm, Candidate, FrozenIncident, LogLine, Rollout
from tocsin.domain.diagnosis.correlation.matching import Content
from tocsin.domain.diagnosis.correlation.scene import look_at
from tocsin.domain.diagnosis.correlation.timing import timing_of

ONSET = datetime(2031, 1, 1, 14, 0, tzinfo=UTC)


def change(service: str, minutes: float, diff: str = "") -> Candidate:
    at = ONSET - timedelta(minutes=minutes)
    return Candidate(key="1", at=at, diff=diff, rollouts=(Rollout(at=at, service=service),))


def heard_from(*services: str) -> FrozenIncident:
    lines = tuple(LogLine(at=ONSET, service=service, level="info", text="served") for service in services)
    return FrozenIncident(alarm=Alarm(service="shop", fired_at=ONSET), logs=lines)


@pytest.mark.parametrize(
    ("service", "scope"), [("shop", "same"), ("mail", "elsewhere"), ("cluster-settings", "shared")]
)
def test_a_name_that_only_deploys_know_is_of_what_others_share(service: str, scope: str) -> None:
    scene = look_at(heard_from("shop", "mail"))

    assert timing_of(change(service, 5), scene, "shop", ONSET).scope == scope


@pytest.mark.parametrize(("minutes", "slept"), [(2, False), (90, True)])
def test_a_change_that_was_out_for_long_while_nothing_moved_slept(minutes: float, *, slept: bool) -> None:
    assert timing_of(change("shop", minutes), look_at(heard_from("shop")), "shop", ONSET).slept == slept


@pytest.mark.parametrize(("schedule", "due"), [("0 14 * * *", True), ("58 13 * * 1-5", True), ("0 13 * * *", False)])
def test_a_new_time_of_day_counts_if_the_trouble_began_then(schedule: str, *, due: bool) -> None:
    content = Content(change=change("jobs", 300, f'-schedule: "0 2 * * *"\n+schedule: "{schedule}"\n'))

    (echo,) = echoes([content], look_at(heard_from("shop")), ONSET)

    assert bool(echo.value) == due
