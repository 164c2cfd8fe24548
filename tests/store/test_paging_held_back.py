"""What holds alerts back holds back paging too, on every database, also when many levels come due together."""

from __future__ import annotations

from datetime import timedelta

from tests.flows.test_storm import SENDER, TEXT, alert, incidents
from tests.flows.world import ANA, World
from tests.store.conftest import Bench

from tocsin.domain.alerts.matchers import parse_matcher
from tocsin.domain.alerts.silences import Terms
from tocsin.flows import wake
from tocsin.flows.ingest import accept
from tocsin.flows.silences import create, expire


def carry_out(world: World) -> None:
    timers = world.timers("escalate")
    assert wake.wake_together(world.engine, timers, {}) == ([] if len(timers) > 1 else timers)
    if len(timers) == 1:
        wake.wake(world.engine, timers[0], {})


def levels(world: World) -> dict[str, tuple[int, str]]:
    return {one.services[0]: (one.paging.level, one.paging.held) for one in incidents(world)}


def test_of_levels_that_come_due_together_those_wait_whose_alerts_are_silenced(bench: Bench) -> None:
    world = World(store=bench.store, text=TEXT)
    accept(world.engine, SENDER, [alert(1, "orders"), alert(1, "mail"), alert(1, "search")])
    with bench.store.reading() as tx:
        now = tx.now()
    terms = Terms(
        matchers=(parse_matcher('service=~"orders|mail"'),),
        starts_at=now,
        ends_at=now + timedelta(hours=2),
        comment="known",
    )
    made = create(world.engine, terms, ANA.actor)

    bench.advance(timedelta(minutes=6))
    carry_out(world)
    held = f"silence {made.id}"
    assert levels(world) == {"orders": (0, held), "mail": (0, held), "search": (1, "")}
    bench.advance(timedelta(minutes=2))
    carry_out(world)
    assert levels(world) == {"orders": (0, held), "mail": (0, held), "search": (1, "")}

    expire(world.engine, made.id, ANA.actor)
    bench.advance(timedelta(minutes=2))
    carry_out(world)
    assert levels(world) == {"orders": (1, ""), "mail": (1, ""), "search": (1, "")}
