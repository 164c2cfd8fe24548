"""Incidents through the API: declared, found again, and everything people do in one."""

from __future__ import annotations

from dataclasses import fields
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from tests.support.api import Office, ago, problem_of

from tocsin.domain.impact import Impact
from tocsin.doors.http.bodies import ImpactBody


def texts(entries: list[Any]) -> list[str]:
    return [str(entry["text"]) for entry in entries]


def refused(office: Office, ref: str, verb: str, body: dict[str, Any], status: int = 409) -> dict[str, Any]:
    return problem_of(office.ben.send("POST", f"/v1/incidents/{ref}/{verb}", json=body), status)


# -- declare ---------------------------------------------------------------------------------------------------------


def test_a_declared_incident_is_answered_in_full_and_pages_its_team(office: Office) -> None:
    made = office.ana.declare(
        title="  Orders   API answers 500 ",
        severity="SEV1",
        summary="since the deploy",
        endpoints=["/orders"],
        symptoms=["500"],
        impact={"error_percent": 30.5, "users_affected": 1200},
        links={"ticket": "https://tickets.example.com/7"},
        started_at=ago(20),
    )

    assert made["ref"] == "INC-1"
    assert made["title"] == "Orders API answers 500"
    assert (made["severity"], made["rank"], made["phase"], made["status"]) == ("SEV1", 1, "active", "investigating")
    assert (made["team"], made["pack"], made["reporter"]) == ("core", "platform", "ana")
    assert made["impact"]["error_percent"] == 30.5
    assert made["impact"]["tickets"] is None
    assert made["links"]["ticket"] == "https://tickets.example.com/7"
    assert made["url"] == "http://tocsin.test/incidents/INC-1"
    assert made["paged"] == ["ben"]
    assert made["matched"] == ["stated"]
    assert {m["key"] for m in made["missing"]} >= {"acknowledge", "commander"}
    assert [job.payload["to"] for job in office.jobs("page")] == ["ben"]


def test_without_a_severity_the_pack_judges_the_impact(office: Office) -> None:
    made = office.ana.post("/v1/incidents", {"title": "All down", "impact": {"scope": "all", "users_percent": 100}})

    assert made["severity"] == "SEV1"
    assert made["matched"]


def test_the_team_follows_the_service_and_brings_its_pack(office: Office) -> None:
    made = office.ana.declare(severity="P1", services=["warehouse"])

    assert (made["team"], made["pack"]) == ("data", "sre")
    assert made["ref"] == f"INC-{datetime.now(tz=UTC):%Y-%m%d}-001"


def test_the_day_of_an_id_is_the_day_in_utc(office: Office) -> None:
    made = office.ana.declare(
        severity="P1", services=["warehouse"], mode="backfill", declared_at="2025-01-21T01:30:00+05:00"
    )

    assert made["ref"] == "INC-2025-0120-001"
    assert made["declared_at"] == "2025-01-20T20:30:00Z"


def test_free_text_becomes_a_draft_and_nothing_is_recorded(office: Office) -> None:
    drafted = office.cleo.post("/v1/incidents/draft", {"text": "orders API 500s since 14:23, about 30 % failing"})

    assert drafted["services"] == ["orders"]
    assert drafted["impact"]["error_percent"] == 30
    assert drafted["started_at"].endswith("14:23:00Z")
    assert office.cleo.get("/v1/incidents")["items"] == []


def test_what_a_declaration_would_lead_to_is_said_before_and_nothing_is_recorded(office: Office) -> None:
    said = {"title": "Orders fail", "services": ["orders"], "impact": {"error_percent": 30}}

    foreseen = office.cleo.post("/v1/incidents/preview", said)

    assert office.cleo.get("/v1/incidents")["items"] == []
    made = office.ana.post("/v1/incidents", said)
    assert (foreseen["severity"], foreseen["rank"]) == (made["severity"], made["rank"])
    assert foreseen["matched"] == office.ana.see(made["ref"])["matched"]
    assert foreseen["wakes"] == [job.payload["to"] for job in office.jobs("page")]


