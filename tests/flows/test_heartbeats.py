"""Who falls silent raises an alert, and who speaks again ends it."""

from __future__ import annotations

from dataclasses import replace

from tests.flows.world import CONFIGURATION, World, catalogue

from tocsin.adapters.sources.heartbeat import Heartbeat
from tocsin.domain.incident.events import AlertCleared, AlertFired
from tocsin.flows.configure import apply
from tocsin.flows.heartbeats import lapse
from tocsin.flows.ports import Envelope
from tocsin.flows.receive import receive

TEXT = CONFIGURATION.replace(
    "watch: {kind: generic, service: shop",
    "watch: {kind: heartbeat, options: {every: 10m, grace: 2m, severity: critical}, service: shop",
)


def world_of() -> World:
    return World(text=TEXT, more={"sources": {"heartbeat": Heartbeat()}})


def beat(world: World, name: str = "backup") -> None:
    receive(world.engine, "watch", "open sesame", b"", Envelope(path=name))


def tick(world: World) -> int:
    due = [t for t in world.timers() if t.stream.startswith("heartbeat/")]
    for timer in due:
        lapse(world.engine, timer)
    return len(due)


def test_silence_beyond_the_grace_raises_an_alert_about_the_service() -> None:
    world = world_of()
    beat(world)
    world.later(minutes=11, seconds=59)
    assert tick(world) == 0
    world.later(seconds=1)
    assert tick(world) == 1

    incident = world.incident()
    assert incident.services == ("shop",)
    assert "no sign of life from backup for 12m" in incident.title
    [fired] = world.events(AlertFired)
    assert getattr(fired.body, "severity", "") == "critical"


def test_beats_keep_it_quiet() -> None:
    world = world_of()
    for _ in range(5):
        beat(world)
        world.later(minutes=11)
        assert tick(world) == 0


def test_the_next_beat_ends_the_alert_and_arms_it_again() -> None:
    world = world_of()
    beat(world)
    world.later(minutes=12)
    tick(world)

    beat(world)

    assert len(world.events(AlertCleared)) == 1
    world.later(minutes=12)
    assert tick(world) == 1
    with world.store.reading() as tx:
        state = tx.alert("watch", "heartbeat/backup")
    assert state is not None
    assert (state.status, state.episode) == ("firing", 2)


def test_silence_goes_on_as_one_alert() -> None:
    world = world_of()
    beat(world)
    world.later(minutes=12)
    tick(world)
    world.later(days=3)
    assert tick(world) == 0
    assert len(world.events(AlertFired)) == 1


def test_each_name_is_watched_apart() -> None:
    world = world_of()
    beat(world, "a")
    world.later(minutes=6)
    beat(world, "b")
    world.later(minutes=6)
    assert tick(world) == 1
    assert [getattr(e.body, "fingerprint", "") for e in world.events(AlertFired)] == ["heartbeat/a"]


def test_a_timer_that_a_beat_overtook_changes_nothing() -> None:
    world = world_of()
    beat(world)
    world.later(minutes=12)
    [timer] = [t for t in world.timers() if t.stream.startswith("heartbeat/")]
    beat(world)
    lapse(world.engine, timer)
    lapse(world.engine, replace(timer, generation=9))
    with world.store.reading() as tx:
        assert tx.alert("watch", "heartbeat/backup") is None


def test_who_is_no_longer_configured_is_forgotten() -> None:
    world = world_of()
    beat(world)
    apply(world.engine, replace(catalogue(TEXT), integrations=()), "cat")
    world.later(minutes=12)
    assert tick(world) == 1
    with world.store.reading() as tx:
        assert tx.alert("watch", "heartbeat/backup") is None
