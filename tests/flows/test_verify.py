"""Back to normal: judged from what monitors saw, told once for each change, and looked at at a sane pace."""

from __future__ import annotations

from datetime import timedelta

from tests.flows.world import ANA, CONFIGURATION, World

from tocsin.domain.incident.events import GatesChecked, Reopened, Resolved, StatusChanged, WatchEnded
from tocsin.domain.incident.phases import Phase, Status
from tocsin.flows.respond import act
from tocsin.flows.storage import Tx
from tocsin.flows.verify import BLIND_PAUSE, LONGEST_PAUSE, check, joined

BAD = {"ready": False, "health": True, "error_percent": 40.0, "p95_ms": 4000.0, "requests": 100}


def fixing(world: World, *services: str, severity: str = "SEV2") -> None:
    with world.store.transaction() as tx:
        normal(tx, minutes=30)
    incident = world.declare(services=services or ("shop",), severity=severity)
    world.later(minutes=5)
    act(world.engine, incident.ref, StatusChanged(status=Status.FIXING), ANA)


def normal(tx: Tx, *, minutes: int = 0, seconds: int = 0) -> None:
    """Lay down samples of a healthy shop, four a minute, up to now."""
    now = tx.now()
    span = minutes * 60 + seconds
    good = {"ready": True, "health": True, "error_percent": 0.1, "p95_ms": 40.0, "requests": 100}
    points = [(now - timedelta(seconds=s), good) for s in range(span, 0, -15)]
    tx.put_samples("service/shop", points)


def gates(world: World) -> int:
    due = world.timers("gates")
    for timer in due:
        check(world.engine, timer)
    return len(due)


def break_again(world: World) -> None:
    world.later(seconds=60)
    with world.store.transaction() as tx:
        tx.put_samples("service/shop", [(tx.now() - timedelta(seconds=s), BAD) for s in (45, 30, 15)])


def test_gates_that_pass_begin_the_watch_and_are_told_once() -> None:
    world = World()
    fixing(world)
    with world.store.transaction() as tx:
        normal(tx, minutes=2)

    for _ in range(5):
        assert gates(world) == 1
        world.later(seconds=15)

    assert len(world.events(GatesChecked)) == 1
    assert world.incident().verification.watch_began_at is not None


def test_what_was_measured_before_the_impact_proves_nothing_about_the_fix() -> None:
    world = World()
    with world.store.transaction() as tx:
        normal(tx, minutes=30)
    incident = world.declare()
    act(world.engine, incident.ref, StatusChanged(status=Status.FIXING), ANA)
    world.later(seconds=1)

    assert gates(world) == 1

    (looked,) = world.events(GatesChecked)
    assert isinstance(looked.body, GatesChecked)
    assert {gate.verdict for gate in looked.body.gates} == {"inconclusive"}


def test_normal_is_how_it_was_before_the_impact_however_long_that_has_lasted() -> None:
    world = World()
    fixing(world)
    world.later(minutes=45)
    with world.store.transaction() as tx:
        tx.put_samples("service/shop", [(tx.now() - timedelta(seconds=s), BAD) for s in range(2_700, 0, -15)])

    gates(world)

    (looked,) = world.events(GatesChecked)
    assert isinstance(looked.body, GatesChecked)
    assert {gate.verdict for gate in looked.body.gates} == {"fail"}


def test_a_gate_that_fails_during_the_watch_breaks_it_off() -> None:
    world = World()
    fixing(world)
    with world.store.transaction() as tx:
        normal(tx, minutes=2)
    gates(world)
    break_again(world)

    gates(world)

    (ended,) = world.events(WatchEnded)
    assert isinstance(ended.body, WatchEnded)
    assert ended.body.result == "regressed"
    assert world.incident().verification.watch_began_at is None


def test_the_watch_passes_when_nothing_failed_until_its_end() -> None:
    world = World()
    fixing(world)
    with world.store.transaction() as tx:
        normal(tx, minutes=2)
    gates(world)

    world.later(minutes=15)
    world.tick("watch")

    assert world.incident().verification.passed


