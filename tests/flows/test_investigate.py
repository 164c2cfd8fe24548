"""A diagnosis runs again while no cause is known, says only what is new, and is not stopped by one missing secret."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import timedelta

from tests.flows.world import ANA, CONFIGURATION, World, catalogue

from tocsin.domain.changes import Change
from tocsin.domain.diagnosis.facts import Facts
from tocsin.domain.diagnosis.facts.http import HttpFacts
from tocsin.domain.diagnosis.run import Run
from tocsin.domain.diagnosis.targets import Target
from tocsin.domain.incident.events import CauseNamed, Diagnosed
from tocsin.flows.configure import apply_drill
from tocsin.flows.investigate import REDIAGNOSE, ask_diagnosis, look_again, run_diagnosis
from tocsin.flows.ports import PermanentError
from tocsin.flows.respond import act
from tocsin.flows.storage import Job, NewJob


@dataclass
class FakeProbe:
    """Sees nothing of note, or breaks."""

    kind: str = "http"
    breaks: bool = False
    asked: list[Target] = field(default_factory=list)

    def collect(self, target: Target, deadline_s: float) -> Facts:
        del deadline_s
        self.asked.append(target)
        if self.breaks:
            raise RuntimeError("broken")
        return HttpFacts(target=target.name)


def diagnose(world: World, probe: FakeProbe | None = None) -> str:
    eye = probe or FakeProbe()
    return run_diagnosis(world.engine, world.job("diagnose"), probes={eye.kind: eye}, clock=world.clock)


def again(world: World) -> bool:
    due = world.timers(REDIAGNOSE)
    for timer in due:
        look_again(world.engine, timer)
    return bool(due)


def test_a_declared_incident_is_diagnosed_at_once_and_again_with_growing_waits() -> None:
    world = World()
    world.declare()
    diagnose(world)

    at = []
    began = world.clock()
    while world.clock() - began < timedelta(minutes=50):
        if again(world):
            at.append((world.clock() - began).total_seconds())
            diagnose(world)
        world.later(seconds=10)

    assert at == [30, 120, 300, 900, 2700]


def test_the_same_conclusion_again_is_no_new_event() -> None:
    world = World()
    world.declare()
    diagnose(world)
    world.later(seconds=30)
    again(world)

    assert diagnose(world) == "unchanged"
    assert len(world.events(Diagnosed)) == 1


def test_another_conclusion_is_a_new_event_with_its_evidence() -> None:
    world = World()
    world.declare()
    diagnose(world)
    world.later(seconds=30)
    again(world)

    assert diagnose(world, FakeProbe(breaks=True)) == "diagnosed"
    first, second = world.events(Diagnosed)
    assert isinstance(first.body, Diagnosed)
    assert isinstance(second.body, Diagnosed)
    assert first.body.changed == ()
    assert any(line.startswith("new blind spot: ") for line in second.body.changed)


def test_a_diagnosis_that_was_asked_for_is_always_told_and_starts_no_row_of_its_own() -> None:
    world = World()
    incident = world.declare()
    diagnose(world)
    ask_diagnosis(world.engine, incident.ref, ANA)

    assert diagnose(world) == "diagnosed"
    world.later(seconds=30)
    assert len(world.timers(REDIAGNOSE)) == 1


def test_once_somebody_named_the_cause_nobody_looks_again() -> None:
    world = World()
    incident = world.declare()
    diagnose(world)
    act(world.engine, incident.ref, CauseNamed(text="a leak", confirmed=True), ANA)
    world.later(seconds=30)

    assert again(world)
    assert world.jobs("diagnose") == []


def test_an_incident_that_is_gone_is_no_more_diagnosed() -> None:
    world = World()
    with world.store.transaction() as tx:
        tx.set_timer("gone", REDIAGNOSE, 1, tx.now())
        tx.enqueue((NewJob(key="k", kind="diagnose", incident="gone", payload={}, due=tx.now()),))

    assert again(world)
    assert diagnose(world) == "moot"
    assert world.state_of("k") == "done"


def test_a_missing_secret_costs_one_target_and_is_named() -> None:
    def resolve(options: Mapping[str, object]) -> dict[str, object]:
        if "dsn" in options:
            raise PermanentError("env:SHOP_DSN: this environment variable is not set")
        return dict(options)

    two = CONFIGURATION.replace(
        "    actions:", '      database: {kind: postgres, options: {dsn: "env:SHOP_DSN"}}\n    actions:'
    )
    world = World(text=two, more={"resolve": resolve})
    world.declare()
    probe = FakeProbe()

    assert diagnose(world, probe) == "diagnosed"

    assert [t.name for t in probe.asked] == ["shop/web"]
    assert any("shop/database" in spot for spot in world.incident().blind_spots)


def test_a_drills_waits_are_divided_by_its_speed() -> None:
    world = World()
    practice = catalogue(DRILL)
    apply_drill(world.engine, replace(practice, speed=60), "cat", allowed=True)
    world.declare(services=("drill-shop",), mode="drill", severity="")
    diagnose(world)

    assert world.store.next_due() is not None
    world.later(seconds=0.5)
    assert len(world.timers(REDIAGNOSE)) == 1


def test_a_real_incident_beside_a_drill_keeps_real_time() -> None:
    world = World()
    apply_drill(world.engine, replace(catalogue(DRILL), speed=60), "cat", allowed=True)
    world.declare()
    diagnose(world)

    world.later(seconds=29)

    assert world.timers(REDIAGNOSE) == []


def test_a_worker_that_lost_its_lease_concludes_nothing() -> None:
    world = World()
    world.declare()
    first: Job = world.job("diagnose")
    world.later(seconds=11)
    world.job("diagnose")

    assert run_diagnosis(world.engine, first, probes={}, clock=world.clock) == "lost"
    assert world.events(Diagnosed) == []


DRILL = """
catch_all: drill-ana
default_pack: platform
default_policy: drill-policy
people:
  drill-ana:
    name: Ana (drill)
    email: ana@drill.invalid
    contacts: {pager: {kind: webhook, address: "https://page.example.com/drill", verified: true}}
