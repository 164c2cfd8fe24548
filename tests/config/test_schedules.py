"""Schedules in `tocsin.yaml`: read as they are meant, and refused by line."""

from __future__ import annotations

from datetime import UTC, date, datetime, time
from pathlib import Path
from typing import NamedTuple

import pytest

from tocsin.config.catalogue import check_text, diff, from_json, to_json
from tocsin.config.problems import Problem
from tocsin.domain.catalogue import Catalogue
from tocsin.domain.oncall.schedule import on_call
from tocsin.domain.schedules import Hours, Layer, Stint

FULL = """\
catch_all: ana
default_policy: core
people:
  ana: {name: Ana, contacts: {console: {kind: console, address: ana, verified: true}}}
  bo: {name: Bo, contacts: {console: {kind: console, address: bo, verified: true}}}
  cy: {name: Cy}
teams: {core: {name: Core, pack: sre, policy: core}}
policies: {core: {steps: [{targets: ["schedule:shop"]}]}}
schedules:
  shop:
    zone: Europe/Berlin
    layers:
      night:
        groups: [[ana, bo], [cy]]
        starts: 2026-01-05T09:00
        turn: monthly
        length: 2
      office:
        people: [bo, cy]
        starts: 2026-01-05T09:00
        ends: 2027-01-05T09:00
        zone: Europe/London
        hours:
          - {from: 09:00, to: 17:00, days: [mon, tue]}
          - {from: 22:00, to: 06:00}
    overrides:
      - {person: cy, replaces: bo, starts: 2026-02-01T09:00Z, ends: 2026-02-02T09:00+01:00}
      - {person: bo, kind: add, starts: 2026-02-01T09:00Z, ends: 2026-02-02T09:00Z}
    temporaries:
      - starts: 2026-03-01T00:00Z
        ends: 2026-03-03T00:00Z
        shifts: [{people: [ana], starts: 2026-03-01T00:00Z, ends: 2026-03-02T00:00Z}]
    holidays: {ana: [2026-12-25, 2026-12-26]}
"""


def read(text: str) -> tuple[Catalogue | None, list[Problem]]:
    return check_text(text, "tocsin.yaml", Path())


def test_a_schedule_is_read_and_stored_as_it_was_meant() -> None:
    catalogue, problems = read(FULL)

    assert problems == []
    assert catalogue is not None
    found = catalogue.schedules[0]
    start = datetime(2026, 1, 5, 9)  # noqa: DTZ001 (local)
    assert found.layers[0] == Layer(
        key="night", starts=start, groups=(("ana", "bo"), ("cy",)), turn="monthly", length=2
    )
    assert found.layers[1].hours == (
        Hours(from_=time(9), to=time(17), days=("mon", "tue")),
        Hours(from_=time(22), to=time(6)),
    )
    assert [o.kind for o in found.overrides] == ["replace", "add"]
    march = datetime(2026, 3, 1, tzinfo=UTC)
    assert found.temporaries[0].shifts == (Stint(people=("ana",), starts=march, ends=march.replace(day=2)),)
    assert found.holidays == {"ana": (date(2026, 12, 25), date(2026, 12, 26))}
    assert on_call(found, march) == ("ana",)
    assert from_json(to_json(catalogue)) == catalogue


def test_a_change_of_hours_is_one_line_of_the_difference() -> None:
    old, _ = read(FULL)
    new, problems = read(FULL.replace("to: 17:00", "to: 18:00"))

    assert problems == []
    assert old is not None
    assert new is not None
    assert diff(old, new) == ["~ schedules.shop.layers.office.hours.0.to: 17:00 -> 18:00"]


class Mistake(NamedTuple):
    old: str
    new: str
    field: str
    message: str


AT = "schedules.shop"
MISTAKES = [
    Mistake("people: [bo, cy]", "people: [bob, cy]", f"{AT}.layers.office.people[0]", "'bob' is no person"),
    Mistake("[[ana, bo], [cy]]", "[[ana, bo], [cyn]]", f"{AT}.layers.night.groups[1][0]", "'cyn' is no person"),
    Mistake("[[ana, bo], [cy]]", "[[ana, bo], []]", f"{AT}.layers.night.groups[1]", "nobody is in this group"),
    Mistake("turn: monthly", "people: [ana]", f"{AT}.layers.night", "either people or groups"),
    Mistake("turn: monthly", "turn: yearly", f"{AT}.layers.night.turn", "is none of"),
    Mistake("length: 2", "length: 0", f"{AT}.layers.night.length", "no turn"),
    Mistake("Europe/London", "Europe/Londn", f"{AT}.layers.office.zone", "no time zone"),
    Mistake("ends: 2027-01-05T09:00", "ends: 2025-01-05T09:00", f"{AT}.layers.office.ends", "ends before"),
    Mistake("ends: 2027-01-05T09:00", "ends: 2027-01-05T09:00Z", f"{AT}.layers.office.ends", "carries an offset"),
    Mistake("from: 09:00", "from: nine", f"{AT}.layers.office.hours[0].from", "is not a time of day"),
    Mistake("from: 09:00", "from: 09:00Z", f"{AT}.layers.office.hours[0]", "carry an offset"),
    Mistake("[mon, tue]", "[monday, tue]", f"{AT}.layers.office.hours[0].days[0]", "is none of"),
    Mistake("[mon, tue]", "[]", f"{AT}.layers.office.hours[0].days", "on no day"),
    Mistake("replaces: bo", "replaces: bob", f"{AT}.overrides[0].replaces", "'bob' is no person"),
    Mistake("kind: add", "kind: add, replaces: cy", f"{AT}.overrides[1].replaces", "replaces nobody"),
    Mistake("2026-02-02T09:00+01:00", "2026-02-02T09:00", f"{AT}.overrides[0]", "need an offset"),
    Mistake("2026-02-02T09:00+01:00", "2026-02-01T09:00Z", f"{AT}.overrides[0]", "ends before"),
    Mistake(
        "shifts: [{people: [ana]", "shifts: [{people: [an]", f"{AT}.temporaries[0].shifts[0].people[0]", "no person"
    ),
    Mistake("shifts: [{people: [ana]", "shifts: [{people: []", f"{AT}.temporaries[0].shifts[0].people", "nobody has"),
    Mistake("ends: 2026-03-02T00:00Z", "ends: 2026-03-09T00:00Z", f"{AT}.temporaries[0].shifts[0]", "reaches beyond"),
    Mistake("holidays: {ana:", "holidays: {an:", f"{AT}.holidays.an", "'an' is no person"),
    Mistake("2026-12-26", "Boxing Day", f"{AT}.holidays.ana[1]", "is not a date"),
    Mistake("    holidays:", "    swaps: []\n    holidays:", f"{AT}.swaps", "schedule has no 'swaps'"),
    Mistake("    holidays:", "    people: [ana]\n    holidays:", AT, "starts is missing"),
    Mistake("    holidays:", "    starts: 2026-01-05T09:00\n    holidays:", f"{AT}.people", "nobody is in this"),
]


@pytest.mark.parametrize("mistake", [pytest.param(m, id=f"{m.field} {m.message}") for m in MISTAKES])
def test_a_mistake_names_its_field_and_line(mistake: Mistake) -> None:
    assert FULL.count(mistake.old) == 1

    catalogue, problems = read(FULL.replace(mistake.old, mistake.new))

    assert catalogue is None
    found = [p for p in problems if p.field == mistake.field and mistake.message in p.message]
    assert found, problems
    assert found[0].line > 9
    assert found[0].mend or "is not" in found[0].message
