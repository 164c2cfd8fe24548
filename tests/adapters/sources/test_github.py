"""GitHub's webhooks, in the shape of docs.github.com ("Webhook events and payloads", "Validating webhook deliveries")."""

from __future__ import annotations

import hashlib
import hmac
import json
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlencode

import pytest
from tests.support.posts import AT, a_post

from tocsin.adapters.sources.github import GitHub
from tocsin.domain.alerts.fold import take
from tocsin.flows.ports import Parsed, RejectedError, UnverifiedError

REPOSITORY = {"id": 1, "full_name": "octo/orders-api", "default_branch": "main", "private": False}
DEPLOYMENT: dict[str, Any] = {
    "id": 145988746,
    "sha": "f95f852bd8fca8fcc58a9a2d6c842781e32a215e",
    "ref": "v2.4.1",
    "task": "deploy",
    "environment": "production",
    "description": "Orders 2.4.1",
    "created_at": "2026-03-04T14:18:00Z",
    "creator": {"login": "ana", "id": 7},
}
STATUS: dict[str, Any] = {
    "id": 209916254,
    "state": "success",
    "created_at": "2026-03-04T14:20:00Z",
    "description": "",
    "target_url": "https://ci.example.com/7",
}
RUN: dict[str, Any] = {
    "id": 30433642,
    "workflow_id": 159038,
    "name": "Deploy",
    "conclusion": "success",
    "head_sha": "acb5820ced9479c074f688cc328bf03f341a511d",
    "head_branch": "main",
    "display_title": "Orders 2.4.1",
    "html_url": "https://github.example.com/octo/orders-api/actions/runs/30433642",
    "updated_at": "2026-03-04T14:20:00Z",
    "actor": {"login": "ana"},
}


def _read(event: str, body: object, **options: Any) -> Parsed:
    return GitHub().parse(a_post(body, headers={"x-github-event": event}, options=options))


def _status(**changes: object) -> dict[str, Any]:
    return {
        "action": "created",
        "deployment_status": {**STATUS, **changes},
        "deployment": DEPLOYMENT,
        "repository": REPOSITORY,
    }


def _run(action: str = "completed", **changes: object) -> dict[str, Any]:
    return {"action": action, "workflow_run": {**RUN, **changes}, "repository": REPOSITORY}


def test_a_deployment_and_what_became_of_it_are_one_change() -> None:
    [asked] = _read("deployment", {"action": "created", "deployment": DEPLOYMENT, "repository": REPOSITORY}).changes
    [done] = _read("deployment_status", _status()).changes
    assert asked.key == done.key == "deployment/octo/orders-api/145988746"
    assert (asked.at, done.at) == (
        datetime(2026, 3, 4, 14, 18, tzinfo=UTC),
        datetime(2026, 3, 4, 14, 20, tzinfo=UTC),
    )
    assert (done.service, done.version, done.commit, done.by) == ("orders-api", "v2.4.1", DEPLOYMENT["sha"], "ana")
    assert done.summary == "Orders 2.4.1 to production: success"
    assert done.links == {"log": "https://ci.example.com/7"}


def test_what_became_of_a_deployment_is_later_than_its_beginning_within_the_same_second() -> None:
    [asked] = _read("deployment", {"deployment": DEPLOYMENT, "repository": REPOSITORY}).changes
    [done] = _read("deployment_status", _status(created_at=DEPLOYMENT["created_at"])).changes
    assert timedelta() < done.at - asked.at < timedelta(seconds=1)


def test_a_rollback_is_known_by_its_task() -> None:
    deployment = {**DEPLOYMENT, "task": "deploy:rollback"}
    [change] = _read("deployment", {"deployment": deployment, "repository": REPOSITORY}).changes
    assert change.rollback


def test_options_choose_environments_and_name_services() -> None:
    assert _read("deployment_status", _status(), environments=["staging"]).changes == ()
    [change] = _read("deployment_status", _status(), services={"octo/orders-api": "orders"}).changes
    assert change.service == "orders"


@pytest.mark.parametrize("state", ["pending", "queued", "in_progress", "inactive"])
def test_a_status_on_the_way_changes_nothing(state: str) -> None:
    assert _read("deployment_status", _status(state=state)).changes == ()


def test_a_workflow_counts_as_a_deploy_when_the_options_name_it() -> None:
    assert _read("workflow_run", _run()).changes == ()
    [change] = _read("workflow_run", _run(), deploy_workflows=["Deploy"]).changes
    assert (change.key, change.summary) == ("run/octo/orders-api/30433642", "Deploy: Orders 2.4.1")
    assert _read("workflow_run", _run("requested"), deploy_workflows=["Deploy"]).changes == ()


