"""`/metrics` for a scraper with a token: how Tocsin itself is, in numbers."""

from __future__ import annotations

from prometheus_client.parser import text_string_to_metric_families
from tests.support.api import Office

from tocsin.domain.incident.events import Noted
from tocsin.flows import circuits
from tocsin.flows.aside import close
from tocsin.flows.storage import Heartbeat


def figures(office: Office) -> dict[tuple[str, str], float]:
    answer = office.cleo.send("GET", "/metrics")
    assert answer.status_code == 200
    assert answer.headers["content-type"].startswith("text/plain; version=")
    return {
        (sample.name, next(iter(sample.labels.values()), "")): sample.value
        for family in text_string_to_metric_families(answer.text)
        for sample in family.samples
    }


def test_a_stranger_reads_no_figures(office: Office) -> None:
    assert office.client.get("/metrics").status_code in {401, 403}


def test_they_say_how_tocsin_is(office: Office) -> None:
    store = office.app.engine.store
    with store.reading() as tx:
        store.beat(Heartbeat(process="work-1", role="work", at=tx.now()))
    office.ana.declare(title="A secret project burns")
    found = figures(office)
    assert found["tocsin_outbox_due", ""] >= 1
    assert (found["tocsin_well", ""], found["tocsin_processes", "work"]) == (1, 1)
    assert ("tocsin_deadman_age_seconds", "") not in found

    for job in office.jobs("page"):
        close(office.app.engine, job, Noted(text="x"), "no answer", dead=True)
    for _ in range(circuits.OPENS_AFTER):
        circuits.failed(office.app.engine, "webhook page.example.com", "no answer from secret-address")
    found = figures(office)
    assert found["tocsin_outbox_dead", ""] == found["tocsin_deliveries_failed_last_hour", ""] == 1
    assert found["tocsin_circuit_open", "webhook page.example.com"] == 1
    assert found["tocsin_well", ""] == 0
    text = office.cleo.send("GET", "/metrics").text
    assert "secret" not in text