teams:
  drill-team: {name: Drill, pack: platform, policy: drill-policy, members: [drill-ana]}
policies:
  drill-policy: {steps: [{targets: ["person:drill-ana"], wait: 10m}]}
services:
  drill-shop:
    name: Shop
    team: drill-team
    drill: true
    probes: {web: {kind: http, options: {url: "https://shop.example.com"}}}
"""


def test_changes_of_the_services_and_what_they_depend_on_are_facts_of_the_diagnosis() -> None:
    world = World()
    with world.store.transaction() as tx:
        for service, minutes in (("shop", 10), ("silent", 5), ("shop", 60 * 24 * 3)):
            at = tx.now() - timedelta(minutes=minutes)
            tx.put_change("ci", Change(key=f"{service}/{minutes}", service=service, at=at, version=f"1.{minutes}"))
    incident = world.declare()
    diagnose(world)

    [told] = world.events(Diagnosed)
    assert isinstance(told.body, Diagnosed)
    with world.store.reading() as tx:
        bundle = Run.from_json(tx.bundle(told.body.bundle)).facts
    assert incident.services == ("shop",)
    assert [(d.service, d.version) for facts in bundle.deploys for d in facts.deploys] == [("shop", "1.10")]


MEASURED = (
    CONFIGURATION.replace(
        "  silent: {name: Silent, team: core}", "  silent: {name: Silent, team: core, depends_on: []}"
    )
    .replace("    team: core\n    probes:", "    team: core\n    depends_on: [silent]\n    probes:", 1)
    .replace(
        "monitors:\n",
        "monitors:\n"
        '  shop-figures: {service: shop, kind: metrics, every: 15s, options: {url: "https://shop.example.com/metrics"}}\n'
        '  silent-figures: {service: silent, kind: metrics, every: 15s, options: {url: "https://silent.example.com/m"}}\n',
    )
)


def test_what_monitors_measured_of_services_and_dependencies_is_compared() -> None:
    world = World(text=MEASURED)
    world.later(minutes=1)
    incident = world.declare()
    began = incident.began_at
    with world.store.transaction() as tx:
        for look in range(-120, 0):
            at = began + look * timedelta(seconds=15)
            failing = 30.0 if look >= -4 else 0.0
            for service in ("shop", "silent"):
                tx.put_samples(f"service/{service}", [(at, {"requests": 50, "error_percent": failing, "p95_ms": 20.0})])
    diagnose(world)

    (event,) = world.events(Diagnosed)
    assert isinstance(event.body, Diagnosed)
    assert "services.attribution shop" in event.body.failed_checks
    (cause,) = [one for one in event.body.causes if one.key == "dependency_outage"]
    assert "silent's own excess is" in cause.supports[0]