@pytest.mark.parametrize(
    ("more", "wakes"), [({"severity": "SEV1"}, 1), ({"severity": "SEV4"}, 0), ({"mode": "backfill"}, 0)]
)
def test_who_is_woken_follows_the_severity_and_the_mode(office: Office, more: dict[str, str], wakes: int) -> None:
    said = {"title": "Orders fail", "severity": "SEV1", "services": ["orders"], **more}

    assert len(office.cleo.post("/v1/incidents/preview", said)["wakes"]) == wakes


def test_a_declaration_that_would_be_refused_is_refused_before(office: Office) -> None:
    answer = office.cleo.send("POST", "/v1/incidents/preview", json={"title": "x", "services": ["nosuch"]})

    assert problem_of(answer, 422)["field"] == "services"


# -- find ------------------------------------------------------------------------------------------------------------


def test_an_incident_is_found_by_id_and_by_reference_in_any_case(office: Office) -> None:
    made = office.ana.declare()

    assert office.cleo.see("inc-1")["id"] == made["id"]
    assert office.cleo.see(made["id"])["ref"] == "INC-1"


@pytest.mark.parametrize("path", ["INC-9", "INC-9/timeline", "INC-9/postmortem", "INC-9/bundles/x"])
def test_an_unknown_incident_is_not_found(office: Office, path: str) -> None:
    told = problem_of(office.ana.send("GET", f"/v1/incidents/{path}"), 404)
    assert "INC-9" in told["detail"]
    assert "tocsin list" in told["mend"]


def test_a_listing_is_read_page_by_page_while_new_incidents_come_in(office: Office) -> None:
    for number in range(5):
        office.ana.declare(title=f"Trouble {number}")
    first = office.cleo.get("/v1/incidents", limit=2)
    office.ana.declare(title="Newer")
    second = office.cleo.get("/v1/incidents", limit=2, cursor=first["next_cursor"])
    third = office.cleo.get("/v1/incidents", limit=2, cursor=second["next_cursor"])

    shown = [item["title"] for page in (first, second, third) for item in page["items"]]
    assert shown == [f"Trouble {number}" for number in (4, 3, 2, 1, 0)]
    assert third["next_cursor"] == ""


def test_a_tampered_cursor_is_refused(office: Office) -> None:
    for _ in range(3):
        office.ana.declare()
    cursor = office.cleo.get("/v1/incidents", limit=1)["next_cursor"]

    for wrong in (cursor[:-2] + "zz", "x", "ü", cursor + "A"):
        answer = office.cleo.send("GET", "/v1/incidents", params={"cursor": wrong})
        assert problem_of(answer, 422)["field"] == "cursor"
    other_listing = office.cleo.send("GET", "/v1/incidents", params={"cursor": cursor, "phase": "closed"})
    assert problem_of(other_listing, 422)["field"] == "cursor"


def test_a_listing_is_filtered(office: Office) -> None:
    office.ana.declare(title="Orders fail")
    office.ana.declare(title="Warehouse is slow", services=["warehouse"], severity="P1")
    office.ana.declare(title="Old story", mode="backfill", severity="SEV3", services=["billing"])
    office.ben.act("INC-1", "cancel", {"reason": "a test"})

    def titles(**wanted: Any) -> list[str]:
        return [item["title"] for item in office.cleo.get("/v1/incidents", **wanted)["items"]]

    assert titles(phase="cancelled") == ["Orders fail"]
    assert titles(phase=["cancelled", "active"]) == ["Old story", "Warehouse is slow", "Orders fail"]
    assert titles(severity="P1") == ["Warehouse is slow"]
    assert titles(service="billing") == ["Old story"]
    assert titles(team="data") == ["Warehouse is slow"]
    assert titles(mode="backfill") == ["Old story"]
    assert titles(q="SLOW") == ["Warehouse is slow"]
    assert titles(q="%") == []


@pytest.mark.parametrize(("name", "value"), [("phase", "opne"), ("mode", "dril"), ("limit", "0"), ("limit", "x")])
def test_a_filter_that_cannot_match_is_refused_by_name(office: Office, name: str, value: str) -> None:
    problem = problem_of(office.cleo.send("GET", "/v1/incidents", params={name: value}), 422)
    assert problem["errors"][0]["field"].startswith(name)


