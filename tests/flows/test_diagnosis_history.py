"""A diagnosis knows what the former ones read, and what the monitors saw when all was well."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta

import msgspec
from tests.flows.world import ANA, World

from tocsin.domain.diagnosis.facts import Bundle, Facts, MetricsBaseline
from tocsin.domain.diagnosis.facts.redis import RedisFacts
from tocsin.domain.diagnosis.targets import Target
from tocsin.flows.diagnosis_history import normal, recall
from tocsin.flows.investigate import ask_diagnosis, run_diagnosis


@dataclass
class Cache:
    """A probe that finds more keys at each look."""

    world: World
    kind: str = "http"
    looks: list[int] = field(default_factory=list)

    def collect(self, target: Target, deadline_s: float) -> Facts:
        del deadline_s
        self.looks.append(len(self.looks))
        return RedisFacts(target=target.name, at=self.world.clock(), keys=100 * len(self.looks))


def look(world: World, probe: Cache) -> Bundle:
    run_diagnosis(world.engine, world.job("diagnose"), probes={probe.kind: probe}, clock=world.clock)
    key = world.incident().bundle
    with world.store.reading() as tx:
        body = tx.bundle(key)
    return msgspec.convert(msgspec.json.decode(body)["facts"], Bundle)


def test_a_look_carries_what_the_looks_before_it_read() -> None:
    world = World()
    incident = world.declare()
    probe = Cache(world)

    first = look(world, probe)
    world.later(minutes=1)
    ask_diagnosis(world.engine, incident.ref, ANA)
    second = look(world, probe)

    assert first.history == ()
    assert [(one.target, one.numbers["keys"]) for one in second.history] == [("shop/web", 100.0)]
    with world.store.reading() as tx:
        assert [one.numbers["keys"] for one in recall(tx, ["shop/web"])] == [100.0, 200.0]


def test_what_older_code_kept_in_another_shape_counts_as_nothing() -> None:
    world = World()
    with world.store.transaction() as tx:
        tx.put_value("readings/shop/web", '{"not": "readings"}')

    with world.store.reading() as tx:
        assert recall(tx, ["shop/web", "unknown"]) == ()


def samples(onset: datetime, count: int) -> list[tuple[datetime, dict[str, object]]]:
    begun = onset - timedelta(minutes=60)
    return [
        (begun + timedelta(minutes=n), {"requests_per_s": 10.0 + n, "error_percent": 1.0, "p95_ms": 40.0})
        for n in range(count)
    ]


def test_normal_is_the_median_of_what_monitors_saw_before_the_onset() -> None:
    world = World()
    onset = world.clock()
    with world.store.transaction() as tx:
        tx.put_samples("service/shop", samples(onset, 21))
        tx.put_samples("service/few", samples(onset, 3))

    with world.store.reading() as tx:
        known = normal(tx, ["shop", "few", "none"], onset)

    assert known == {"shop": MetricsBaseline(requests_per_s=20.0, error_ratio=0.01, p95_s=0.04)}
