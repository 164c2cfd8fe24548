"""Changes of services through the API."""

from __future__ import annotations

from tests.support.api import Office, ago, problem_of


def test_a_change_that_a_person_tells_of_is_listed(office: Office) -> None:
    kept = office.ben.post(
        "/v1/changes",
        {"service": "orders", "kind": "config", "summary": "raised the pool to 40", "link": "https://ci.example.com/7"},
        status=201,
    )
    assert (kept["source"], kept["by"], kept["kind"]) == ("person:ben", "ben", "config")
    assert office.cleo.get("/v1/changes") == [kept]
    assert office.cleo.get("/v1/changes", service="billing") == []
    assert office.cleo.get("/v1/changes", service="orders", since=ago(5), until=ago(-5)) == [kept]
    assert office.cleo.get("/v1/changes", since=ago(-1)) == []


def test_a_change_needs_a_service_words_and_a_time_that_was(office: Office) -> None:
    def refused(**body: object) -> str:
        answer = office.ben.send("POST", "/v1/changes", json={"service": "orders", "summary": "x", **body})
        return str(problem_of(answer, 422).get("field", ""))

    assert refused(service="nope") == "service"
    assert refused(summary="") == "summary"
    assert refused(at=ago(-60)) == "at"
    for body in ({"kind": "magic"}, {"link": "javascript:1"}, {"extra": 1}):
        refused(**body)


def test_who_only_reads_tells_of_nothing(office: Office) -> None:
    problem_of(office.cleo.send("POST", "/v1/changes", json={"service": "orders", "summary": "x"}), 403)