# -- respond ---------------------------------------------------------------------------------------------------------


def test_acknowledging_stops_the_escalation_and_giving_it_back_pages_again(office: Office) -> None:
    office.ana.declare(severity="SEV1")
    taken = office.ben.act("INC-1", "acknowledge")
    again = office.dan.act("INC-1", "acknowledge")

    assert taken["acknowledged_by"] == again["acknowledged_by"] == "ben"
    assert office.jobs("page") == []
    assert office.ben.act("INC-1", "unacknowledge", {"reason": "asleep"})["acknowledged_by"] == ""
    assert [job.payload["to"] for job in office.jobs("page")] == ["ben"]


def test_nobody_unknown_can_acknowledge(office: Office) -> None:
    office.ana.declare()

    assert refused(office, "INC-1", "acknowledge", {"person": "nobody"}, 422)["field"] == "person"
    assert office.ana.see("INC-1")["acknowledged_by"] == ""
    assert office.ana.act("INC-1", "acknowledge", {"person": "ben"})["acknowledged_by"] == "ben"


def test_a_change_of_severity_needs_a_reason_and_a_level_of_the_pack(office: Office) -> None:
    office.ana.declare(severity="SEV3")

    assert "reason" in refused(office, "INC-1", "severity", {"severity": "SEV1"})["detail"]
    unknown = refused(office, "INC-1", "severity", {"severity": "P0", "reason": "worse"}, 422)
    assert (unknown["field"], "SEV1, SEV2" in unknown["mend"]) == ("severity", True)
    raised = office.ben.act("INC-1", "severity", {"severity": "SEV1", "reason": "all users"})
    assert (raised["severity"], raised["rank"], raised["paged"]) == ("SEV1", 1, ["ben"])


def test_statuses_move_and_resolved_has_its_own_verb(office: Office) -> None:
    office.ana.declare()

    assert office.ben.act("INC-1", "status", {"status": "identified", "note": "the pool"})["status"] == "identified"
    assert office.ben.act("INC-1", "status", {"status": "investigating"})["status"] == "investigating"
    assert "resolve" in refused(office, "INC-1", "status", {"status": "resolved"})["mend"]
    assert refused(office, "INC-1", "status", {"status": "fine"}, 422)["errors"][0]["field"] == "status"


def test_a_role_is_handed_over_and_given_back(office: Office) -> None:
    office.ana.declare()
    office.ben.act("INC-1", "roles", {"role": "commander"})
    handed = office.ben.act("INC-1", "roles", {"role": "commander", "person": "dan", "note": "my shift ends"})

    assert handed["commander"] == "dan"
    assert [holder["person"] for holder in handed["roles"]] == ["dan"]
    assert any("my shift ends" in line["details"] for line in office.ana.timeline("INC-1"))
    assert office.dan.act("INC-1", "roles", {"role": "commander", "leave": True})["commander"] == ""
    assert "Roles:" in refused(office, "INC-1", "roles", {"role": "king"})["mend"]
    assert "nobody" in refused(office, "INC-1", "roles", {"role": "commander", "person": "nobody"})["detail"]


def test_work_is_given_and_its_result_noted(office: Office) -> None:
    office.ana.declare()
    office.ana.act("INC-1", "tasks", {"title": "check PostgreSQL", "owner": "ben"})
    office.ana.act("INC-1", "tasks", {"title": "check deploys"})
    done = office.ben.act("INC-1", "tasks/t1/done", {"result": "48 of 50 idle"})

    assert [(t["key"], t["owner"], t["done"], t["result"]) for t in done["tasks"]] == [
        ("t1", "ben", True, "48 of 50 idle"),
        ("t2", "", False, ""),
    ]
    assert "t1" in refused(office, "INC-1", "tasks/t9/done", {})["mend"]


