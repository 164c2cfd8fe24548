"""Senders of several kinds at the door: their keys, their signatures, and what they read in the answer."""

from __future__ import annotations

import hashlib
import hmac
import json
from pathlib import Path

import pytest
from tests.support.api import KEY, TOCSIN_YAML, Office, kept, problem_of

from tocsin.config.catalogue import check_text
from tocsin.flows.configure import apply
from tocsin.wiring import judge_options

SENDERS = """
  prometheus: {{kind: alertmanager_v2, team: core, keys: ["{0}"]}}
  events: {{kind: pagerduty, service: orders, keys: ["{1}"]}}
  genie: {{kind: opsgenie, service: orders, keys: ["{2}"]}}
  github: {{kind: github, service: orders, keys: ["{3}"], options: {{secret: "file:{secret}"}}}}
  jobs: {{kind: heartbeat, service: orders, keys: ["{4}"], options: {{every: 1d}}}}
"""
TRIGGER = {"event_action": "trigger", "payload": {"summary": "Disk full", "source": "db1", "severity": "critical"}}


@pytest.fixture
def busy(office: Office, tmp_path: Path) -> Office:
    secret = tmp_path / "secret"
    secret.write_text("s3cret\n")
    keys = [kept(f"key-{n}") for n in range(5)]
    text = TOCSIN_YAML.replace("integrations:\n", f"integrations:{SENDERS.format(*keys, secret=secret)}", 1)
    catalogue, problems = check_text(text, "tocsin.yaml", Path(), judge_options)
    assert catalogue is not None, problems
    apply(office.app.engine, catalogue, "ana")
    return office


def test_pagerdutys_client_reads_the_key_of_its_alert_and_resolves_it(busy: Office) -> None:
    told = busy.client.post("/v1/in/events/v2/enqueue?key=key-1", json=TRIGGER)
    assert (told.status_code, told.json()["status"]) == (202, "success")
    key = told.json()["dedup_key"]
    assert busy.cleo.see("INC-1")["title"] == "Orders API: Disk full"

    for action in ("acknowledge", "resolve"):
        again = busy.post_alert("events", {"event_action": action, "dedup_key": key}, key="key-1")
        assert again.json() == {"status": "success", "message": "Event processed", "dedup_key": key}
    seen = busy.cleo.see("INC-1")
    assert seen["acknowledged_by"] == "events"
    assert [a["firing"] for a in seen["alerts"]] == [False]


def test_opsgenies_client_opens_the_door_with_its_own_scheme(busy: Office) -> None:
    headers = {"authorization": "GenieKey key-2"}
    told = busy.client.post("/v1/in/genie/v2/alerts", json={"message": "Down", "alias": "a/1"}, headers=headers)
    assert told.json()["requestId"] == "a/1"

    busy.client.post("/v1/in/genie/v2/alerts/a%2F1/close?identifierType=alias", json={}, headers=headers)
    assert [a["firing"] for a in busy.cleo.see("INC-1")["alerts"]] == [False]


def test_a_list_with_one_bad_alert_is_taken_and_the_bad_one_told(busy: Office) -> None:
    told = busy.post_alert("prometheus", [{"labels": {"alertname": "A"}}, {"labels": {}}], key="key-0").json()
    assert [one["where"] for one in told["rejected"]] == ["$[1]"]
    assert len(busy.cleo.get("/v1/incidents")["items"]) == 1


def test_of_a_great_many_bad_alerts_the_first_are_told_and_the_rest_counted(busy: Office) -> None:
    told = busy.post_alert("prometheus", [{"labels": {"alertname": "A"}}, *[{"labels": {}}] * 150], key="key-0").json()
    assert (len(told["rejected"]), told["rejected_more"]) == (100, 50)


def test_a_signature_is_compared_besides_the_key(busy: Office) -> None:
    body = json.dumps({"zen": "x"}).encode()
    right = "sha256=" + hmac.new(b"s3cret", body, hashlib.sha256).hexdigest()

    def post(signature: str) -> object:
        headers = {"x-github-event": "ping", "x-hub-signature-256": signature, "x-tocsin-key": "key-3"}
        return busy.client.post("/v1/in/github", content=body, headers=headers)

    told = problem_of(post("sha256=0"), 401)  # type: ignore[arg-type]  # an answer
    assert "X-Hub-Signature-256" in told["detail"]
    assert "kept as" in told["detail"]
    assert "s3cret" not in str(told)
    assert post(right).json() == {"ignored": "ping"}  # type: ignore[attr-defined]  # an answer


def test_changes_and_beats_are_answered(busy: Office) -> None:
    change = {"payload": {"summary": "Orders 2.4.1", "source": "ci"}}
    assert busy.post_alert("events", change, key="key-1").json()["message"] == "Change event processed"
    assert [c["summary"] for c in busy.cleo.get("/v1/changes", service="orders")] == ["Orders 2.4.1"]
    assert busy.client.post("/v1/in/jobs/backup?key=key-4").status_code == 202


@pytest.mark.parametrize("method", ["GET", "HEAD", "POST"])
def test_a_sign_of_life_may_be_a_get_or_a_head(busy: Office, method: str) -> None:
    for shown in ({"params": {"key": "key-4"}}, {"headers": {"authorization": "Bearer key-4"}}):
        answer = busy.client.request(method, "/v1/in/jobs/backup", **shown)  # type: ignore[arg-type]  # one of both
        assert answer.status_code == 202
    with busy.app.engine.store.reading() as tx:
        known = tx.value("heartbeat/jobs/backup")
    assert known is not None
    assert json.loads(known)["generation"] == 2


@pytest.mark.parametrize(
    ("integration", "key"), [("jobs", "wrong"), ("jobs", ""), ("github", "key-3"), ("none", "key-4")]
)
def test_everything_else_is_posted(busy: Office, integration: str, key: str) -> None:
    told = problem_of(busy.client.get(f"/v1/in/{integration}/backup", params={"key": key}), 405)
    assert "kind heartbeat" in told["mend"]
    assert busy.client.put("/v1/in/jobs/backup", params={"key": "key-4"}).status_code == 405


def test_the_key_of_one_sender_opens_no_other_door(busy: Office) -> None:
    problem_of(busy.post_alert("events", TRIGGER, key=KEY), 401)
