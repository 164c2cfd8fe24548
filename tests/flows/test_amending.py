"""A sender's new words of an alert it sent: what is worse is news, what was held back may tell, and nothing else changes."""

from __future__ import annotations

from tests.flows.test_held_back import silenced
from tests.flows.test_storm import SENDER, TEXT, alert, incidents, pages
from tests.flows.world import World

from tocsin.domain.alerts.amending import Amendment, Note
from tocsin.domain.incident.events import AlertFired, Noted, SeverityChanged
from tocsin.flows.amending import amend
from tocsin.flows.ingest import accept
from tocsin.flows.senders import Credentials

WATCH = Credentials("watch", "generic", "open sesame")


def test_a_severity_that_is_raised_raises_the_incident_and_pages() -> None:
    world = World(text=TEXT)
    accept(world.engine, SENDER, [alert(1, severity="info")])
    assert pages(world) == []

    assert amend(world.engine, WATCH, "shop/1", Amendment(severity="critical"))

    assert world.incident().severity == "SEV1"
    assert [job.payload["to"] for job in pages(world)][:1] == ["ana"]
    assert (len(world.events(SeverityChanged)), len(world.events(AlertFired))) == (1, 1)


def test_a_silenced_alert_whose_labels_escape_the_silence_tells() -> None:
    world = World(text=TEXT)
    silenced(world, 'alertname="Errors"', 60)
    accept(world.engine, SENDER, [alert(1)])
    assert incidents(world) == []

    amend(world.engine, WATCH, "shop/1", Amendment(labels={"alertname": "Outage"}))

    assert len(incidents(world)) == 1
    assert pages(world)


def test_a_note_and_other_words_page_nobody() -> None:
    world = World(text=TEXT)
    accept(world.engine, SENDER, [alert(1, severity="info")])

    amend(world.engine, WATCH, "shop/1", Amendment(summary="5xx on all nodes", note=Note(text="we look", by="Bo")))

    assert pages(world) == []
    assert len(world.events(Noted)) == 1
    assert not amend(world.engine, WATCH, "nobody/1", Amendment(summary="x"))
