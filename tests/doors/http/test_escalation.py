"""The escalation by hand through the API."""

from __future__ import annotations

from tests.support.api import Office, problem_of


def test_a_stale_call_is_refused_and_nothing_is_recorded(office: Office) -> None:
    made = office.ana.declare(severity="SEV1")
    call = made["paging"]["call"]
    escalated = office.ana.act("INC-1", "escalate", {"call": call, "reason": "I need help"})
    assert escalated["paging"]["level"] > made["paging"]["level"]
    told = problem_of(office.ana.send("POST", "/v1/incidents/INC-1/escalate", json={"call": call}), 409)
    assert "nothing was done" in told["detail"]


def test_a_snooze_is_given_back_early(office: Office) -> None:
    office.ana.declare(severity="SEV1")
    assert office.ana.act("INC-1", "snooze", {"for_s": 600})["paging"]["state"] == "snoozed"
    assert office.ana.act("INC-1", "unacknowledge", {})["paging"]["state"] == "paging"


def test_a_snooze_without_an_end_is_refused(office: Office) -> None:
    office.ana.declare(severity="SEV1")
    told = problem_of(office.ana.send("POST", "/v1/incidents/INC-1/snooze", json={}), 422)
    assert "until when or for how long" in told["detail"]


def test_a_restart_begins_with_the_first_step(office: Office) -> None:
    made = office.ana.declare(severity="SEV1")
    office.ana.act("INC-1", "escalate", {})
    again = office.ana.act("INC-1", "restart-paging", {"reason": "another rota"})
    assert (again["paging"]["level"], again["paging"]["people"]) == (made["paging"]["level"], made["paging"]["people"])
