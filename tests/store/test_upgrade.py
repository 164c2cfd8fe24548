"""After an upgrade: what another version of the code wrote is worked on as before, by people and by clocks."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import text
from tests.flows.world import ANA, World

from tocsin.domain.incident.events import Acknowledged
from tocsin.flows.handle import refold
from tocsin.flows.respond import act
from tocsin.store.opening import open_store
from tocsin.store.schema import migrate
from tocsin.store.sql.engine import Engines, parse_url


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    """A world with an incident whose snapshot another version of the code wrote."""
    url = f"sqlite:///{tmp_path / 't.db'}"
    migrate(url)
    store = open_store(url, refold=refold)
    found = World(store=store)
    found.declare()
    engines = Engines(parse_url(url))
    with engines.writing() as connection:
        connection.execute(text("UPDATE incidents SET state_version = 0, state = '{}'"))
        connection.execute(text("UPDATE timers SET due = 0, ready_at = 0 WHERE name = 'escalate'"))
    engines.close()
    yield found
    store.close()


def test_an_incident_that_an_older_version_wrote_can_be_acknowledged(world: World) -> None:
    with world.store.reading() as tx:
        seen = tx.see(ANA.viewer, "INC-1")
    taken = act(world.engine, "INC-1", Acknowledged(person="ana"), ANA)

    assert seen is not None
    assert (taken.paging.acknowledged_by, taken.title) == ("ana", seen.title)


def test_its_escalation_goes_on(world: World) -> None:
    world.tick("escalate")

    assert {str(job.payload["to"]) for job in world.jobs("page")} == {"ana", "bo"}
