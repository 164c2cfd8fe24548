"""A storm of real size through the door: one cause over many services, and what nobody may miss meanwhile."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from tests.support.api import KEY, TOCSIN_YAML, Office

from tocsin.config.catalogue import check_text
from tocsin.flows.configure import apply

STORM = 20_000
A_POST = 400
NEED = tuple(f"shop-{number}" for number in range(12))
SERVICES = "".join(f"  {name}: {{name: {name}, team: core, depends_on: [orders]}}\n" for name in NEED)


@pytest.fixture
def exposed(office: Office) -> Office:
    """The office with a dozen services that need the orders API."""
    catalogue, problems = check_text(TOCSIN_YAML.replace("services:\n", f"services:\n{SERVICES}"), "t.yaml", Path())
    assert catalogue is not None, problems
    apply(office.app.engine, catalogue, "ana")
    return office


def post(office: Office, alerts: list[dict[str, Any]]) -> list[str]:
    answer = office.post_alert("shop", {"version": "4", "alerts": alerts}, key=KEY)
    assert answer.status_code == 202, answer.text
    incidents: list[str] = answer.json()["incidents"]
    return incidents


def alert(number: int, service: str) -> dict[str, Any]:
    labels = {"alertname": "Down", "severity": "critical", "service": service, "instance": f"node-{number}"}
    return {"status": "firing", "labels": labels, "annotations": {"summary": "connections are refused"}}


def test_twenty_thousand_alerts_of_one_cause_are_few_incidents_and_a_second_cause_still_pages(exposed: Office) -> None:
    post(exposed, [alert(0, "orders")])
    woken: list[Any] = []
    for first in range(1, STORM, A_POST):
        post(exposed, [alert(number, NEED[number % len(NEED)]) for number in range(first, first + A_POST)])
        if first == 1 + STORM // 2 // A_POST * A_POST:
            before = exposed.jobs("page")
            assert [job.payload["to"] for job in before] == ["ben"]
            (second,) = post(exposed, [alert(first, "billing"), alert(first + 1, NEED[0])])[:1]
            woken = exposed.jobs("page")

    assert [(job.payload["to"], job.payload["facts"]["ref"]) for job in woken] == [("ben", second)]
    assert exposed.jobs("page") == []
    found = exposed.cleo.get("/v1/incidents")["items"]
    assert sorted(one["services"] for one in found) == [["billing"], ["orders"]]
    storm = next(one["ref"] for one in found if one["services"] == ["orders"])
    assert len(exposed.cleo.get(f"/v1/incidents/{storm}/timeline", limit=500)["entries"]) <= 50
    with exposed.app.engine.store.reading() as tx:
        assert tx.tally([tx.resolve_ref(storm)]).total > STORM