def test_notes_stand_in_the_timeline_where_they_happened(office: Office) -> None:
    office.ana.declare(declared_at=ago(5))
    office.ben.act("INC-1", "notes", {"text": "pool is full", "kind": "finding", "pinned": True})
    office.ben.act("INC-1", "notes", {"text": "deployed v2", "kind": "action", "at": ago(60)})

    lines = office.ana.timeline("INC-1")
    assert "deployed v2" in lines[0]["text"]
    assert [line["pinned"] for line in lines if "pool is full" in line["text"]] == [True]
    assert refused(office, "INC-1", "notes", {"text": ""}, 422)["errors"][0]["field"] == "text"
    future = (datetime.now(tz=UTC) + timedelta(hours=1)).isoformat()
    assert refused(office, "INC-1", "notes", {"text": "x", "at": future}, 422)["field"] == "at"


def test_an_update_tells_its_audiences_and_restarts_the_clock(office: Office) -> None:
    before = office.ana.declare(severity="SEV1")["update_due_at"]
    office.jobs()
    updated = office.ben.act(
        "INC-1",
        "updates",
        {
            "text": "The pool is full",
            "audiences": ["stakeholders", "public"],
            "eta": "10 min",
            "current_actions": ["rollback"],
        },
    )

    assert updated["updates"] == 1
    assert updated["update_due_at"] > before
    assert {(j.payload["audience"], j.payload["to"]) for j in office.jobs("message")} == {
        ("stakeholders", "room"),
        ("public", "page"),
    }
    assert office.ben.act("INC-1", "updates", {"nothing_new": True})["updates"] == 2
    assert refused(office, "INC-1", "updates", {}, 422)["field"] == "text"
    assert refused(office, "INC-1", "updates", {"text": "x", "audiences": []}, 422)["errors"]


def test_impact_is_laid_over_what_was_known(office: Office) -> None:
    office.ana.declare(impact={"error_percent": 30})
    known = office.ben.act("INC-1", "impact", {"users_affected": 12})["impact"]

    assert (known["error_percent"], known["users_affected"], known["tickets"]) == (30, 12, None)


def test_the_scope_is_stated_in_full_from_services_that_exist(office: Office) -> None:
    office.ana.declare()

    changed = office.ben.act("INC-1", "scope", {"services": ["orders", "billing"], "endpoints": ["/pay"]})
    assert (changed["services"], changed["endpoints"]) == (["orders", "billing"], ["/pay"])
    assert refused(office, "INC-1", "scope", {"services": ["nope"]}, 422)["field"] == "services"


def test_milestones_give_the_durations(office: Office) -> None:
    office.ana.declare()
    office.ben.act("INC-1", "milestones", {"name": "impact_started", "at": "2026-01-20T14:00:00Z"})
    office.ben.act("INC-1", "milestones", {"name": "detected", "at": "2026-01-20T15:05:00+01:00"})
    seen = office.ben.act("INC-1", "milestones", {"name": "notified", "at": "2026-01-20T14:06:00Z"})

    assert seen["milestones"]["impact_started"]["at"] == "2026-01-20T14:00:00Z"
    assert seen["milestones"]["impact_started"]["source"] == "stated"
    assert seen["durations"]["detect"]["seconds"] == 300
    assert seen["durations"]["detect"]["text"].startswith("5 min (impact started 14:00:00 UTC")
    assert seen["durations"]["acknowledge"]["seconds"] is None
    assert refused(office, "INC-1", "milestones", {"name": "lunch", "at": ago(1)}, 422)["errors"][0]["field"] == "name"


def test_a_cause_a_tick_an_answer_and_a_freeze_are_kept(office: Office) -> None:
    office.ana.declare()
    office.ben.act("INC-1", "cause", {"text": "sessions leak", "confirmed": True, "factors": ["no limit"]})
    office.ben.act("INC-1", "answers", {"question": "Was a rollback considered?", "answer": "yes"})
    frozen = office.ben.act("INC-1", "freeze", {"frozen": True, "note": "until 18:00"})

    assert (frozen["root_cause"], frozen["root_cause_confirmed"], frozen["frozen"]) == ("sessions leak", True, True)
    assert frozen["answers"] == {"Was a rollback considered?": "yes"}
    assert office.ben.act("INC-1", "freeze", {"frozen": False})["frozen"] is False


