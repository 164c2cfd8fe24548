"""Runbooks over HTTP: found, followed, marked, and carried out only as far as anything else may be."""

from __future__ import annotations

from typing import Any

from tests.support.api import Office

from tocsin.config.runbooks import shipped_runbooks


def followed(office: Office, ref: str = "INC-1") -> Any:
    (only,) = office.ben.get(f"/v1/incidents/{ref}/runbooks")["followed"]
    return only


def begin(office: Office, key: str = "certificate-expiry") -> str:
    ref: str = office.ben.declare(initial_error="x509: certificate has expired")["ref"]
    office.ben.act(ref, "runbooks", {"runbook": key}, status=201)
    return ref


def test_the_shipped_runbooks_are_there_from_the_first_configuration_on(office: Office) -> None:
    assert [b["key"] for b in office.cleo.get("/v1/runbooks")] == sorted(b.key for b in shipped_runbooks())
    shown = office.cleo.get("/v1/runbooks/lock-chain", service="orders")
    assert shown["causes"] == ["lock_chain", "deadlocks"]
    assert [s["number"] for s in shown["steps"]] == list(range(1, len(shown["steps"]) + 1))
    assert office.cleo.get("/v1/runbooks/none", status=422)["detail"].startswith("no runbook is called 'none'")


def test_those_that_fit_an_incident_come_first_with_their_reasons(office: Office) -> None:
    ref = office.ben.declare(initial_error="x509: certificate has expired")["ref"]

    first = office.cleo.get(f"/v1/incidents/{ref}/runbooks")["others"][0]

    assert first["key"] == "certificate-expiry"
    assert first["reasons"] == ["it is written: certificate has expired", "it is written: x509"]


def test_a_runbook_is_followed_step_by_step_on_the_record(office: Office) -> None:
    ref = begin(office)
    office.ben.act(ref, "runbooks/certificate-expiry/steps", {"step": "served", "note": "expired at noon"})
    office.dan.act(ref, "runbooks/certificate-expiry/steps", {"step": "2", "result": "skipped"})

    run = followed(office, ref)
    assert (run["ended"], run["next"], run["started_by"]) == (2, "why", "ben")
    marks = [(s["result"], s["by"], s["note"]) for s in run["steps"][:3]]
    assert marks == [("done", "ben", "expired at noon"), ("skipped", "dan", ""), ("open", "", "")]
    told = [(e["kind"], e["who"], e["text"]) for e in office.ben.timeline(ref) if e["kind"] == "runbook"]
    assert told[0] == ("runbook", "Ben", "Runbook started: A certificate has expired or is about to")
    assert told[1][2].startswith("Step done: Look at the certificate that is really served")
    assert told[2][1] == "Dan"
    assert office.ben.see(ref)["runbooks"][0]["marks"]["served"]["result"] == "done"


def test_a_step_is_carried_out_only_by_the_roads_there_are(office: Office) -> None:
    ref = begin(office)
    asked = office.ben.act(ref, "runbooks/certificate-expiry/run", {"step": "served"}, status=202)

    assert asked["runbooks"][0]["marks"]["served"]["note"] == "a diagnosis was asked for"
    by_hand = office.ben.act(ref, "runbooks/certificate-expiry/run", {"step": "renew"}, status=409)
    assert "never run by Tocsin" in by_hand["detail"]
    decided = office.ben.act(ref, "runbooks/certificate-expiry/steps", {"step": "pinned"}, status=422)
    assert decided["field"] == "note"
    assert office.ben.act(ref, "runbooks/lock-chain/steps", {"step": "tree"}, status=409)["mend"]


def test_readers_follow_with_their_eyes_only(office: Office) -> None:
    ref = begin(office)

    office.cleo.act(ref, "runbooks", {"runbook": "lock-chain"}, status=403)
    office.cleo.act(ref, "runbooks/certificate-expiry/steps", {"step": "served"}, status=403)
    assert followed(office, ref)["next"] == "served"


def test_the_post_mortem_lists_the_steps_that_were_taken(office: Office) -> None:
    ref = begin(office)
    office.ben.act(ref, "runbooks/certificate-expiry/steps", {"step": "served", "note": "expired at noon"})
    office.ben.act(ref, "runbooks/certificate-expiry/steps", {"step": "renew", "result": "failed"})

    text = office.ben.get(f"/v1/incidents/{ref}/postmortem")

    assert "Runbook **A certificate has expired or is about to**" in text
    assert (
        "done (Ben): Look at the certificate that is really served, not at the file that should be. expired at noon"
        in text
    )
    assert "failed (Ben): Renew it now" in text