def test_a_failing_workflow_on_the_default_branch_fires_until_it_passes() -> None:
    named = {"alert_workflows": ["Deploy"]}
    [fired] = _read("workflow_run", _run(conclusion="failure"), **named).alerts
    [over] = _read("workflow_run", _run(conclusion="success", id=2), **named).alerts
    assert (fired.status, over.status) == ("firing", "resolved")
    assert fired.fingerprint == over.fingerprint
    assert fired.summary == "Deploy failed on main of octo/orders-api"
    assert _read("workflow_run", _run(conclusion="failure", head_branch="topic"), **named).alerts == ()
    assert _read("workflow_run", _run(conclusion="cancelled"), **named).alerts == ()


def test_runs_are_told_with_their_times_so_that_one_delivered_late_is_known_to_be_late() -> None:
    named = {"alert_workflows": ["Deploy"]}
    failed = _run(conclusion="failure", updated_at="2026-03-04T14:00:00Z", id=1)
    [late] = _read("workflow_run", failed, **named).alerts
    [over] = _read("workflow_run", _run(updated_at="2026-03-04T14:05:00Z", id=2), **named).alerts
    assert (late.starts_at, late.ends_at) == (datetime(2026, 3, 4, 14, 0, tzinfo=UTC), None)
    assert (over.starts_at, over.ends_at) == (None, datetime(2026, 3, 4, 14, 5, tzinfo=UTC))

    fired = take(None, late, AT).state
    ended = take(fired, over, AT + timedelta(minutes=1)).state
    again = take(ended, late, AT + timedelta(minutes=2))
    assert (again.change, again.state.status) == ("ignored", "resolved")


def test_what_a_run_tells_besides_is_kept() -> None:
    run = _run(conclusion="failure", run_number=7, event="schedule")
    [alert] = _read("workflow_run", run, alert_workflows=["Deploy"]).alerts
    assert (alert.extra["run_number"], alert.extra["event"]) == (7, "schedule")


def test_nulls_are_nothing_told() -> None:
    deployment = {**DEPLOYMENT, "ref": None, "task": None, "environment": None, "creator": None, "sha": None}
    [change] = _read("deployment", {"action": None, "deployment": deployment, "repository": REPOSITORY}).changes
    assert (change.version, change.by, change.summary) == ("", "", "Orders 2.4.1: asked for")
    empty: Any = {"name": None, "head_branch": None, "html_url": None, "workflow_id": None, "actor": {"login": None}}
    assert _read("workflow_run", _run(**empty)).reply == {"ignored": "workflow  completed success"}


def test_a_delivery_in_a_form_is_read_and_its_signature_is_that_of_the_form() -> None:
    form = urlencode({"payload": json.dumps(_status(description="Größe & mehr"))}).encode()
    signature = "sha256=" + hmac.new(b"s3cret", form, hashlib.sha256).hexdigest()
    headers = {"x-github-event": "deployment_status", "x-hub-signature-256": signature}
    [change] = GitHub().parse(a_post(form, headers=headers, options={"secret": "s3cret"})).changes
    assert change.summary == "Orders 2.4.1 to production: success"


def test_other_events_are_answered_and_change_nothing() -> None:
    assert _read("ping", {"zen": "Keep it logically awesome."}) == Parsed(reply={"ignored": "ping"})


def test_the_signature_is_compared_when_a_secret_is_set() -> None:
    # The example of GitHub's own page on validating deliveries.
    body, secret = b"Hello, World!", "It's a Secret to Everybody"
    right = "sha256=757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17"
    assert hmac.new(secret.encode(), body, hashlib.sha256).hexdigest() == right.removeprefix("sha256=")
    headers = {"x-github-event": "ping", "x-hub-signature-256": right}
    assert GitHub().parse(a_post(body, headers=headers, options={"secret": secret})).reply == {"ignored": "ping"}
    for wrong in ("", "sha256=", right.upper().replace("75", "76"), "sha1=757107"):
        with pytest.raises(UnverifiedError, match="X-Hub-Signature-256"):
            GitHub().parse(a_post(body, headers={**headers, "x-hub-signature-256": wrong}, options={"secret": secret}))


@pytest.mark.parametrize(
    ("event", "body"),
    [
        ("", {}),
        ("deployment", {}),
        ("deployment", {"repository": REPOSITORY}),
        ("deployment_status", {**_status(), "deployment": None}),
        ("deployment_status", _status(created_at="noon")),
        ("workflow_run", {"repository": REPOSITORY, "action": "completed"}),
        ("deployment", b"payload=%7B%7D"),
        ("deployment", b"payload="),
        ("deployment", b"payload=%ff"),
        ("deployment", b"payload=\xff"),
    ],
)
def test_a_malformed_delivery_is_rejected(event: str, body: object) -> None:
    with pytest.raises(RejectedError):
        _read(event, json.dumps(body).encode() if not isinstance(body, bytes) else body)