def test_events_tick_the_checklist_and_people_tick_the_rest(office: Office) -> None:
    def items(view: dict[str, Any]) -> dict[str, tuple[bool, str]]:
        return {i["key"]: (i["done"], i["by"]) for c in view["checklists"] for i in c["items"]}

    made = items(office.ana.declare(severity="SEV1"))
    office.ben.act("INC-1", "acknowledge")
    after = items(office.ben.act("INC-1", "roles", {"role": "commander"}))

    assert any(by == "event" and not made[key][0] for key, (_, by) in after.items())
    by_hand = next(key for key, (done, _) in after.items() if not done)
    assert items(office.ben.act("INC-1", "checklist", {"item": by_hand}))[by_hand] == (True, "hand")
    assert items(office.ben.act("INC-1", "checklist", {"item": by_hand, "done": False}))[by_hand][0] is False
    assert refused(office, "INC-1", "checklist", {"item": "no/such"}, 422)["field"] == "item"


def test_triage_is_accepted_or_declined_with_a_reason(office: Office) -> None:
    for service in ("orders", "billing"):
        office.post_alert("script", {"name": "one", "service": service}, key="key-of-the-script")

    assert office.ben.act("INC-1", "accept")["phase"] == "active"
    assert "reason" in refused(office, "INC-2", "decline", {})["detail"]
    assert office.ben.act("INC-2", "decline", {"reason": "a test", "route": "the backlog"})["phase"] == "declined"
    assert "From declined" in refused(office, "INC-2", "decline", {"reason": "again"})["mend"]


# -- corrections -----------------------------------------------------------------------------------------------------


def test_a_corrected_time_moves_the_milestone_and_shows_what_stood_before(office: Office) -> None:
    office.ana.declare(declared_at=ago(60))
    office.ben.act("INC-1", "acknowledge", {"at": ago(30)})
    line = next(x for x in office.ana.timeline("INC-1") if "cknowledged" in x["text"])
    seen = office.ben.act("INC-1", f"events/{line['id']}/correct", {"at": "2026-01-20T14:02:00Z"})

    assert seen["milestones"]["acknowledged"]["at"] == "2026-01-20T14:02:00Z"
    corrected = next(x for x in office.ana.timeline("INC-1") if "cknowledged" in x["text"])
    assert corrected["at"] == "2026-01-20T14:02:00Z"
    assert corrected["corrected_from"]["at"] == line["at"]
    assert seen["acknowledged_by"] == "ben"


def test_a_withdrawn_event_stays_in_the_timeline_struck_through(office: Office) -> None:
    office.ana.declare(declared_at=ago(60))
    office.ben.act("INC-1", "cause", {"text": "the network", "confirmed": True, "at": ago(30)})
    line = next(x for x in office.ana.timeline("INC-1") if "the network" in x["text"])
    seen = office.ben.act("INC-1", f"events/{line['seq']}/correct", {"retract": "it was the pool"})

    assert "identified" not in seen["milestones"]
    withdrawn = next(x for x in office.ana.timeline("INC-1") if x["withdrawn"])
    assert "the network" in withdrawn["corrected_from"]["text"]
    assert "it was the pool" in withdrawn["text"]


def test_what_was_known_then_can_be_asked(office: Office) -> None:
    office.ana.declare(declared_at=ago(60))
    office.ben.act("INC-1", "notes", {"text": "first words", "at": ago(50)})
    known = office.ana.timeline("INC-1")
    then = max(line["recorded_at"] for line in known)
    office.ben.act("INC-1", "notes", {"text": "learned later", "at": ago(55)})

    assert "learned later" in "".join(texts(office.ana.timeline("INC-1")))
    assert "learned later" not in "".join(texts(office.ana.timeline("INC-1", as_known_at=then)))
    answer = office.ana.send("GET", "/v1/incidents/INC-1/timeline", params={"as_known_at": "noon"})
    assert problem_of(answer, 422)["errors"][0]["field"] == "as_known_at"


