"""An alert whose sender falls silent ends with its lease; a refresh keeps it."""

from __future__ import annotations

from datetime import timedelta
from itertools import count
from pathlib import Path

from msgspec.structs import replace
from tests.fakes import ManualClock, MemoryStore

from tocsin.adapters.rendering.jinja import Jinja
from tocsin.config.catalogue import EXAMPLE, check_text
from tocsin.flows.configure import apply
from tocsin.flows.engine import Engine
from tocsin.flows.ingest import Sender, accept, door_opens, lapse
from tocsin.flows.ports import InboundAlert
from tocsin.flows.storage import Heartbeat

NOON_SENDER = Sender(key="prometheus", service="web")


def _engine(clock: ManualClock) -> Engine:
    numbers = count(1)
    engine = Engine(store=MemoryStore(clock), renderer=Jinja(), new_id=lambda: f"id-{next(numbers)}")
    catalogue, problems = check_text(EXAMPLE, "tocsin.yaml", Path())
    assert catalogue is not None, problems
    apply(engine, catalogue, "test")
    return engine


def _wake(engine: Engine) -> None:
    timers = [t for t in engine.store.claim_timers("w", limit=20, lease_s=10) if t.stream.startswith("alert/")]
    for timer in timers:
        lapse(engine, timer)


def _status(engine: Engine) -> str:
    with engine.store.reading() as tx:
        state = tx.alert("prometheus", "f1")
    return state.status if state else ""


def test_an_alert_ends_with_its_lease_unless_it_was_refreshed() -> None:
    clock = ManualClock()
    engine = _engine(clock)
    alert = InboundAlert(
        fingerprint="f1", name="High", status="firing", labels={}, ends_at=clock() + timedelta(minutes=4)
    )
    accept(engine, NOON_SENDER, [alert])

    clock.advance(timedelta(minutes=3))
    accept(engine, NOON_SENDER, [replace(alert, ends_at=clock() + timedelta(minutes=4))])
    clock.advance(timedelta(minutes=2))
    _wake(engine)
    assert _status(engine) == "firing"

    clock.advance(timedelta(minutes=3))
    _wake(engine)
    assert _status(engine) == "resolved"


def test_an_alert_that_gets_its_first_end_by_a_refresh_ends_with_it() -> None:
    clock = ManualClock()
    engine = _engine(clock)
    alert = InboundAlert(fingerprint="f1", name="High", status="firing", labels={})
    accept(engine, NOON_SENDER, [alert])

    clock.advance(timedelta(minutes=1))
    accept(engine, NOON_SENDER, [replace(alert, ends_at=clock() + timedelta(minutes=1))])
    clock.advance(timedelta(minutes=2))
    _wake(engine)

    assert _status(engine) == "resolved"


def test_an_end_that_is_named_ends_the_lease_of_a_timeout_early() -> None:
    clock = ManualClock()
    engine = _engine(clock)
    alert = InboundAlert(
        fingerprint="f1",
        name="High",
        status="firing",
        labels={},
        ends_at=clock() + timedelta(minutes=5),
        end_told=False,
    )
    accept(engine, NOON_SENDER, [alert])
    accept(engine, NOON_SENDER, [replace(alert, ends_at=clock() + timedelta(minutes=1), end_told=True)])

    clock.advance(timedelta(minutes=1))
    _wake(engine)
    assert _status(engine) == "resolved"


def test_the_end_of_a_lease_reaches_the_incident() -> None:
    clock = ManualClock()
    engine = _engine(clock)
    alert = InboundAlert(
        fingerprint="f1", name="High", status="firing", labels={}, ends_at=clock() + timedelta(minutes=4)
    )
    (ref,) = accept(engine, NOON_SENDER, [alert]).incidents
    clock.advance(timedelta(minutes=5))
    _wake(engine)
    with engine.store.transaction() as tx:
        incident = tx.load(tx.resolve_ref(ref))
    assert incident is not None
    assert [a.firing for a in incident.alerts] == [False]


def _beat(engine: Engine) -> None:
    with engine.store.transaction() as tx:
        door_opens(tx)
        now = tx.now()
    engine.store.beat(Heartbeat(process="serve-1", role="serve", at=now))


def test_no_lease_ends_while_nobody_could_have_renewed_it() -> None:
    clock = ManualClock()
    engine = _engine(clock)
    _beat(engine)
    alert = InboundAlert(
        fingerprint="f1", name="High", status="firing", labels={}, ends_at=clock() + timedelta(minutes=4)
    )
    accept(engine, NOON_SENDER, [alert])

    clock.advance(timedelta(hours=1))
    _wake(engine)
    assert _status(engine) == "firing"
    _beat(engine)
    for _ in range(3):
        clock.advance(timedelta(seconds=30))
        _beat(engine)
        _wake(engine)
        assert _status(engine) == "firing"

    clock.advance(timedelta(seconds=30))
    _beat(engine)
    _wake(engine)
    assert _status(engine) == "resolved"
