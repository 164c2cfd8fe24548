"""A status page is read as Statuspage documents its summary, from a server of the tests' own; it is never proof."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import pytest
from tests.support.http import Reply, closed_port, http_sink

from tocsin.adapters.probes.statuspage import Statuspage, validate_options
from tocsin.domain.diagnosis.checks.catalogue import run_checks
from tocsin.domain.diagnosis.diagnose import diagnose
from tocsin.domain.diagnosis.facts import Bundle, StatusFacts, bundle_of
from tocsin.domain.diagnosis.findings import Finding
from tocsin.domain.diagnosis.look import Look
from tocsin.domain.diagnosis.targets import Target
from tocsin.domain.errors import InvalidError
from tocsin.net.http import Http

NOW = datetime(2026, 3, 15, 14, 0, tzinfo=UTC)
API = {"id": "b1", "name": "API", "status": "operational", "group": False, "position": 1}
MAIL = {"id": "b2", "name": "Mail", "status": "operational", "group": None}
INCIDENT = {
    "id": "p1", "name": "Payments fail", "status": "investigating", "impact": "major", "started_at": "2026-03-15T13:50:00Z",
    "components": [API], "incident_updates": [{"body": "We look into it."}],
}  # fmt: skip


def summary(**changed: Any) -> bytes:
    said = {"indicator": "none", "description": "All Systems Operational"}
    whole = {"page": {"id": "y", "name": "Bank"}, "status": said, "components": [API, MAIL], "incidents": [], **changed}
    return json.dumps({**whole, "scheduled_maintenances": []}).encode()


def collect(url: str, **options: object) -> StatusFacts:
    target = Target(name="bank status", kind="statuspage", service="shop", options={"url": url, **options})
    return Statuspage(lambda: NOW, Http()).collect(target, 20.0)


def bundle(facts: StatusFacts) -> Bundle:
    return bundle_of([facts], started_at=NOW, ended_at=NOW)


def judged(body: bytes, **options: object) -> Finding:
    with http_sink(lambda _: Reply(body=body)) as sink:
        facts = collect(sink.url, **options)
    assert [(one.method, one.path) for one in sink.received] == [("GET", "/api/v2/summary.json")]
    return next(one for one in run_checks(Look(bundle=bundle(facts))) if one.check_id == "status.page")


def test_a_green_page_says_so_and_refutes_nothing() -> None:
    found = judged(summary())

    assert (found.verdict, found.observed, found.refutes) == ("ok", "Bank says: All Systems Operational", ())


def test_an_open_incident_supports_an_outage_and_never_confirms_one() -> None:
    with http_sink(lambda _: Reply(body=summary(incidents=[INCIDENT]))) as sink:
        facts = collect(sink.url)

    top = diagnose(bundle(facts)).top
    assert top is not None
    assert top.key == "dependency_outage"
    assert top.state != "confirmed"
    assert judged(summary(incidents=[INCIDENT])).observed == "Bank says: Payments fail (major, investigating)"


def test_only_what_is_used_counts() -> None:
    down = {**MAIL, "status": "partial_outage"}

    assert judged(summary(components=[API, down]), components=["API"]).verdict == "ok"
    assert judged(summary(components=[API, down])).observed == "Bank says: Mail: partial outage"
    assert judged(summary(incidents=[INCIDENT]), components=["Mail"]).verdict == "ok"
    assert judged(summary(incidents=[{**INCIDENT, "components": []}]), components=["Mail"]).verdict == "warn"
    assert judged(summary(incidents=[{**INCIDENT, "status": "resolved"}])).verdict == "ok"


def test_a_page_that_does_not_answer_or_lists_no_such_component_is_a_blind_spot() -> None:
    gone = collect(f"http://127.0.0.1:{closed_port()}")
    with http_sink(lambda _: Reply(body=summary())) as sink:
        other = collect(sink.url, components=["Fax"])
    with http_sink(lambda _: Reply(body=b"<html>")) as sink:
        odd = collect(sink.url)

    assert (gone.error, odd.error) == ("refused", "other")
    assert [spot.what for spot in other.blind] == ["component Fax"]
    assert [one for one in diagnose(bundle(gone)).blind_spots if one.target == "bank status"]


def test_an_address_that_cannot_be_is_named() -> None:
    with pytest.raises(InvalidError) as caught:
        validate_options({"url": "status.test"})

    assert caught.value.field == "url"
