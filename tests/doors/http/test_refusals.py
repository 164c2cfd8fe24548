"""Every no is a problem document that says what, where and how to mend it; nothing inside ever shows."""

from __future__ import annotations

import pytest
from starlette.testclient import TestClient
from structlog.testing import capture_logs
from tests.support.api import Office, problem_of

from tocsin.doors.serve import create_server


def test_without_a_token_nothing_is_shown_and_the_answer_says_how_to_send_one(office: Office) -> None:
    answer = office.client.get("/v1/incidents")

    assert "Authorization: Bearer" in problem_of(answer, 401)["detail"]
    assert answer.headers["www-authenticate"] == "Bearer"


@pytest.mark.parametrize("header", ["Bearer nonsense", "Bearer ", "Basic YTpi", "Bearer \u00e9"])
def test_a_wrong_token_opens_nothing(office: Office, header: str) -> None:
    problem_of(office.client.get("/v1/whoami", headers={b"authorization": header.encode()}), 401)


def test_a_missing_scope_is_named_and_is_not_a_missing_identity(office: Office) -> None:
    declared = office.ana.declare()["ref"]

    says = problem_of(office.cleo.send("POST", f"/v1/incidents/{declared}/acknowledge", json={}), 403)["detail"]
    assert "'respond'" in says
    assert "you have read" in says
    problem_of(office.ben.send("GET", "/v1/config"), 403)
    problem_of(office.ben.send("POST", "/v1/tokens", json={"name": "x", "scopes": ["read"]}), 403)


@pytest.mark.parametrize("path", ["/v1/nothing", "/v1/incidents/INC-1/nothing"])
def test_an_unknown_path_is_a_problem_too(office: Office, path: str) -> None:
    problem_of(office.ana.send("GET", path), 404)


def test_a_wrong_method_says_which_ones_there_are(office: Office) -> None:
    answer = office.ana.send("DELETE", "/v1/incidents")

    problem_of(answer, 405)
    assert answer.headers["allow"]


def test_what_is_not_json_is_refused_with_the_place(office: Office) -> None:
    answer = office.ana.send(
        "POST", "/v1/incidents", content=b'{"title": ', headers={"content-type": "application/json"}
    )

    assert "not JSON" in problem_of(answer, 400)["detail"]


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "title"),
        ({"title": ""}, "title"),
        ({"title": "   "}, "title"),
        ({"title": "x", "unknown": 1}, "unknown"),
        ({"title": "x", "impact": {"users_percent": 101}}, "impact.users_percent"),
        ({"title": "x", "severity": "SEV9"}, "severity"),
        ({"title": "x", "services": ["nope"]}, "services"),
        ({"title": "x", "team": "nope"}, "team"),
        ({"title": "x", "mode": "other"}, "mode"),
        ({"title": "x", "started_at": "yesterday"}, "started_at"),
        ({"title": "x", "started_at": "2026-01-05T12:00:00"}, "started_at"),
        ({"title": "x", "started_at": "2999-01-01T00:00:00Z"}, "started_at"),
        ({"title": "x", "detected_at": "2999-01-01T00:00:00Z"}, "detected_at"),
        ({"title": "x", "declared_at": "2999-01-01T00:00:00Z"}, "declared_at"),
        ({"title": "x", "declared_at": "0001-01-01T00:00:00+14:00"}, "declared_at"),
        ({"title": "x", "started_at": "0001-01-01T00:00:00Z"}, "started_at"),
        ({"title": "a\x00b"}, "title"),
    ],
)
def test_a_declaration_that_cannot_be_right_names_its_field(
    office: Office, body: dict[str, object], field: str
) -> None:
    problem = problem_of(office.ana.send("POST", "/v1/incidents", json=body), 422)

    named = problem.get("field") or problem["errors"][0]["field"]
    assert named == field
    assert office.ana.get("/v1/incidents")["items"] == []


@pytest.mark.parametrize(
    ("title", "says"), [("", "at least 1 characters, not 0"), ("x" * 301, "at most 300 characters, not 301")]
)
def test_a_text_of_the_wrong_length_is_counted_in_characters(office: Office, title: str, says: str) -> None:
    problem = problem_of(office.ana.send("POST", "/v1/incidents", json={"title": title}), 422)

    assert problem["errors"] == [{"field": "title", "message": says}]


def test_unknown_names_are_answered_with_those_that_exist(office: Office) -> None:
    def mend(**body: object) -> str:
        return str(problem_of(office.ana.send("POST", "/v1/incidents", json={"title": "x", **body}), 422)["mend"])

    assert "SEV1, SEV2" in mend(severity="SEV9")
    assert "orders, billing" in mend(services=["nope"])
    assert "core, data" in mend(team="nope")


@pytest.mark.parametrize("number", ["NaN", "Infinity", "-Infinity", "1e999"])
def test_a_number_that_is_none_is_refused(office: Office, number: str) -> None:
    content = f'{{"title": "x", "impact": {{"latency_multiple": {number}}}}}'.encode()
    answer = office.ana.send("POST", "/v1/incidents", content=content, headers={"content-type": "application/json"})
    assert answer.status_code in {400, 422}
    problem_of(answer, answer.status_code)


def test_a_body_beyond_the_limit_is_refused_unread(office: Office) -> None:
    big = b'{"title": "' + b"x" * (9 * 1024 * 1024) + b'"}'
    problem = problem_of(
        office.ana.send("POST", "/v1/incidents", content=big, headers={"content-type": "application/json"}), 413
    )
    assert "bytes" in problem["detail"]

    def in_chunks() -> object:
        yield from (big[i : i + 65536] for i in range(0, len(big), 65536))

    answer = office.ana.send("POST", "/v1/incidents", content=in_chunks(), headers={"content-type": "application/json"})
    problem_of(answer, 413)


@pytest.mark.parametrize(
    "path", ["/v1/incidents/%00", "/v1/incidents?q=%00", "/v1/incidents/%FF", "/v1/incidents?cursor=%00"]
)
def test_strange_bytes_in_an_address_are_a_clear_no(office: Office, path: str) -> None:
    answer = office.ana.send("GET", path)
    assert answer.status_code in {200, 400, 404, 422}, answer.text


def test_a_fault_of_ours_shows_a_number_that_the_log_has(office: Office) -> None:
    broken = create_server(office.app)

    @broken.get("/v1/broken")
    def fall_over() -> None:
        raise ZeroDivisionError("the secret of the house")

    with capture_logs() as logs:
        answer = TestClient(broken, raise_server_exceptions=False).get("/v1/broken")

    problem = problem_of(answer, 500)
    assert "secret of the house" not in answer.text
    (line,) = [log for log in logs if log["event"] == "http.fault"]
    assert line["id"] == problem["id"]
    assert line["exc_info"]
