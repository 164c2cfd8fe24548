"""An incident is renamed through the API: the list finds it by the new title, the timeline keeps the former."""

from __future__ import annotations

from tests.support.api import Office, ago, problem_of


def found(office: Office, words: str) -> list[str]:
    return [item["ref"] for item in office.cleo.get("/v1/incidents", q=words)["items"]]


def test_a_renamed_incident_is_found_by_its_new_title(office: Office) -> None:
    office.ana.declare(title="Orders fail")
    office.ben.act("INC-1", "rename", {"title": "Session pool exhausted", "summary": "46 of 50 sessions idle"})

    shown = office.cleo.see("INC-1")
    assert (shown["title"], shown["summary"]) == ("Session pool exhausted", "46 of 50 sessions idle")
    assert (found(office, "pool"), found(office, "orders fail")) == (["INC-1"], [])


def test_the_timeline_keeps_every_name_and_who_gave_it(office: Office) -> None:
    office.ana.declare(title="Orders fail", declared_at=ago(30))
    office.ben.act("INC-1", "rename", {"title": "Pool exhausted", "at": ago(10)})
    lines = office.cleo.timeline("INC-1")

    assert "Orders fail" in lines[0]["text"]
    assert [(line["text"], line["who"]) for line in lines if line["kind"] == "note"] == [
        ("Renamed: Pool exhausted", "Ben")
    ]
    before = office.cleo.timeline("INC-1", as_known_at=ago(5))
    assert not any("Pool exhausted" in line["text"] for line in before)


def test_a_renaming_is_taken_back_by_a_correction_and_stays_readable(office: Office) -> None:
    office.ana.declare(title="Orders fail")
    office.ben.act("INC-1", "rename", {"title": "Checkout fails"})
    event = next(x for x in office.cleo.timeline("INC-1") if x["text"] == "Renamed: Checkout fails")["id"]
    after = office.ben.act("INC-1", f"events/{event}/correct", {"retract": "that was INC-2"})

    assert after["title"] == "Orders fail"
    assert found(office, "orders") == ["INC-1"]
    (line,) = (x for x in office.cleo.timeline("INC-1") if x["withdrawn"])
    assert line["corrected_from"]["text"] == "Renamed: Checkout fails"


def test_a_title_says_something_new(office: Office) -> None:
    office.ana.declare(title="Orders fail")
    problem_of(office.ben.send("POST", "/v1/incidents/INC-1/rename", json={"title": "Orders fail"}), 409)
    problem_of(office.ben.send("POST", "/v1/incidents/INC-1/rename", json={"title": ""}), 422)
    problem_of(office.cleo.send("POST", "/v1/incidents/INC-1/rename", json={"title": "x"}), 403)
