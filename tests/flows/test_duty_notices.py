"""Told ahead, once: who goes on call, and where nobody will be."""

from __future__ import annotations

from datetime import timedelta

import pytest
from tests.flows.world import CONFIGURATION, World, catalogue

from tocsin.domain.visibility import WORKER
from tocsin.flows import duty_notices
from tocsin.flows.configure import apply
from tocsin.flows.policies import catalogue as in_force

SCHEDULE = "schedules:\n  shop: {zone: UTC, people: [ana, bo], starts: 2026-01-05T00:00, turn: daily}\npolicies:"
TEXT = CONFIGURATION.replace("policies:", SCHEDULE).replace(
    '- {targets: ["person:ana"], wait: 5m}', '- {targets: ["schedule:shop"], wait: 5m}'
)
HOUR = timedelta(hours=1)


@pytest.fixture
def world() -> World:
    made = World(text=TEXT)
    duty_notices.begin(made.engine)
    return made


def looked(world: World) -> list[str]:
    """The keys of what has been queued, after another round."""
    for timer in world.timers("notices"):
        duty_notices.look(world.engine, timer)
    with world.store.reading() as tx:
        return [job.key for job in tx.jobs(WORKER).items if job.key.startswith("oncall/")]


def test_whoever_goes_on_call_within_a_day_hears_of_it_once(world: World) -> None:
    first = looked(world)
    assert [key.rpartition("/")[0] for key in first] == ["oncall/turn/shop/bo"]
    world.later(hours=1)
    assert looked(world) == first
    (job,) = world.jobs("reminder")
    assert "You go on call for shop at " in str(job.payload["text"])
    assert job.payload["to"] == "bo"


def test_a_gap_ahead_is_told_to_who_answers_for_the_schedule_once() -> None:
    ends = SCHEDULE.replace(
        "{zone: UTC, people: [ana, bo], starts: 2026-01-05T00:00, turn: daily}",
        "{zone: UTC, notice: 0s, layers: [{key: all, people: [ana], starts: 2026-01-05T00:00, ends: ENDS}]}",
    )
    soon = World().clock() + 3 * 24 * HOUR
    world = World(text=TEXT.replace(SCHEDULE, ends.replace("ENDS", f"{soon:%Y-%m-%dT%H:%M}")))
    duty_notices.begin(world.engine)
    told = looked(world)
    assert [key.rpartition("/")[2] for key in told] == ["cat"]  # the team's leader
    world.later(hours=1)
    assert looked(world) == told
    (job,) = world.jobs("reminder")
    assert f"Nobody is on call for shop from {soon:%Y-%m-%d %H:%M} UTC" in str(job.payload["text"])


def test_nothing_is_told_of_a_schedule_that_wants_no_notices() -> None:
    world = World(text=TEXT.replace("turn: daily}", "turn: daily, notice: 0s, warn_gaps: 0s}"))
    duty_notices.begin(world.engine)
    assert looked(world) == []


def test_without_a_team_that_pages_by_it_its_own_people_answer_for_a_schedule(world: World) -> None:
    with world.store.reading() as tx:
        assert duty_notices.answerable(in_force(tx), "shop") == ("cat",)
    apply(world.engine, catalogue(CONFIGURATION.replace("policies:", SCHEDULE)), "cat")
    with world.store.reading() as tx:
        assert duty_notices.answerable(in_force(tx), "shop") == ("ana", "bo")