def test_a_correction_needs_one_of_time_and_reason_and_an_event_that_exists(office: Office) -> None:
    office.ana.declare()

    assert refused(office, "INC-1", "events/1/correct", {}, 422)["field"] == "at"
    assert refused(office, "INC-1", "events/1/correct", {"at": ago(1), "retract": "x"}, 422)["field"] == "at"
    assert refused(office, "INC-1", "events/99/correct", {"retract": "x"}, 422)["field"] == "event"


def test_a_timeline_is_read_page_by_page_while_lines_are_dated_back(office: Office) -> None:
    office.ana.declare(declared_at=ago(60))
    for number in range(6):
        office.ben.act("INC-1", "notes", {"text": f"line {number}", "at": ago(50 - number)})
    first = office.ana.get("/v1/incidents/INC-1/timeline", limit=4)
    office.ben.act("INC-1", "notes", {"text": "dated back", "at": ago(59)})
    second = office.ana.get("/v1/incidents/INC-1/timeline", limit=400, cursor=first["next_cursor"])

    shown = texts(first["entries"] + second["entries"])
    assert [t for t in shown if "line" in t] == [f"line {n}" for n in range(6)]
    assert len(set(shown)) == len(shown)
    assert second["next_cursor"] == 0
    answer = office.ana.send("GET", "/v1/incidents/INC-1/timeline", params={"cursor": 99_000_001})
    assert problem_of(answer, 422)["field"] == "cursor"


# -- two incidents ---------------------------------------------------------------------------------------------------


def test_a_relation_stands_in_both_records_and_can_be_taken_back(office: Office) -> None:
    office.ana.declare()
    office.ana.declare()
    linked = office.ben.act("INC-1", "related", {"other": "inc-2", "kind": "caused_by"})

    assert linked["related"] == [["INC-2", "caused_by"]]
    assert office.ana.see("INC-2")["related"][0][0] == "INC-1"
    assert "Caused by: INC-2" in texts(office.ana.timeline("INC-1"))
    assert office.ben.act("INC-1", "related", {"other": "INC-2", "removed": True})["related"] == []
    assert office.ana.see("INC-2")["related"] == []
    assert refused(office, "INC-1", "related", {"other": "INC-9"}, 404)
    assert "itself" in refused(office, "INC-1", "related", {"other": "INC-1"})["detail"]


def test_a_merged_incident_goes_on_elsewhere_keeps_its_reference_and_can_be_taken_out(office: Office) -> None:
    office.ana.declare()
    office.ana.declare()
    kept = office.ben.act("INC-1", "merge", {"into": "INC-2", "reason": "the same"})

    assert (kept["ref"], kept["absorbed"]) == ("INC-2", ["INC-1"])
    gone = office.ana.see("INC-1")
    assert (gone["phase"], gone["merged_into"]) == ("merged", "INC-2")
    assert "INC-1 was merged in" in texts(office.ana.timeline("INC-2"))
    assert any(text.startswith("Goes on in INC-2") for text in texts(office.ana.timeline("INC-1")))
    late = refused(office, "INC-1", "acknowledge", {})
    assert gone["id"] not in str(late)
    assert kept["id"] not in str(late)

    assert "reason" in refused(office, "INC-1", "unmerge", {})["detail"]
    back = office.ben.act("INC-1", "unmerge", {"reason": "they are two"})
    assert (back["ref"], back["phase"], back["merged_into"]) == ("INC-1", "active", "")
    assert office.ana.see("INC-2")["absorbed"] == []
    refused(office, "INC-1", "unmerge", {"reason": "again"})


def test_nothing_is_merged_into_itself_or_into_what_is_over(office: Office) -> None:
    office.ana.declare()
    office.ana.declare()
    office.ben.act("INC-2", "cancel", {"reason": "a test"})

    assert "itself" in refused(office, "INC-1", "merge", {"into": "INC-1"})["detail"]
    assert "INC-2 is cancelled" in refused(office, "INC-1", "merge", {"into": "INC-2"})["detail"]
    refused(office, "INC-1", "merge", {"into": "INC-9"}, 404)
    assert office.ana.see("INC-1")["phase"] == "active"


