"""What senders post: kept before it is answered, refused in clear words, and an alert becomes an incident and a page."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient
from tests.support.api import KEY, OLD_KEY, SCRIPT_KEY, Office, problem_of

from tocsin.doors.ingest.route import LARGEST
from tocsin.doors.serve import create_server
from tocsin.flows.storage import RawBody
from tocsin.wiring import App

LABELS = {"alertname": "HighErrorRate", "severity": "critical", "instance": "a"}


def webhook(status: str = "firing", *, labels: dict[str, str] = LABELS, **alert: Any) -> dict[str, Any]:
    one = {"status": status, "labels": labels, "annotations": {"summary": "30 % of orders fail"}, **alert}
    return {"version": "4", "alerts": [one]}


def raw_of(office: Office, detail: str) -> RawBody:
    kept = detail.rpartition("(kept as ")[2].rstrip(")")
    with office.app.engine.store.reading() as tx:
        found = tx.raw(kept)
    assert found is not None
    return found


# -- the way in ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "way",
    [
        {"headers": {"authorization": f"Bearer {KEY}"}},
        {"headers": {"authorization": f"bearer {KEY}"}},
        {"headers": {"x-tocsin-key": KEY}},
        {"params": {"key": KEY}},
        {"headers": {"x-tocsin-key": OLD_KEY}},
    ],
)
def test_either_key_opens_the_door_by_header_or_query(office: Office, way: dict[str, Any]) -> None:
    answer = office.client.post("/v1/in/shop", json=webhook(), **way)
    assert answer.status_code == 202
    assert answer.json()["incidents"] == ["INC-1"]


@pytest.mark.parametrize(
    ("integration", "headers"),
    [
        ("shop", {}),
        ("shop", {"x-tocsin-key": "wrong"}),
        ("shop", {"authorization": "Bearer "}),
        ("shop", {"x-tocsin-key": SCRIPT_KEY}),
        ("nobody", {"x-tocsin-key": KEY}),
    ],
)
def test_a_wrong_key_and_an_unknown_integration_look_the_same(
    office: Office, integration: str, headers: dict[str, str]
) -> None:
    answer = office.client.post(f"/v1/in/{integration}", json=webhook(), headers=headers)
    assert problem_of(answer, 401)["detail"] == "this integration and key do not go together"


def test_an_api_token_is_no_senders_key(office: Office) -> None:
    problem_of(office.ana.send("POST", "/v1/in/shop", json=webhook()), 401)


def test_only_posts_are_taken(office: Office) -> None:
    problem_of(office.client.get("/v1/in/shop"), 405)


# -- what cannot be taken --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("body", "says"),
    [
        (b"", "not JSON"),
        (b"{", "not JSON"),
        (b"\xff\xfe", "not JSON"),
        (b"[" * 5000, ""),
        (b"{}", "alerts"),
        (b'{"alerts": [{"labels": {}}]}', "$.alerts[0]"),
        (b'{"alerts": [{"status": "firing", "labels": {"a": 1}}]}', "$.alerts[0].labels"),
        (b'{"alerts": [{"status": "firing", "labels": {"a": "b"}, "startsAt": "noon"}]}', "$.alerts[0].startsAt"),
    ],
)
def test_a_malformed_post_is_refused_with_its_place_and_kept_for_replay(office: Office, body: bytes, says: str) -> None:
    problem = problem_of(office.post_alert("shop", body), 400)

    assert says in problem["detail"]
    assert "mend" in problem
    kept = raw_of(office, problem["detail"])
    assert (kept.body, kept.source) == (body, "shop")
    assert kept.error
    assert office.cleo.get("/v1/incidents")["items"] == []


def test_a_post_beyond_the_limit_is_refused(office: Office) -> None:
    problem_of(office.post_alert("shop", b"x" * (LARGEST + 1)), 413)


def test_without_its_database_the_sender_is_told_to_come_again(office: Office, tmp_path: Path) -> None:
    for file in tmp_path.glob("t.db*"):
        file.write_bytes(b"no database " * 4096)

    problem = problem_of(office.post_alert("shop", webhook()), 503)
    assert problem["mend"] == "Try again."
    problem_of(office.ana.send("GET", "/v1/incidents"), 503)
    problem_of(office.client.get("/ready"), 503)
    assert office.client.get("/health").status_code == 200


def test_before_any_configuration_the_sender_is_told_to_come_again(unconfigured: App) -> None:
    client = TestClient(create_server(unconfigured), raise_server_exceptions=False)
    answer = client.post("/v1/in/shop", json=webhook(), headers={"x-tocsin-key": KEY})
    assert "tocsin config apply" in problem_of(answer, 503)["detail"]


# -- what alerts become ----------------------------------------------------------------------------------------------


def test_an_alert_opens_an_incident_for_triage_and_pages(office: Office) -> None:
    answer = office.post_alert("shop", webhook()).json()
    seen = office.cleo.see("INC-1")

    assert answer == {"fired": [answer["fired"][0]], "resolved": [], "refreshed": 0, "incidents": ["INC-1"]}
    assert (seen["phase"], seen["severity"], seen["services"]) == ("triage", "SEV1", ["orders"])
    assert seen["title"] == "Orders API: 30 % of orders fail"
    assert (seen["source"], seen["reporter"]) == ("shop", "alert HighErrorRate")
    assert [(a["name"], a["firing"]) for a in seen["alerts"]] == [("HighErrorRate", True)]
    assert [job.payload["to"] for job in office.jobs("page")] == ["ben"]


def test_the_same_alert_again_is_the_same_incident(office: Office) -> None:
    office.post_alert("shop", webhook())
    again = office.post_alert("shop", webhook()).json()
    other = office.post_alert("shop", webhook(labels={**LABELS, "instance": "b"})).json()

    assert (again["fired"], again["refreshed"]) == ([], 1)
    assert (len(other["fired"]), other["incidents"]) == (1, ["INC-1"])
    assert len(office.cleo.get("/v1/incidents")["items"]) == 1
    assert len(office.jobs("page")) == 1


def test_a_resolved_alert_clears_and_people_decide_about_the_incident(office: Office) -> None:
    office.post_alert("shop", webhook())
    over = office.post_alert("shop", webhook("resolved")).json()
    seen = office.cleo.see("INC-1")

    assert len(over["resolved"]) == 1
    assert [a["firing"] for a in seen["alerts"]] == [False]
    assert seen["phase"] == "triage"
    assert any("HighErrorRate" in line["text"] for line in office.cleo.timeline("INC-1"))


def test_an_alert_that_fires_again_after_its_end_joins_the_open_incident(office: Office) -> None:
    def at(minutes: int) -> str:
        return (datetime.now(tz=UTC) - timedelta(minutes=minutes)).isoformat()

    office.post_alert("shop", webhook(startsAt=at(30)))
    office.post_alert("shop", webhook("resolved", startsAt=at(30), endsAt=at(20)))
    again = office.post_alert("shop", webhook(startsAt=at(1))).json()

    assert (len(again["fired"]), again["incidents"]) == (1, ["INC-1"])
    assert [a["firing"] for a in office.cleo.see("INC-1")["alerts"]] == [True]


def test_a_sender_whose_clock_is_ahead_loses_no_alert(office: Office) -> None:
    ahead = (datetime.now(tz=UTC) + timedelta(hours=2)).isoformat()

    assert office.post_alert("shop", webhook(startsAt=ahead)).json()["incidents"] == ["INC-1"]
    assert office.cleo.see("INC-1")["milestones"]["impact_started"]["at"] <= datetime.now(tz=UTC).isoformat()


def test_an_alert_of_a_practice_service_is_practice(office: Office) -> None:
    body = {"name": "disk full", "service": "practice", "severity": "critical"}
    answer = office.post_alert("script", body, key=SCRIPT_KEY).json()

    assert answer["incidents"] == ["DRILL-1"]
    assert office.cleo.see("DRILL-1")["mode"] == "drill"


def test_our_own_json_is_one_alert_or_a_list(office: Office) -> None:
    body = [{"name": "disk full", "service": "billing"}, {"name": "queue long", "service": "warehouse"}]
    answer = office.post_alert("script", body, key=SCRIPT_KEY).json()

    assert len(answer["fired"]) == 2
    assert {i["services"][0]: i["team"] for i in office.cleo.get("/v1/incidents")["items"]} == {
        "billing": "core",
        "warehouse": "data",
    }


def test_an_alert_of_a_private_incident_does_not_tell_its_sender(office: Office) -> None:
    office.post_alert("shop", webhook())
    office.ben.act("INC-1", "privacy", {"private": True})
    office.post_alert("shop", webhook(status="resolved"))
    answer = office.post_alert("shop", webhook(startsAt=(datetime.now(tz=UTC) + timedelta(minutes=1)).isoformat()))

    assert len(answer.json()["fired"]) == 1
    assert "INC-" not in answer.text
    assert [alert["firing"] for alert in office.ben.see("INC-1")["alerts"]] == [True]


def test_any_other_alert_of_its_service_opens_a_public_incident(office: Office) -> None:
    office.ana.declare(private=True)
    answer = office.post_alert("shop", webhook())

    assert answer.json()["incidents"] == ["INC-2"]
    assert "INC-1" not in answer.text
    assert office.ana.see("INC-1")["alerts"] == []
    assert len(office.cleo.see("INC-2")["alerts"]) == 1


@pytest.mark.shared
def test_recorded_posts_of_an_alertmanager_open_and_clear(office: Office, shared_dir: Path) -> None:
    recording = shared_dir / "vectors/alertmanager-0.25-outgoing-webhook-pagerduty-opsgenie-slack-victorops.jsonl"
    posts = [json.loads(line) for line in recording.read_text().splitlines()]
    fired, resolved = [p["b"].encode() for p in posts if p["path"] == "/hook"]

    opened_by = office.post_alert("shop", fired).json()
    assert (opened_by["fired"], opened_by["incidents"]) == (["1747c26e7c776e2c", "8a325313acba3dd9"], ["INC-1"])
    cleared_by = office.post_alert("shop", resolved).json()
    assert cleared_by["resolved"] == ["1747c26e7c776e2c", "8a325313acba3dd9"]
    assert [a["firing"] for a in office.cleo.see("INC-1")["alerts"]] == [False, False]

    for post in posts:
        if post["path"] != "/hook":
            problem_of(office.post_alert("shop", post["b"].encode()), 400)
