"""Diagnosis, plans and outcomes through the API; what they do to a real shop is the drill's test."""

from __future__ import annotations

from urllib.parse import quote

from tests.support.api import Office, ago, problem_of

from tocsin.wiring.duties import duties


def test_a_diagnosis_is_asked_for_and_queued(office: Office) -> None:
    office.ana.declare(mode="backfill")
    office.ben.act("INC-1", "diagnose", status=202)

    assert [job.kind for job in office.jobs("diagnose")] == ["diagnose"]


def test_the_facts_a_diagnosis_saw_are_found_by_the_name_the_incident_gives_them(office: Office) -> None:
    office.ana.declare()
    other = office.ana.declare(title="Another", services=["billing"])["id"]
    for job in office.jobs("diagnose"):
        duties(office.app).jobs["diagnose"](job)
    bundle = office.cleo.see("INC-1")["bundle"]
    alone = bundle.rpartition("/")[2]

    seen = office.cleo.get(f"/v1/incidents/INC-1/bundles/{bundle}")
    assert "targets" in seen["facts"]
    assert office.cleo.get(f"/v1/incidents/INC-1/bundles/{quote(bundle, safe='')}") == seen
    assert office.cleo.get(f"/v1/incidents/INC-1/bundles/{alone}") == seen
    for strange in (bundle, alone, f"{other}/{alone}"):
        problem_of(office.cleo.send("GET", f"/v1/incidents/INC-2/bundles/{strange}"), 404)


def test_an_unknown_bundle_is_not_found(office: Office) -> None:
    office.ana.declare()
    problem_of(office.cleo.send("GET", "/v1/incidents/INC-1/bundles/none"), 404)


def test_an_unknown_action_is_refused_with_those_there_are(office: Office) -> None:
    office.ana.declare()
    answer = office.ben.send("POST", "/v1/incidents/INC-1/plans", json={"actions": [{"action": "explode"}]})
    assert answer.status_code in {409, 422}
    assert problem_of(answer, answer.status_code)["mend"]


def test_an_unknown_plan_is_refused_for_every_verb(office: Office) -> None:
    office.ana.declare()
    for verb, body in (("approve", {"hash": "0" * 12}), ("run", {"hash": "0" * 12}), ("refuse", {"reason": "no"})):
        problem = problem_of(office.ben.send("POST", f"/v1/incidents/INC-1/plans/p9/{verb}", json=body), 409)
        assert "p9" in problem["detail"], verb
    short = office.ben.send("POST", "/v1/incidents/INC-1/plans/p9/approve", json={"hash": "0"})
    assert problem_of(short, 422)["errors"][0]["field"] == "hash"


def test_an_outcome_stands_where_it_was_seen(office: Office) -> None:
    office.ana.declare(declared_at=ago(60))
    at = ago(30)
    office.ben.act("INC-1", "outcomes", {"text": "Restart", "outcome": "no_effect", "spent_s": 600, "at": at})

    line = next(x for x in office.ana.timeline("INC-1") if x["text"].startswith("Restart: no effect"))
    assert line["at"] == at.replace("+00:00", "Z")
    problem_of(office.ben.send("POST", "/v1/incidents/INC-1/outcomes", json={"text": "x", "outcome": "fine"}), 422)
