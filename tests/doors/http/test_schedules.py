"""Schedules over the API: who is on call, changes of single hours, and what a configuration would change."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from tests.support.api import TOCSIN_YAML, Office, Person, problem_of

from tocsin.config.catalogue import check_text, to_json

SCHEDULED = TOCSIN_YAML.replace(
    "policies:\n", "schedules:\n  shop: {zone: UTC, people: [ben, dan], starts: 2026-01-05T00:00}\npolicies:\n"
)
FIRST, LAST = "2999-01-01T09:00:00Z", "2999-01-01T11:00:00Z"


def as_catalogue(text: str) -> dict[str, Any]:
    found, problems = check_text(text, "tocsin.yaml", Path())
    assert found is not None, problems
    catalogue: dict[str, Any] = json.loads(to_json(found))
    return catalogue


@pytest.fixture
def shop(office: Office) -> Office:
    office.ana.post("/v1/config", {"catalogue": as_catalogue(SCHEDULED)}, status=200)
    return office


def on_call(who: Person, at: str = FIRST) -> list[str]:
    found: list[str] = who.get("/v1/oncall", at=at)["turns"][0]["now"]
    return found


def test_who_is_on_call_is_told_for_any_time(shop: Office) -> None:
    assert shop.cleo.get("/v1/oncall")["turns"][0]["key"] == "shop"
    assert on_call(shop.cleo, "2026-01-05T00:00:00Z") == ["ben"]
    assert on_call(shop.cleo, "2026-01-12T00:00:00Z") == ["dan"]
    assert on_call(shop.cleo, "2026-01-04T00:00:00Z") == []


def test_an_override_changes_its_hours_until_it_is_taken_back(shop: Office) -> None:
    (before,) = on_call(shop.cleo)
    body = {"person": "ana", "starts": FIRST, "ends": LAST}
    effect = shop.ben.post("/v1/schedules/shop/overrides", body, status=201)

    assert effect["changes"] == [{"starts": FIRST, "ends": LAST, "before": [before], "after": ["ana"]}]
    assert on_call(shop.cleo) == ["ana"]
    found = shop.cleo.get("/v1/schedules/shop", starts=FIRST, ends=LAST)
    assert [(m["id"], m["by"], m["what"]["person"]) for m in found["made"]] == [(effect["id"], "ben", "ana")]
    assert [s["duties"] for s in found["shifts"]] == [[{"person": "ana", "source": f"override/{effect['id']}"}]]

    shop.dan.send("DELETE", f"/v1/schedules/shop/changes/{effect['id']}")
    assert on_call(shop.cleo) == [before]


def test_a_swap_is_agreed_to_by_who_takes_it(shop: Office) -> None:
    (has,) = on_call(shop.cleo)
    owner = getattr(shop, has)
    asked = owner.post("/v1/schedules/shop/swaps", {"starts": FIRST, "ends": LAST}, status=201)
    path = f"/v1/schedules/shop/swaps/{asked['id']}/take"

    problem_of(owner.send("POST", path, json={}), 409)
    shop.ana.post(path, {}, status=200)

    assert on_call(shop.cleo) == ["ana"]


def test_a_temporary_schedule_stands_in(shop: Office) -> None:
    shift = {"people": ["ana", "dan"], "starts": FIRST, "ends": "2999-01-01T10:00:00Z"}
    body = {"starts": FIRST, "ends": LAST, "shifts": [shift]}
    shop.ben.post("/v1/schedules/shop/temporaries", body, status=201)

    assert on_call(shop.cleo) == ["ana", "dan"]
    assert on_call(shop.cleo, "2999-01-01T10:00:00Z") == []


def test_a_configuration_is_previewed_and_not_applied(shop: Office) -> None:
    body = {"catalogue": as_catalogue(SCHEDULED.replace("[ben, dan]", "[ana]"))}
    found = shop.cleo.post("/v1/schedules/preview", body, status=200)["items"]

    assert {tuple(c["after"]) for effect in found for c in effect["changes"]} == {("ana",)}
    assert on_call(shop.cleo) != ["ana"]
    problem_of(shop.cleo.send("POST", "/v1/schedules/preview", json={"catalogue": {"people": 3}}), 422)


def test_what_is_not_there_or_not_allowed_is_refused(shop: Office) -> None:
    body = {"person": "ana", "starts": FIRST, "ends": LAST}
    problem_of(shop.cleo.send("POST", "/v1/schedules/shop/overrides", json=body), 403)
    problem_of(shop.ben.send("POST", "/v1/schedules/none/overrides", json=body), 404)
    problem_of(shop.ben.send("POST", "/v1/schedules/shop/overrides", json={**body, "ends": FIRST}), 422)
    problem_of(shop.ben.send("DELETE", "/v1/schedules/shop/changes/none"), 404)
    problem_of(shop.cleo.send("GET", "/v1/schedules/none"), 404)


def test_a_schedule_goes_out_as_a_calendar_and_comes_back_as_a_temporary_one(shop: Office) -> None:
    text = shop.cleo.get("/v1/schedules/shop/calendar", person="ben")
    assert text.startswith("BEGIN:VCALENDAR")
    assert "On call: Ben (shop)" in text.replace("\r\n ", "")
    assert "Dan" not in text

    calendar = "BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\nUID:1\r\nDTSTART:29990101T090000Z\r\nDTEND:29990101T100000Z\r\nSUMMARY:%s\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n"
    body = {"calendar": calendar % "ANA", "starts": FIRST, "ends": LAST}
    problem_of(shop.cleo.send("POST", "/v1/schedules/shop/calendar", json=body), 403)
    problem_of(shop.ben.send("POST", "/v1/schedules/shop/calendar", json={**body, "calendar": calendar % "Zoe"}), 422)
    shop.ben.post("/v1/schedules/shop/calendar", body, status=201)

    assert on_call(shop.cleo) == ["ana"]
    assert on_call(shop.cleo, "2999-01-01T10:00:00Z") == []
    problem_of(shop.cleo.send("GET", "/v1/schedules/none/calendar"), 404)
