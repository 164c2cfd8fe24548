"""What clients of Opsgenie's API say anew of an alert, look for, and ask to be done."""

from __future__ import annotations

from typing import Any

import pytest
from tests.doors.ingest.test_opsgenie_api import ask
from tests.support.api import Office


def created(desk: Office, **more: Any) -> dict[str, Any]:
    answer = ask(desk, "POST", "/v2/alerts", json={"message": "disk full", "alias": "db1-disk", **more})
    assert answer.status_code == 202, answer.text
    return shown(desk)


def shown(desk: Office, alias: str = "db1-disk") -> dict[str, Any]:
    found: dict[str, Any] = ask(desk, "GET", f"/v2/alerts/{alias}").json()["data"]
    return found


def told(desk: Office) -> list[str]:
    return [line["text"] for line in desk.cleo.timeline("INC-1")]


def test_who_sent_an_alert_is_shown(desk: Office) -> None:
    found = created(desk, source="nagios", tags=["disk"])
    assert (found["source"], found["tags"], found["count"]) == ("nagios", ["disk"], 1)


def test_words_change_without_a_page_or_an_end(desk: Office) -> None:
    created(desk, priority="P3", details={"a": "1"}, tags=["disk"])
    before = told(desk)
    for method, verb, body in (
        ("PUT", "message", {"message": "disk of db1 full"}),
        ("PUT", "description", {"description": "97 %"}),
        ("PUT", "priority", {"priority": "P4"}),
        ("POST", "tags", {"tags": ["night", "disk"]}),
        ("POST", "details", {"details": {"b": 2, "c": None}}),
    ):
        answer = ask(desk, method, f"/v2/alerts/db1-disk/{verb}", params={"identifierType": "alias"}, json=body)
        assert (answer.status_code, answer.json()["requestId"]) == (202, "db1-disk"), answer.text

    found = shown(desk)
    assert (found["message"], found["description"], found["priority"]) == ("disk of db1 full", "97 %", "P4")
    assert (found["details"], found["tags"], found["status"]) == ({"a": "1", "b": "2"}, ["disk", "night"], "open")
    assert told(desk) == before
    assert [one["firing"] for one in desk.cleo.see("INC-1")["alerts"]] == [True]

    assert ask(desk, "DELETE", "/v2/alerts/db1-disk/tags", params={"tags": "disk,x"}).status_code == 202
    assert ask(desk, "DELETE", "/v2/alerts/db1-disk/details", params={"keys": "a"}).status_code == 202
    found = shown(desk)
    assert (found["details"], found["tags"], found["status"]) == ({"b": "2"}, ["night"], "open")


def test_a_priority_that_is_raised_raises_the_incident(desk: Office) -> None:
    created(desk, priority="P3")
    before = desk.cleo.see("INC-1")["severity"]
    assert ask(desk, "PUT", "/v2/alerts/db1-disk/priority", json={"priority": "P1"}).status_code == 202
    assert (desk.cleo.see("INC-1")["severity"], before) == ("SEV1", "SEV3")


def test_a_note_is_a_line_of_the_incident(desk: Office) -> None:
    created(desk)
    said = {"note": "looks like logs", "user": "ana", "source": "chat"}
    for _ in range(2):
        assert ask(desk, "POST", "/v2/alerts/db1-disk/notes", json=said).status_code == 202
    (note,) = ask(desk, "GET", "/v2/alerts/db1-disk/notes").json()["data"]
    assert (note["note"], note["owner"], note["source"]) == ("looks like logs", "ana", "chat")
    assert len([line for line in told(desk) if "disk full: looks like logs (ana, chat)" in line]) == 1


def test_what_is_said_with_an_acknowledgement_or_an_end_is_kept(desk: Office) -> None:
    created(desk)
    ask(desk, "POST", "/v2/alerts/db1-disk/acknowledge", json={"user": "ana", "note": "on it"})
    ask(desk, "POST", "/v2/alerts/db1-disk/close", json={"user": "ben", "note": "logs removed", "source": "chat"})
    lines = "\n".join(told(desk))
    assert "acknowledged: on it (ana)" in lines
    assert "closed: logs removed (ben, chat)" in lines
    assert (shown(desk)["status"], shown(desk)["message"]) == ("closed", "disk full")
    assert [one["name"] for one in desk.cleo.see("INC-1")["alerts"]] == ["disk full"]


@pytest.mark.parametrize(("verb", "body"), [("close", {"source": "http://am"}), ("acknowledge", {"user": "ana"})])
def test_where_nobody_says_anything_there_is_no_note(desk: Office, verb: str, body: dict[str, str]) -> None:
    created(desk)
    assert ask(desk, "POST", f"/v2/alerts/db1-disk/{verb}", json=body).status_code == 202
    assert ask(desk, "GET", "/v2/alerts/db1-disk/notes").json()["data"] == []


