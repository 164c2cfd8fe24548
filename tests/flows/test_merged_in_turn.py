"""What was merged into an incident that was merged itself is part of the one that goes on, however long the chain."""

from __future__ import annotations

from msgspec.structs import replace
from tests.flows.test_paging_held import held, paged
from tests.flows.test_storm import SENDER, TEXT, alert, incidents
from tests.flows.world import ANA, World

from tocsin.domain.incident.state import Incident
from tocsin.domain.visibility import WORKER
from tocsin.flows.ingest import accept
from tocsin.flows.merging import parts
from tocsin.flows.respond import merge, unmerge

CHAIN = ("orders", "mail", "shop")


def chained() -> tuple[World, list[Incident]]:
    """Return a world in which the first of three incidents was merged into the second, and that into the third."""
    world = World(text=TEXT)
    for name in CHAIN:
        accept(world.engine, SENDER, [alert(1, name)])
    found = {incident.services[0]: incident for incident in incidents(world)}
    first, second, third = (found[name] for name in CHAIN)
    paged(world)
    merge(world.engine, first.ref, second.ref, ANA)
    merge(world.engine, second.ref, third.ref, ANA)
    return world, [first, second, third]


def parts_of(world: World, ref: str) -> set[str]:
    with world.store.reading() as tx:
        incident = tx.see(WORKER, ref)
        assert incident is not None
        return set(parts(tx, incident))


def test_all_of_a_chain_are_parts_of_the_one_that_goes_on_until_one_leaves() -> None:
    world, (first, second, third) = chained()
    assert parts_of(world, third.ref) == {first.id, second.id, third.id}

    unmerge(world.engine, second.ref, "two causes", ANA)
    assert parts_of(world, third.ref) == {third.id}
    assert parts_of(world, second.ref) == {first.id, second.id}


def test_an_alert_that_fires_at_the_end_of_a_chain_of_merges_keeps_paging_going() -> None:
    world, _ = chained()
    accept(world.engine, SENDER, [replace(alert(1, name), status="resolved") for name in CHAIN[1:]])

    assert paged(world, 6) == ["bo"]
    assert held(world) == []

    accept(world.engine, SENDER, [replace(alert(1, CHAIN[0]), status="resolved")])
    assert paged(world, 30) == []
