"""PagerDuty's Events API v2: what its clients send, and what they read."""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from tests.support.api import Office

AT = "/v1/in/pd/v2/enqueue"


def event(action: str = "trigger", **more: Any) -> dict[str, Any]:
    payload = {"summary": "disk full", "source": "db1", "severity": "critical"}
    return {"routing_key": "pd-key", "event_action": action, "payload": payload, **more}


@pytest.mark.parametrize("path", [AT, "/v2/enqueue"])
def test_a_trigger_is_answered_with_its_key_and_resolved_by_it(desk: Office, path: str) -> None:
    answer = desk.client.post(path, json=event())
    assert answer.status_code == 202
    told = answer.json()
    assert (told["status"], told["message"]) == ("success", "Event processed")

    (seen,) = desk.cleo.see("INC-1")["alerts"]
    assert seen["firing"]
    over = desk.client.post(path, json=event("resolve", dedup_key=told["dedup_key"]))
    assert over.json()["dedup_key"] == told["dedup_key"]
    assert [one["firing"] for one in desk.cleo.see("INC-1")["alerts"]] == [False]


def test_an_end_leaves_the_alert_the_name_it_had(desk: Office) -> None:
    desk.client.post(AT, json=event(dedup_key="d"))
    assert desk.client.post(AT, json=event("resolve", dedup_key="d", payload={})).status_code == 202
    assert [(one["name"], one["firing"]) for one in desk.cleo.see("INC-1")["alerts"]] == [("disk full", False)]


def test_an_acknowledgement_there_is_one_here(desk: Office) -> None:
    desk.client.post(AT, json=event(dedup_key="d"))
    assert desk.client.post(AT, json=event("acknowledge", dedup_key="d", client="ana")).status_code == 202
    assert any("acknowledged" in line["text"].lower() for line in desk.cleo.timeline("INC-1"))


def test_a_change_is_kept_with_its_body(desk: Office) -> None:
    body = {"routing_key": "pd-key", "payload": {"summary": "deploy 7", "source": "ci"}}
    answer = desk.client.post("/v2/change/enqueue", json=body)
    assert (answer.status_code, answer.json()["message"]) == (202, "Change event processed")


@pytest.mark.parametrize(
    ("body", "says"),
    [
        (b"{", "cannot be read: Input data was truncated"),
        (b"[]", "cannot be read: Expected `object`"),
        (json.dumps(event(routing_key=7)).encode(), "`$.routing_key`"),
        (json.dumps(event(routing_key="wrong")).encode(), "no integration of kind pagerduty has this `routing_key`"),
        (json.dumps(event(routing_key=None)).encode(), "`routing_key` is missing"),
        (json.dumps({"event_action": "trigger"}).encode(), "`routing_key` is missing"),
        (json.dumps(event("dance")).encode(), "event_action"),
        (json.dumps(event("resolve")).encode(), "dedup_key"),
        (json.dumps(event(payload=None)).encode(), "payload"),
    ],
)
def test_what_is_no_event_is_refused_in_the_shape_clients_read(desk: Office, body: bytes, says: str) -> None:
    answer = desk.client.post(AT, content=body)
    told = answer.json()
    assert (answer.status_code, told["status"], told["message"]) == (400, "invalid event", "Event object is invalid")
    assert says in told["errors"][0]


def test_what_cannot_be_read_is_refused_with_its_key_in_a_header_too(desk: Office) -> None:
    answer = desk.client.post(AT, content=b"{", headers={"x-tocsin-key": "pd-key"})
    assert "not JSON" in answer.json()["errors"][0]


def test_too_many_events_are_answered_429_with_a_wait(desk: Office) -> None:
    bodies = [event(routing_key="pd-slow-key") for _ in range(2)]
    answers = [desk.client.post("/v2/enqueue", json=body) for body in bodies]
    assert [answer.status_code for answer in answers] == [202, 429]
    assert int(answers[1].headers["retry-after"]) >= 1


def test_without_its_database_the_answer_is_503(desk: Office, tmp_path: Path) -> None:
    for file in tmp_path.glob("t.db*"):
        file.write_bytes(b"no database " * 4096)
    assert desk.client.post(AT, json=event()).status_code == 503


def test_events_are_posted(desk: Office) -> None:
    assert desk.client.get(AT).status_code == 405


def test_the_routing_key_is_not_kept_with_the_body(desk: Office, tmp_path: Path) -> None:
    desk.client.post(AT, json=event())
    with closing(sqlite3.connect(tmp_path / "t.db")) as database:
        (body,) = database.execute("SELECT body FROM raw_bodies").fetchone()
    assert b"disk full" in body
    assert b"pd-key" not in body


@pytest.mark.shared
def test_what_an_alertmanager_sent_is_taken(desk: Office, shared_dir: Path) -> None:
    recording = shared_dir / "vectors/alertmanager-0.25-outgoing-webhook-pagerduty-opsgenie-slack-victorops.jsonl"
    posts = [json.loads(line) for line in recording.read_text().splitlines()]
    bodies = [json.loads(post["b"]) for post in posts if post["path"] == "/v2/enqueue"]
    for body in bodies:
        answer = desk.client.post("/v2/enqueue", json={**body, "routing_key": "pd-key"})
        assert (answer.status_code, answer.json()["dedup_key"]) == (202, body["dedup_key"])
    assert [body["event_action"] for body in bodies] == ["trigger", "resolve"]
    assert [one["firing"] for one in desk.cleo.see("INC-1")["alerts"]] == [False]