@pytest.mark.parametrize(
    ("verb", "body", "says"),
    [
        ("snooze", {"endTime": "2026-04-03T20:05:50Z", "user": "ana"}, "asked to snooze it until 2026-04-03T20:05:50Z"),
        ("unacknowledge", {"note": "not mine"}, "take its acknowledgement back, which is done here"),
        ("assign", {"owner": {"username": "ben"}}, "give it to somebody (ben)"),
        ("escalate", {"escalation": {"name": "night"}}, "escalate it (night)"),
        ("responders", {"responder": {"type": "team", "name": "db"}}, "call somebody (db)"),
        ("teams", {"team": {"id": "db"}}, "call a team (db)"),
        ("actions/restart", {}, "do 'restart'"),
    ],
)
def test_what_people_do_here_is_noted_and_not_done(desk: Office, verb: str, body: dict[str, Any], says: str) -> None:
    created(desk)
    assert ask(desk, "POST", f"/v2/alerts/db1-disk/{verb}", json=body).status_code == 202
    assert any(says in line for line in told(desk))
    assert [one["firing"] for one in desk.cleo.see("INC-1")["alerts"]] == [True]


def test_whoever_has_no_key_changes_nothing(desk: Office) -> None:
    created(desk)
    said = {"message": "x", "note": "x"}
    for method, verb in (("PUT", "message"), ("POST", "notes"), ("POST", "close"), ("DELETE", "tags?tags=a")):
        assert ask(desk, method, f"/v2/alerts/db1-disk/{verb}", key="wrong", json=said).status_code == 401
    assert shown(desk)["message"] == "disk full"


def test_what_concerns_no_alert_is_answered_and_opens_none(desk: Office) -> None:
    for method, verb, body in (("POST", "notes", {"note": "x"}), ("PUT", "message", {"message": "x"})):
        assert ask(desk, method, f"/v2/alerts/nobody/{verb}", json=body).status_code == 202
    assert ask(desk, "GET", "/v2/alerts/nobody").status_code == 404
    assert desk.cleo.get("/v1/incidents")["items"] == []


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("PUT", "message", {"message": ""}),
        ("PUT", "priority", {}),
        ("POST", "notes", {"note": None}),
        ("POST", "tags", {"tags": "night"}),
        ("POST", "details", []),
        ("DELETE", "tags", None),
    ],
)
def test_what_says_nothing_is_answered_422(desk: Office, method: str, path: str, body: Any) -> None:
    created(desk)
    answer = ask(desk, method, f"/v2/alerts/db1-disk/{path}", json=body)
    assert (answer.status_code, shown(desk)["status"]) == (422, "open")
    assert answer.json()["message"]


def test_alerts_are_listed_counted_and_searched(desk: Office) -> None:
    created(desk, priority="P1", tags=["night"], entity="db1", source="nagios")
    ask(desk, "POST", "/v2/alerts", json={"message": "slow", "alias": "web slow"})
    ask(desk, "POST", "/v2/alerts/db1-disk/acknowledge", json={})

    def found(query: str = "", **more: Any) -> list[str]:
        body = ask(desk, "GET", "/v2/alerts", params={"query": query, **more}).json()
        assert ask(desk, "GET", "/v2/alerts/count", params={"query": query}).json()["data"] == {
            "count": body["totalCount"]
        }
        return [one["alias"] for one in body["data"]]

    assert found() == found("status:open") == ["web slow", "db1-disk"]
    assert found(limit=1) == ["web slow"]
    assert found(offset=1) == ["db1-disk"]
    assert found("acknowledged:true") == ["web slow", "db1-disk"]  # they are of one incident
    assert found("acknowledged:false") == []
    assert found('alias:"web slow" AND status:open') == ["web slow"]
    assert found("priority:P1 tag:night entity:DB1 source:nagios message:full") == ["db1-disk"]
    ask(desk, "POST", "/v2/alerts/db1-disk/close", json={})
    assert found() == ["web slow"]
    assert found("alias:db1-disk AND status:closed") == ["db1-disk"]
    assert found("alias:db1-disk status:open") == found("alias:nobody") == []
    for query in ("status:closed", "owner:ana", "NOT status:open", 'alias:"a'):
        answer = ask(desk, "GET", "/v2/alerts", params={"query": query})
        assert (answer.status_code, bool(answer.json()["message"])) == (422, True)
    assert ask(desk, "GET", "/v2/alerts", params={"limit": "many"}).status_code == 422
    assert ask(desk, "GET", "/v2/alerts/count", key="genie-slow-key").json()["data"] == {"count": 0}


def test_a_heartbeat_is_shown_before_and_after_its_first_ping(desk: Office) -> None:
    first = ask(desk, "GET", "/v2/heartbeats/nightly").json()["data"]
    assert (first["name"], first["interval"], first["intervalUnit"]) == ("nightly", 1440, "minutes")
    assert (first["expired"], first["lastPingTime"]) == (False, "")
    ask(desk, "POST", "/v2/heartbeats/nightly/ping")
    again = ask(desk, "GET", "/v2/heartbeats/nightly").json()["data"]
    assert (again["expired"], bool(again["lastPingTime"])) == (False, True)
    assert ask(desk, "GET", "/v2/heartbeats/other").status_code == 404
    assert ask(desk, "GET", "/v2/heartbeats/nightly", key="wrong").status_code == 401
