"""The API describes itself truthfully: a client made from the description works and is never met by a fault."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, given, settings
from jsonschema_rs import validator_for
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import content_type_conformance, response_schema_conformance
from starlette.testclient import TestClient
from tests.conftest import ROOT
from tests.support.api import SCRIPT_KEY, Office, opened
from tests.support.desk import furnish
from tests.support.fuzzing import FUZZING, TRIED, examples

from tocsin.doors.serve import create_server

OPERATIONS = """
    accept acknowledge add_change add_followup add_note add_override add_silence add_temporary alive answer
    apply_config apply_drill_config approve ask_swap bundle cancel change_followup change_member change_password
    change_privacy change_role change_scope change_severity change_status close confirm_contact correct
    declare_incident decline diagnose draft_incident escalate expire_silence export_schedule finish_task freeze
    give_task health import_schedule join judge list_alerts list_changes list_contacts list_followups list_incidents
    list_routes list_runbooks list_silences list_tokens make_feed make_login_link make_token mark_step merge name_cause
    outbox plan post_update preview_incident preview_schedules ready refuse relate remove_schedule_change rename reopen request_responders
    resolve restart_paging retire_drill_config revoke_feeds revoke_token run run_step send_again show_config show_incident
    show_incident_runbooks show_on_call show_postmortem show_reach show_runbook show_schedule show_timeline snooze start_runbook
    state_impact state_milestone take_swap test_page tick try_route unacknowledge unmerge whoami why write_postmortem
"""

SENDING = """
    alertmanager_expire_silence alertmanager_list_alerts alertmanager_list_groups alertmanager_list_receivers
    alertmanager_list_silences alertmanager_post_alerts alertmanager_put_silence alertmanager_show_silence
    alertmanager_status opsgenie_acknowledge_alert opsgenie_add_words opsgenie_ask_for_action opsgenie_close_alert
    opsgenie_count_alerts opsgenie_create_alert opsgenie_delete_alert opsgenie_list_alerts opsgenie_list_notes
    opsgenie_ping opsgenie_ping_by_patch opsgenie_ping_by_post opsgenie_ping_by_put opsgenie_put_words
    opsgenie_remove_words opsgenie_show_alert opsgenie_show_heartbeat opsgenie_show_request pagerduty_enqueue
    pagerduty_enqueue_change
