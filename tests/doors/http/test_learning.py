"""Post-mortems and action items through the API."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from tests.support.api import Office, ago, problem_of


def over(office: Office, **said: object) -> None:
    office.ana.declare(severity="SEV1", declared_at=ago(30), **said)
    office.ben.act("INC-1", "resolve", {"resolution": "rolled back"})


def in_days(days: float) -> str:
    return (datetime.now(tz=UTC) + timedelta(days=days)).isoformat()


def test_a_post_mortem_is_drafted_from_the_record_as_markdown(office: Office) -> None:
    over(office)
    office.ana.declare(title="A cousin")
    office.ben.act("INC-1", "related", {"other": "INC-2"})

    answer = office.cleo.send("GET", "/v1/incidents/INC-1/postmortem")
    assert answer.headers["content-type"].startswith("text/markdown")
    assert "Post-mortem INC-1: Orders fail" in answer.text
    assert "rolled back" in answer.text
    assert "INC-2" in answer.text
    assert "Not known yet" in answer.text
    assert office.ana.see("INC-2")["id"] not in answer.text


def test_a_section_keeps_a_persons_words_and_the_documents_state(office: Office) -> None:
    over(office)
    office.ben.act("INC-1", "postmortem", {"state": "in_review"})
    key = "summary"
    written = office.ben.act("INC-1", "postmortem", {"section": key, "text": "The pool was too small."})

    assert written["postmortem_state"] == "in_review"
    assert "The pool was too small." in office.cleo.get("/v1/incidents/INC-1/postmortem")
    published = office.ben.act("INC-1", "postmortem", {"state": "published"})
    assert published["postmortem_state"] == "published"
    assert "The pool was too small." in office.cleo.get("/v1/incidents/INC-1/postmortem")


def test_words_for_a_section_that_is_not_there_are_refused_not_lost(office: Office) -> None:
    over(office)

    def says(body: dict[str, str]) -> dict[str, str]:
        found: dict[str, str] = problem_of(office.ben.send("POST", "/v1/incidents/INC-1/postmortem", json=body), 422)
        return found

    unknown = says({"section": "sumary", "text": "long words"})
    assert (unknown["field"], "summary" in unknown["mend"]) == ("section", True)
    assert says({})["field"] == "section"
    assert says({"state": "finished"})["errors"]


def test_action_items_are_added_changed_and_listed_by_due_date(office: Office) -> None:
    over(office)
    office.ben.act("INC-1", "followups", {"title": "later", "owner": "ben", "due": in_days(9), "priority": "P0"})
    office.ben.act("INC-1", "followups", {"title": "sometime"})
    added = office.ben.act("INC-1", "followups", {"title": "overdue", "owner": "dan", "due": in_days(-1)})

    assert [f["key"] for f in added["followups"]] == ["a1", "a2", "a3"]
    lines = office.cleo.get("/v1/followups")
    assert [(line["title"], line["overdue"]) for line in lines] == [
        ("overdue", True),
        ("later", False),
        ("sometime", False),
    ]
    assert [line["title"] for line in office.cleo.get("/v1/followups", owner="dan")] == ["overdue"]

    changed = office.dan.act("INC-1", "followups/a3", {"status": "done", "note": "merged"})
    assert changed["followups"][2]["status"] == "done"
    assert [line["title"] for line in office.cleo.get("/v1/followups")] == ["later", "sometime"]
    assert len(office.cleo.get("/v1/followups", all="true")) == 3
    moved = office.ben.act("INC-1", "followups/a1", {"owner": "dan", "due": in_days(12)})["followups"][0]
    assert (moved["owner"], moved["priority"], moved["status"]) == ("dan", "P0", "todo")


def test_an_unknown_action_item_is_refused_with_those_there_are(office: Office) -> None:
    over(office)
    office.ben.act("INC-1", "followups", {"title": "x"})

    problem = problem_of(office.ben.send("POST", "/v1/incidents/INC-1/followups/a9", json={"status": "done"}), 409)
    assert "a1" in problem["mend"]
    problem_of(office.ben.send("POST", "/v1/incidents/INC-1/followups", json={"title": "x", "priority": "P9"}), 422)