# -- private ---------------------------------------------------------------------------------------------------------


def test_members_say_who_else_may_see_a_private_incident(office: Office) -> None:
    office.ana.declare(private=True)
    problem_of(office.ben.send("GET", "/v1/incidents/INC-1"), 404)

    assert office.ana.act("INC-1", "members", {"person": "ben"})["members"] == ["ana", "ben"]
    assert office.ben.see("INC-1")["ref"] == "INC-1"
    assert "yourself" in refused(office, "INC-1", "members", {"person": "ben", "removed": True})["detail"]
    assert refused(office, "INC-1", "members", {"person": "nobody"}, 422)["field"] == "person"
    assert office.ana.act("INC-1", "members", {"person": "ben", "removed": True})["members"] == ["ana"]
    problem_of(office.ben.send("GET", "/v1/incidents/INC-1"), 404)


def test_privacy_is_changed_and_keeps_whoever_changed_it(office: Office) -> None:
    office.ana.declare()
    closed = office.ben.act("INC-1", "privacy", {"private": True, "reason": "an attack"})

    assert (closed["private"], closed["members"]) == (True, ["ben"])
    problem_of(office.ana.send("GET", "/v1/incidents/INC-1"), 404)
    assert office.ben.act("INC-1", "privacy", {"private": False})["private"] is False
    assert office.ana.see("INC-1")["ref"] == "INC-1"


# -- the end ---------------------------------------------------------------------------------------------------------


def test_an_incident_is_resolved_reopened_and_closed(office: Office) -> None:
    office.ana.declare(severity="SEV3")
    assert "cannot close" in refused(office, "INC-1", "close", {})["detail"]
    over = office.ben.act(
        "INC-1", "resolve", {"resolution": "rolled back", "next_steps": ["review"], "thanks": ["dan"]}
    )

    assert (over["phase"], over["status"], over["resolution"]) == ("post_incident", "resolved", "rolled back")
    assert over["resolved_at"]
    assert "reason" in refused(office, "INC-1", "reopen", {})["detail"]
    assert office.ben.act("INC-1", "reopen", {"reason": "it is back"})["phase"] == "active"
    office.ben.act("INC-1", "resolve", {"resolution": "rolled back further"})
    assert office.ben.act("INC-1", "close", {"reason": "done"})["phase"] == "closed"


def test_resolving_at_a_stated_time_stamps_that_time(office: Office) -> None:
    office.ana.declare(severity="SEV3", declared_at="2026-01-20T14:00:00Z", started_at="2026-01-20T13:55:00Z")
    over = office.ben.act("INC-1", "resolve", {"resolution": "x", "at": "2026-01-20T14:20:00Z"})

    assert over["durations"]["resolve"]["seconds"] == 25 * 60
    assert refused(office, "INC-1", "resolve", {"resolution": ""}, 422)["errors"][0]["field"] == "resolution"


def test_a_severe_incident_closes_only_after_its_post_mortem(office: Office) -> None:
    office.ana.declare(severity="SEV1")
    office.ben.act("INC-1", "resolve", {"resolution": "rolled back"})

    assert "post-mortem" in refused(office, "INC-1", "close", {})["detail"]
    office.ben.act("INC-1", "postmortem", {"section": "summary", "text": "The pool was full.", "state": "published"})
    assert office.ben.act("INC-1", "close", {})["phase"] == "closed"


def test_changes_made_by_a_program_name_both_it_and_its_person(office: Office) -> None:
    office.ana.declare()
    office.ben.post("/v1/incidents/INC-1/notes", {"text": "looked around"}, headers={"tocsin-agent": "fixer"})

    assert [x["who"] for x in office.ana.timeline("INC-1") if x["text"] == "looked around"] == ["fixer for Ben"]


def test_every_fact_about_impact_can_be_stated() -> None:
    assert set(ImpactBody.model_fields) == {field.name for field in fields(Impact)}
