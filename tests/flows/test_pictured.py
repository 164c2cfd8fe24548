"""What an incident's page pictures of its services, however long the incident goes on."""

from __future__ import annotations

from datetime import timedelta

from tests.flows.world import ANA, World

from tocsin.flows import queries
from tocsin.flows.queries.samples import LONGEST


def test_a_long_incident_is_pictured_by_its_last_hours() -> None:
    world = World()
    incident = world.declare()
    began = world.clock()
    world.later(days=2)
    early, late = began + timedelta(minutes=1), world.clock() - LONGEST + timedelta(minutes=1)
    with world.store.transaction() as tx:
        tx.put_samples("service/shop", [(early, {"p95_ms": 900.0}), (late, {"p95_ms": 40.0})])

    assert queries.samples(world.engine, ANA.viewer, incident.ref) == {"p95_ms": [(late, 40.0)]}


def test_a_short_one_is_pictured_from_before_its_impact() -> None:
    world = World()
    before = world.clock() - timedelta(minutes=10)
    with world.store.transaction() as tx:
        tx.put_samples("service/shop", [(before, {"ready": True})])
    incident = world.declare()

    assert queries.samples(world.engine, ANA.viewer, incident.ref) == {"ready": [(before, 1.0)]}
