"""Silences and dry runs of routes through the API."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import msgspec
import pytest
from tests.support.api import TOCSIN_YAML, Office, ago, problem_of

from tocsin.config.catalogue import check_text
from tocsin.flows.configure import apply
from tocsin.flows.ingest import Sender, accept
from tocsin.flows.ports import InboundAlert

ROUTING = """
time_intervals:
  weekend: {any_of: [{weekdays: ["saturday:sunday"]}]}
routing:
  routes:
    database: {matchers: ['team="db"'], group_wait: 30s, mute_time_intervals: [weekend]}
    data: {matchers: [service=warehouse], team: data}
inhibitions:
  down: {source_matchers: [alertname=Down], target_matchers: [alertname=Slow], equal: [service]}
maintenance:
  upgrade: {services: [billing], starts: 2026-01-05T00:00Z, ends: 2099-01-01T00:00Z, reason: New machines}
"""


@pytest.fixture
def routed(office: Office) -> Office:
    """The office with routes."""
    catalogue, problems = check_text(TOCSIN_YAML + ROUTING, "tocsin.yaml", Path())
    assert catalogue is not None, problems
    apply(office.app.engine, catalogue, "ana")
    return office


def silence(office: Office, *matchers: str, **said: Any) -> Any:
    body = {"matchers": list(matchers), "ends_at": ago(-60), "comment": "new disks", **said}
    return office.ben.post("/v1/silences", body, status=201)


def reasons(found: Any) -> list[str]:
    return [decision["reason"] for decision in found["routes"][0]["decisions"]]


def test_a_silence_is_made_listed_and_ended(office: Office) -> None:
    made = silence(office, "team=db", 'severity!~"critical|page"')

    assert made["shown"] == '{team="db", severity!~"critical|page"}'
    assert (made["state"], made["silences_now"], made["created_by"]) == ("active", True, "ben")
    assert office.cleo.get("/v1/silences") == [made]
    over = office.ben.send("DELETE", f"/v1/silences/{made['id']}").json()
    assert (over["state"], over["updated_by"]) == ("expired", "ben")
    assert office.dan.send("DELETE", f"/v1/silences/{made['id']}").json() == over
    assert office.cleo.get("/v1/silences") == []
    assert office.cleo.get("/v1/silences", expired=True) == [over]


def test_an_edit_ends_the_old_silence_and_names_it(office: Office) -> None:
    old = silence(office, "team=db")
    new = silence(office, "team=web", replaces=old["id"])

    assert (new["replaces"], new["state"]) == (old["id"], "active")
    states = {one["id"]: one["state"] for one in office.cleo.get("/v1/silences", expired=True)}
    assert states == {old["id"]: "expired", new["id"]: "active"}
    again = {"matchers": ["team=web"], "ends_at": new["ends_at"], "comment": "new disks", "replaces": new["id"]}
    assert "says that already" in problem_of(office.ben.send("POST", "/v1/silences", json=again), 409)["detail"]


def test_a_silence_that_recurs_says_when(office: Office) -> None:
    made = silence(
        office, "team=db", ends_at=ago(-60 * 24 * 30),
        during=[{"weekdays": ["saturday"], "times": ["22:00-06:00"], "zone": "Europe/Berlin"}],
    )  # fmt: skip
    assert made["during"] == ["saturday; 22:00-06:00 Europe/Berlin"]


@pytest.mark.parametrize(
    ("changed", "field"),
    [
        ({"matchers": ["team=db", 'a="b']}, "matchers.1"),
        ({"matchers": ['team=~"("']}, "matchers.0"),
        ({"matchers": ['team=~".*"']}, "matchers"),
        ({"ends_at": ago(5)}, "ends_at"),
        ({"comment": "  "}, "comment"),
        ({"during": [{"weekdays": ["caturday"]}]}, "day of the week"),
        ({"during": [{"zone": "Mars/Base"}]}, "zone"),
    ],
)
def test_a_silence_that_cannot_be_is_refused_by_field(office: Office, changed: dict[str, Any], field: str) -> None:
    body = {"matchers": ["team=db"], "ends_at": ago(-60), "comment": "new disks", **changed}
    assert problem_of(office.ben.send("POST", "/v1/silences", json=body), 422)["field"] == field


def test_a_reader_silences_nothing_and_an_unknown_silence_is_told(office: Office) -> None:
    body = {"matchers": ["team=db"], "ends_at": ago(-60), "comment": "new disks"}
    problem_of(office.cleo.send("POST", "/v1/silences", json=body), 403)
    made = silence(office, "team=db")
    problem_of(office.cleo.send("DELETE", f"/v1/silences/{made['id']}"), 403)
    assert problem_of(office.ben.send("DELETE", "/v1/silences/none"), 404)["detail"] == "there is no silence 'none'"
    problem_of(office.ben.send("POST", "/v1/silences", json={**body, "replaces": "none"}), 404)


def test_without_routes_an_alert_goes_to_its_services_team(office: Office) -> None:
    found = office.cleo.post("/v1/routes/test", {"labels": {"alertname": "X", "service": "warehouse"}})

    assert found["pages"]
    (route,) = found["routes"]
    assert (route["group"], route["group_wait"], route["team"], route["policy"]) == (
        'default/{service="warehouse"}', "PT0S", "data", "core",
    )  # fmt: skip


def test_a_dry_run_follows_the_configuration_the_silences_and_the_firing_alerts(routed: Office) -> None:
    def run(at: str = "2026-01-05T12:00Z", **labels: str) -> Any:
        return routed.cleo.post("/v1/routes/test", {"labels": labels, "at": at})

    monday = run(team="db", alertname="Slow")
    assert (monday["pages"], monday["routes"][0]["group_wait"]) == (True, "PT30S")
    assert reasons(run("2026-01-10T12:00Z", team="db")) == ["taken", "grouped", "muted", "policy"]
    assert reasons(run(service="billing")) == ["taken", "grouped", "maintenance", "policy"]
    assert run(service="warehouse", alertname="Slow")["pages"]
    firing = {"alerts": [{"status": "firing", "labels": {"alertname": "Down", "service": "warehouse"}}]}
    assert routed.post_alert("shop", firing).is_success
    assert reasons(run(service="warehouse", alertname="Slow")) == ["taken", "grouped", "inhibited", "policy"]
    made = silence(routed, "service=orders")
    assert run(service="orders")["pages"], "the silence begins later than the time that was asked about"
    found = routed.cleo.post("/v1/routes/test", {"labels": {"service": "orders"}})
    assert not found["pages"]
    assert made["id"] in found["routes"][0]["decisions"][2]["sentence"]


def test_a_dry_run_knows_nothing_of_alerts_of_private_incidents_to_whoever_may_not_see_them(routed: Office) -> None:
    firing = {"alerts": [{"status": "firing", "labels": {"alertname": "Down", "service": "warehouse"}}]}
    (ref,) = routed.post_alert("shop", firing).json()["incidents"]
    routed.ben.act(ref, "privacy", {"private": True, "reason": "an attack"})

    body = {"labels": {"alertname": "Slow", "service": "warehouse"}}
    assert not routed.ben.post("/v1/routes/test", body)["pages"]
    assert routed.cleo.post("/v1/routes/test", body)["pages"]


def test_a_dry_run_is_that_of_a_source_where_one_is_named(routed: Office) -> None:
    def run(source: str, status: int = 200) -> Any:
        return routed.cleo.post("/v1/routes/test", {"labels": {"alertname": "X"}, "source": source}, status=status)

    assert run("shop")["labels"] == {"alertname": "X", "service": "orders"}
    assert run("script")["routes"][0]["team"] == "core"
    wrong = run("nobody", 422)
    assert wrong["field"] == "source"


def test_a_fingerprint_of_two_sources_is_answered_with_both(routed: Office) -> None:
    post = {"alerts": [{"status": "firing", "fingerprint": "f1", "labels": {"alertname": "X"}}]}
    routed.post_alert("shop", post)
    found = routed.cleo.get("/v1/alerts")
    sender = Sender(key="script", team="core")
    fingerprint = found[0]["subject"].partition("/")[2]
    accept(routed.app.engine, sender, [InboundAlert(fingerprint=fingerprint, name="X", labels={}, status="firing")])

    refused = routed.cleo.get("/v1/why", subject=fingerprint, status=409)
    assert refused["mend"] == f"Name one: shop/{fingerprint}, script/{fingerprint}."


def test_the_tree_is_listed_with_what_each_route_inherits(routed: Office) -> None:
    tree = routed.cleo.get("/v1/routes")

    assert [(route["depth"], route["place"][-1], route["receiver"]) for route in tree] == [
        (0, "root", "default"), (1, "database", "database"), (1, "data", "data"),
    ]  # fmt: skip
    assert tree[1]["matchers"] == ['team="db"']


def test_a_configuration_that_was_never_checked_is_refused_for_its_matchers_and_names(routed: Office) -> None:
    def refused(change: Any) -> str:
        catalogue, _ = check_text(TOCSIN_YAML + ROUTING, "tocsin.yaml", Path())
        body = msgspec.json.decode(msgspec.json.encode(catalogue))
        change(body)
        return str(problem_of(routed.ana.send("POST", "/v1/config", json={"catalogue": body}), 422)["detail"])

    def broken_matcher(body: Any) -> None:
        body["routing"]["routes"][0]["matchers"][0] |= {"operator": "=~", "value": "("}

    def lost_policy(body: Any) -> None:
        body["routing"]["routes"][0]["policy"] = "gone"

    def lost_interval(body: Any) -> None:
        body["time_intervals"] = []

    def broken_zone(body: Any) -> None:
        body["time_intervals"][0]["any_of"][0]["zone"] = "Mars/Base"

    assert "no regular expression" in refused(broken_matcher)
    assert "nothing called 'gone'" in refused(lost_policy)
    assert "nothing called 'weekend'" in refused(lost_interval)
    assert "no time zone" in refused(broken_zone)
