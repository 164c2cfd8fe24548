"""Only practice is hurried: a real incident's waits last as long as they say."""

from __future__ import annotations

from datetime import timedelta

from tests.flows.world import World

from tocsin.flows.speed import keep_drill_speed, scaled

MINUTE = timedelta(minutes=1)


def test_a_drills_speed_divides_the_waits_of_drills_alone() -> None:
    world = World()
    real, practice = world.declare("Orders fail"), world.declare("Practice", mode="drill")

    with world.store.transaction() as tx:
        keep_drill_speed(tx, 60)
        assert scaled(tx, practice, MINUTE) == timedelta(seconds=1)
        assert scaled(tx, real, MINUTE) == MINUTE
