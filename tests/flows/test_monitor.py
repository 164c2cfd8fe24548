"""Monitors: one look at a time, alerts when a rule holds, and a word when the monitor itself is at fault."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any

import pytest
from tests.flows.world import CONFIGURATION, World, catalogue

from tocsin.domain.alerts.samples import Check, HttpSample
from tocsin.domain.errors import InvalidError
from tocsin.domain.incident.events import AlertCleared, AlertFired
from tocsin.domain.incident.phases import Phase
from tocsin.domain.visibility import WORKER
from tocsin.flows.configure import apply
from tocsin.flows.monitor import look, trouble_of
from tocsin.flows.operate import health
from tocsin.flows.ports import PermanentError, TransientError
from tocsin.flows.storage import IncidentFilter, StoreUnavailableError, Timer

STREAM = "monitor/shop-ready"


@dataclass
class FakeLook:
    """Sees what it is told to see; exceptions in `sees` are raised."""

    world: World
    sees: list[bool | Exception] = field(default_factory=list)
    looked: int = 0
    takes_s: float = 0.0
    kind: str = "http"

    def look(self, options: Any) -> HttpSample:
        assert options == {"ready": "https://shop.example.com/ready"}
        self.looked += 1
        self.world.later(seconds=self.takes_s)
        seen = self.sees.pop(0) if self.sees else True
        if isinstance(seen, Exception):
            raise seen
        return HttpSample(at=self.world.clock(), ready=Check(ok=seen, status=200 if seen else 503))


def due(world: World) -> list[Timer]:
    return [t for t in world.store.claim_timers("w", limit=9, lease_s=10) if t.stream == STREAM]


def watch(world: World, eye: FakeLook, looks: int = 1) -> None:
    for _ in range(looks):
        for timer in due(world):
            look(world.engine, timer, {"http": eye})
        world.later(seconds=15)


def incidents(world: World) -> int:
    with world.store.reading() as tx:
        return len(tx.list_incidents(WORKER, IncidentFilter()).items)


def trouble(world: World) -> str:
    with world.store.reading() as tx:
        return trouble_of(tx, "shop-ready")


def test_a_service_that_stays_unready_opens_one_incident_for_triage() -> None:
    world = World()

    watch(world, FakeLook(world, sees=[False] * 6), looks=6)

    assert incidents(world) == 1
    assert world.incident().phase is Phase.TRIAGE
    assert world.incident().services == ("shop",)
    assert len(world.events(AlertFired)) == 1


def test_a_service_that_comes_back_clears_its_alert() -> None:
    world = World()

    watch(world, FakeLook(world, sees=[False] * 4), looks=12)

    assert len(world.events(AlertCleared)) == 1
    assert not world.incident().alerts[0].firing


def test_a_certificate_that_ends_within_30_days_opens_an_incident_that_wakes_nobody() -> None:
    world = World()

    @dataclass
    class Tls(FakeLook):
        days: float = 31.0

        def look(self, options: Any) -> HttpSample:
            return replace(super().look(options), certificate_days=self.days)

    watch(world, Tls(world), looks=3)
    assert incidents(world) == 0
    watch(world, Tls(world, days=29.2), looks=3)

    assert incidents(world) == 1
    assert world.incident().title == "Shop: the certificate is good for 29.2 days (limit 30 days)"
    assert world.jobs("page") == []
    watch(world, Tls(world, days=90.0), looks=3)
    assert len(world.events(AlertCleared)) == 1


def test_a_look_is_repeated_at_its_interval() -> None:
    world = World()
    eye = FakeLook(world)

    watch(world, eye, looks=4)

    assert eye.looked == 4


def test_a_look_longer_than_a_lease_still_counts_and_is_made_once() -> None:
    world = World()
    eye = FakeLook(world, sees=[False] * 4, takes_s=10.5)
    for _ in range(4):
        (timer,) = due(world)
        look(world.engine, timer, {"http": eye})
        world.later(seconds=15)

    assert incidents(world) == 1


def test_nobody_else_looks_while_a_look_is_under_way() -> None:
    world = World()
    (timer,) = due(world)

    class Meanwhile(FakeLook):
        def look(self, options: Any) -> HttpSample:
            world.later(seconds=14)
            assert due(world) == []
            return super().look(options)

    look(world.engine, timer, {"http": Meanwhile(world)})


def test_a_worker_that_died_during_a_look_is_followed_by_another() -> None:
    world = World()
    (timer,) = due(world)
    with pytest.raises(StoreUnavailableError):
        look(world.engine, timer, {"http": FakeLook(world, sees=[StoreUnavailableError("gone")])})

    world.later(seconds=16)

    assert len(due(world)) == 1


def test_a_look_whose_lease_was_lost_begins_nothing() -> None:
    world = World()
    (first,) = due(world)
    world.later(seconds=11)
    (second,) = due(world)
    eye = FakeLook(world)

    look(world.engine, first, {"http": eye})
    assert eye.looked == 0
    look(world.engine, second, {"http": eye})
    assert eye.looked == 1


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (InvalidError("limit_s must be above 0", field="limit_s"), "limit_s must be above 0"),
        (PermanentError("env:SHOP_TOKEN: this environment variable is not set"), "env:SHOP_TOKEN"),
        (KeyError("ready"), "KeyError"),
    ],
)
def test_a_monitor_at_fault_says_so_in_health_and_looks_again(error: Exception, said: str) -> None:
    world = World()
    eye = FakeLook(world, sees=[error, True])

    watch(world, eye)
    assert said in trouble(world)
    assert any(said in problem for problem in health(world.engine).problems)

    watch(world, eye)
    assert trouble(world) == ""
    assert eye.looked == 2


def test_a_kind_that_nothing_here_looks_in_is_a_monitor_at_fault() -> None:
    world = World()
    (timer,) = due(world)

    look(world.engine, timer, {})

    assert "no monitor is of kind 'http'" in trouble(world)


def test_a_scrape_that_does_not_answer_is_the_services_fault() -> None:
    world = World()

    watch(world, FakeLook(world, sees=[TransientError("no answer")]))

    assert trouble(world) == ""


def test_a_monitor_that_is_no_longer_configured_ends() -> None:
    world = World()
    apply(world.engine, catalogue(CONFIGURATION.replace("shop-ready:", "shop-alive:")), "cat")
    eye = FakeLook(world)
    (timer,) = due(world)

    look(world.engine, timer, {"http": eye})
    world.later(minutes=1)

    assert eye.looked == 0
    assert due(world) == []


def test_a_configuration_that_changes_during_a_look_is_what_the_next_look_follows() -> None:
    world = World()
    (timer,) = due(world)

    class Changing(FakeLook):
        def look(self, options: Any) -> HttpSample:
            apply(world.engine, catalogue(CONFIGURATION.replace("every: 15s", "every: 1m")), "cat")
            return super().look(options)

    look(world.engine, timer, {"http": Changing(world)})
    assert len(due(world)) == 1
    world.later(seconds=11)
    (again,) = due(world)
    look(world.engine, again, {"http": FakeLook(world)})

    assert world.store.next_due() == world.clock() + timedelta(minutes=1)
