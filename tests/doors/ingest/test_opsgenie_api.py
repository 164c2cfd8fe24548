"""Opsgenie's alert and heartbeat API: what its clients send, and what they read."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import httpx2
import pytest
from tests.support.api import Office


def ask(desk: Office, method: str, path: str, *, key: str = "genie-key", **more: Any) -> httpx2.Response:
    return desk.client.request(method, path, headers={"authorization": f"GenieKey {key}"}, **more)


@pytest.mark.parametrize("at", ["/v1/in/genie/v2/alerts", "/v2/alerts"])
def test_an_alert_is_created_looked_up_acknowledged_and_closed(desk: Office, at: str) -> None:
    created = ask(desk, "POST", at, json={"message": "disk full", "alias": "db1-disk", "priority": "P1"})
    assert created.status_code == 202
    assert created.json()["result"] == "Request will be processed"

    request = ask(desk, "GET", f"{at}/requests/{created.json()['requestId']}").json()["data"]
    assert (request["success"], request["alias"]) == (True, "db1-disk")
    seen = ask(desk, "GET", f"{at}/db1-disk", params={"identifierType": "alias"}).json()["data"]
    assert (seen["status"], seen["message"], seen["priority"], seen["acknowledged"]) == (
        "open",
        "disk full",
        "P1",
        False,
    )

    assert ask(desk, "POST", f"{at}/db1-disk/acknowledge", json={"user": "ana"}).status_code == 202
    assert ask(desk, "GET", f"{at}/db1-disk").json()["data"]["acknowledged"]
    assert ask(desk, "POST", f"{at}/db1-disk/close", json={}).status_code == 202
    assert ask(desk, "GET", f"{at}/db1-disk").json()["data"]["status"] == "closed"
    assert [one["firing"] for one in desk.cleo.see("INC-1")["alerts"]] == [False]


def test_who_has_a_private_incident_is_not_told(desk: Office) -> None:
    ref = desk.ana.declare(private=True)["ref"]
    ask(desk, "POST", "/v2/alerts", json={"message": "disk full", "alias": "a"})
    desk.ana.act(ref, "acknowledge")
    answer = ask(desk, "GET", "/v2/alerts/a")
    assert not answer.json()["data"]["acknowledged"]
    assert ref not in answer.text


def test_a_heartbeat_is_answered(desk: Office) -> None:
    for method in ("GET", "POST"):
        assert ask(desk, method, "/v2/heartbeats/nightly/ping").status_code == 202
    assert ask(desk, "POST", "/v2/heartbeats/other/ping").status_code == 400


@pytest.mark.parametrize(
    ("method", "path", "key", "status"),
    [
        ("POST", "/v2/alerts", "wrong", 401),
        ("GET", "/v2/alerts/a", "wrong", 401),
        ("GET", "/v2/alerts/a", "genie-key", 404),
        ("GET", "/v2/alerts/requests/a", "genie-key", 404),
        ("GET", "/v2/alerts", "wrong", 401),
        ("GET", "/v2/alerts/a/notes", "genie-key", 404),
        ("PUT", "/v2/alerts/a/message", "genie-key", 422),
        ("POST", "/v2/alerts", "genie-key", 400),
        ("POST", "/v2/alerts/a/dance", "genie-key", 400),
        ("POST", "/v1/in/pd/v2/alerts", "pd-key", 401),
    ],
)
def test_what_cannot_be_is_refused_in_the_shape_clients_read(
    desk: Office, method: str, path: str, key: str, status: int
) -> None:
    answer = ask(desk, method, path, key=key)
    assert answer.status_code == status
    assert answer.json()["message"]


@pytest.mark.parametrize("path", ["/v2/alertsfoo", "/v1/in/genie/v2/alertsfoo"])
def test_a_path_that_only_begins_like_one_is_none_of_its(desk: Office, path: str) -> None:
    assert ask(desk, "GET", path).status_code in {404, 405}
    assert ask(desk, "POST", path, json={"message": "disk full"}).status_code >= 400


def test_too_many_alerts_are_answered_429_with_a_wait(desk: Office) -> None:
    answers = [ask(desk, "POST", "/v2/alerts", key="genie-slow-key", json={"message": str(n)}) for n in range(2)]
    assert [answer.status_code for answer in answers] == [202, 429]
    assert int(answers[1].headers["retry-after"]) >= 1


def test_without_its_database_the_answer_is_503(desk: Office, tmp_path: Path) -> None:
    for file in tmp_path.glob("t.db*"):
        file.write_bytes(b"no database " * 4096)
    assert ask(desk, "POST", "/v2/alerts", json={"message": "x"}).status_code == 503
    assert ask(desk, "GET", "/v2/alerts/a").status_code == 503


@pytest.mark.shared
def test_what_an_alertmanager_sent_is_taken(desk: Office, shared_dir: Path) -> None:
    recording = shared_dir / "vectors/alertmanager-0.25-outgoing-webhook-pagerduty-opsgenie-slack-victorops.jsonl"
    posts = [json.loads(line) for line in recording.read_text().splitlines()]
    sent = [post for post in posts if post["path"].startswith("/v2/alerts")]
    assert len(sent) == 2
    for post in sent:
        assert ask(desk, "POST", post["path"], content=post["b"].encode()).status_code == 202
    assert [one["firing"] for one in desk.cleo.see("INC-1")["alerts"]] == [False]