"""
UNDER = "_under_integration"
SENDERS_OPERATIONS = [f"{name}{at}" for name in SENDING.split() for at in ("", UNDER)] + [
    "take_post",
    "take_post_with_rest",
    "take_sign_of_life",
    "take_sign_of_life_with_rest",
]
# by what the operation's name begins with: the integration that is asked, and how its key is shown
SENDERS_KEYS = {
    "alertmanager": ("amtool", "Bearer amtool-key"),
    "opsgenie": ("genie", "GenieKey genie-key"),
    "pagerduty": ("pd", "Bearer pd-key"),
    "take": ("script", f"Bearer {SCRIPT_KEY}"),
}


@pytest.fixture
def description(office: Office) -> dict[str, Any]:
    found: dict[str, Any] = office.client.get("/v1/openapi.json").json()
    return found


def operations(description: dict[str, Any]) -> list[dict[str, Any]]:
    return [operation for methods in description["paths"].values() for operation in methods.values()]


def test_operations_keep_their_names(description: dict[str, Any]) -> None:
    """Clients are made from these names: a change here is a change of the API, to be written in the changelog."""
    named = [operation["operationId"] for operation in operations(description)]
    assert sorted(named) == sorted([*OPERATIONS.split(), *SENDERS_OPERATIONS])


def test_every_operation_says_what_it_does_and_how_it_refuses(description: dict[str, Any]) -> None:
    assert description["info"]["title"] == "Tocsin"
    for operation in operations(description):
        name = operation["operationId"]
        assert len(operation["summary"]) > 10, name
        assert any(status.startswith("2") for status in operation["responses"]), name
        assert "application/problem+json" in operation["responses"]["default"]["content"], name
        assert "422" not in operation["responses"], name


def test_only_signs_of_life_need_no_token(description: dict[str, Any]) -> None:
    bare = {path for path, ways in description["paths"].items() for way in ways.values() if "security" not in way}
    assert bare == {"/health", "/ready"}


def test_shapes_of_answers_are_spelled_out(description: dict[str, Any]) -> None:
    parts = description["components"]["schemas"]

    assert {"IncidentView", "IncidentList", "TimelinePage", "Entry", "Stamp", "DurationsView", "Problem"} <= set(parts)
    assert not {"HTTPValidationError", "ValidationError"} & set(parts)
    durations = parts["DurationsView"]["properties"]
    assert durations["resolve"] == {"$ref": "#/components/schemas/DurationView"}
    loose = {name for name, part in parts.items() if part.get("type") == "object" and not part.get("properties")}
    assert loose <= {"BackBody"}


def test_a_duration_is_described_as_it_is_written(office: Office, description: dict[str, Any]) -> None:
    missing = description["components"]["schemas"]["Missing"]["properties"]["due_in"]
    told = [one["due_in"] for one in office.ana.declare()["missing"] if one["due_in"]]
    assert told
    assert "duration" not in json.dumps(missing).split('"')  # JSON Schema's own format has neither fraction nor sign
    for one in [*told, "PT14M59.5S", "-PT5M"]:
        validator_for(missing).validate(one)


@pytest.fixture(scope="module")
def described(furnished: tuple[Path, dict[str, str]], tmp_path_factory: pytest.TempPathFactory) -> Any:
    template, tokens = furnished
    app = opened(Path(shutil.copy(template, tmp_path_factory.mktemp("described") / "t.db")))
    furnish(app)
    schema = schemathesis.openapi.from_asgi("/v1/openapi.json", create_server(app))
    schema.config.update(headers={"Authorization": f"Bearer {tokens['ana']}"})
    yield schema
    app.engine.store.close()


def fresh(described: Any) -> str:
    """Return the reference of a new incident with a task, an action item and a second event."""
    client, headers = TestClient(described.app), described.config.headers
    at = "/v1/incidents"
    ref: str = client.post(at, json={"title": "Orders fail", "services": ["orders"]}, headers=headers).json()["ref"]
    for verb in ("tasks", "followups"):
        client.post(f"{at}/{ref}/{verb}", json={"title": "x"}, headers=headers)
    return ref


# The same questions each time in the suite; others with each seed of `bench.fuzz`.
ASKING = settings(
    max_examples=examples(8, most=40),
    deadline=None,
    derandomize=not FUZZING,
    database=None,
    suppress_health_check=list(HealthCheck),
)
PATIENCE_S = 170  # not the ten seconds of schemathesis: a machine may stand still
CHECKS = [not_a_server_error, content_type_conformance, response_schema_conformance]


@pytest.mark.parametrize("name", OPERATIONS.split())
def test_nothing_that_fits_the_description_meets_a_fault(described: Any, name: str) -> None:
    operation = described.find_operation_by_id(name)

    @ASKING
    @given(case=operation.as_strategy())
    def holds(case: Any) -> None:
        if "ref" in case.path_parameters:  # one that is there: what is absent was looked for elsewhere
            case.path_parameters |= {"ref": fresh(described)}
        TRIED[f"asked/{name}"] += 1
        case.call_and_validate(checks=CHECKS, timeout=PATIENCE_S)

    holds()


@pytest.mark.parametrize("name", SENDERS_OPERATIONS)
def test_no_sender_that_keeps_to_the_description_meets_a_fault(described: Any, name: str) -> None:
    operation = described.find_operation_by_id(name)
    integration, shown = SENDERS_KEYS[name.partition("_")[0]]

    @ASKING
    @given(case=operation.as_strategy())
    def holds(case: Any) -> None:
        if "integration" in case.path_parameters:
            case.path_parameters |= {"integration": integration}
        TRIED[f"asked/{name}"] += 1
        case.call_and_validate(checks=CHECKS, headers={"Authorization": shown}, timeout=PATIENCE_S)

    holds()


def test_the_reference_lists_every_operation_in_its_words(description: dict[str, Any]) -> None:
    written = (ROOT / "docs/reference/api.md").read_text(encoding="utf-8")
    rows = {
        line for line in written.splitlines() if line.startswith(("| GET", "| POST", "| PUT", "| PATCH", "| DELETE"))
    }
    wanted = {
        f"| {method.upper()} | `{path}` | {operation['summary']} |"
        for path, methods in description["paths"].items()
        for method, operation in methods.items()
        if not operation["operationId"].endswith(UNDER)  # one sentence says where they are as well
    }
    assert rows == wanted