def test_a_gate_that_cannot_be_judged_at_its_end_leaves_the_watch_undecided_until_it_can() -> None:
    world = World()
    fixing(world)
    with world.store.transaction() as tx:
        normal(tx, minutes=2)
    gates(world)
    world.later(minutes=14)
    gates(world)

    world.later(minutes=1)
    world.tick("watch")

    (ended,) = world.events(WatchEnded)
    assert isinstance(ended.body, WatchEnded)
    assert ended.body.result == "undecided"
    assert not world.incident().verification.passed
    world.later(seconds=15)  # every clock that was due is held until then
    with world.store.transaction() as tx:
        normal(tx, minutes=2)
    gates(world)
    assert world.incident().verification.passed


def test_what_stays_undecided_after_the_all_clear_is_looked_at_slowly() -> None:
    world = World(text=CONFIGURATION.replace("platform", "responder"))
    fixing(world, severity="SEV-2")
    with world.store.transaction() as tx:
        normal(tx, minutes=2)
    gates(world)
    act(world.engine, world.incident().ref, Resolved(resolution="rolled back"), ANA)
    world.later(minutes=14)
    gates(world)  # nothing has been measured for a while
    world.later(minutes=1)
    world.tick("watch")
    world.later(seconds=15)

    assert gates(world) == 1
    world.later(seconds=LONGEST_PAUSE.total_seconds() * 2)
    assert gates(world) == 0
    world.later(seconds=BLIND_PAUSE.total_seconds())
    assert gates(world) == 1


def test_a_failure_while_a_resolved_incident_is_watched_reopens_it() -> None:
    world = World(text=CONFIGURATION.replace("platform", "responder"))
    fixing(world, severity="SEV-2")
    with world.store.transaction() as tx:
        normal(tx, minutes=2)
    gates(world)
    act(world.engine, world.incident().ref, Resolved(resolution="rolled back"), ANA)
    assert world.incident().phase is Phase.POST_INCIDENT
    break_again(world)

    gates(world)

    assert world.incident().phase is Phase.ACTIVE
    (back,) = world.events(Reopened)
    assert isinstance(back.body, Reopened)
    assert "fails again" in back.body.reason


def test_without_monitors_it_is_said_once_and_looked_at_slowly() -> None:
    world = World()
    fixing(world, "silent")

    for _ in range(3):
        assert gates(world) == 1
        assert gates(world) == 0
        world.later(seconds=BLIND_PAUSE.total_seconds())

    assert len(world.events(GatesChecked)) == 1


def test_with_monitors_the_pace_is_seconds() -> None:
    world = World()
    fixing(world)
    gates(world)

    world.later(seconds=LONGEST_PAUSE.total_seconds())

    assert gates(world) == 1


def test_gates_of_an_incident_that_is_gone_end() -> None:
    world = World()
    with world.store.transaction() as tx:
        tx.set_timer("gone", "gates", 1, tx.now())

    assert gates(world) == 1
    world.later(minutes=6)
    assert gates(world) == 0


def test_gates_of_an_older_generation_end() -> None:
    world = World()
    fixing(world)
    incident = world.incident()
    with world.store.transaction() as tx:
        tx.set_timer(incident.id, "gates", incident.timers["gates"] + 1, tx.now())

    gates(world)
    world.later(minutes=6)

    assert world.events(GatesChecked) == []
    assert gates(world) == 0


def test_samples_of_several_monitors_are_joined_while_they_are_fresh() -> None:
    world = World()
    at = world.clock()
    points = [
        (at, {"ready": True}),
        (at + timedelta(seconds=10), {"error_percent": 2.0}),
        (at + timedelta(minutes=3), {"p95_ms": 50.0}),
    ]

    samples = joined(points)

    assert [(s.ready, s.error_percent, s.p95_ms) for s in samples] == [
        (True, None, None),
        (True, 2.0, None),
        (None, None, 50.0),
    ]
