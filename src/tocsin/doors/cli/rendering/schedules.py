"""Who is on call and schedules, as lines for people; times are UTC, as everywhere in the terminal."""

from __future__ import annotations

from datetime import UTC

from tocsin.doors.cli.api import Json
from tocsin.doors.cli.moments import length, read
from tocsin.doors.cli.rendering.sheet import Part, Sheet


def span_words(one: Json) -> str:
    """Return `2026-01-05 09:00 - 2026-01-12 09:00` of anything with `starts` and `ends`."""
    return " - ".join(_moment(one[edge]) for edge in ("starts", "ends"))


def people_words(people: list[str]) -> str:
    """Return people as a list of words."""
    return ", ".join(people) or "nobody"


def on_call_lines(found: Json) -> Sheet:
    """Return who answers, by schedule and by service."""
    sheet = Sheet()
    sheet.add(f"On call at {_moment(found['at'])} UTC")
    rows: list[list[Part]] = [["schedule", t["key"], people_words(t["now"])] for t in found["turns"]]
    for service in found["services"]:
        last = "  (the last resort: the policy reaches nobody)" if service["catch_all"] else ""
        rows.append(["service", service["service"], people_words(service["people"]) + last])
    sheet.table(rows)
    return sheet


def schedule_lines(found: Json) -> Sheet:
    """Return a schedule's shifts, gaps, loads and changes."""
    sheet = Sheet()
    sheet.add(f"{found['key']} ({found['zone']}), {span_words(found)} UTC")
    sheet.table(
        [
            [
                span_words(s),
                people_words([d["person"] for d in s["duties"]]),
                ", ".join(d["source"] for d in s["duties"]),
            ]
            for s in found["shifts"]
        ]
    )
    for gap in found["report"]["gaps"]:
        sheet.add(f"GAP {span_words(gap)}: nobody")
    loads: list[list[Part]] = [
        [
            load["person"],
            f"{load['hours']:g}",
            f"{load['nights']:g}",
            f"{load['weekends']:g}",
            str(load["shifts"]),
            str(length(load["longest"])),
            f"{load['share']:.0%}",
        ]
        for load in found["report"]["loads"]
    ]
    sheet.table(loads, heads=("PERSON", "HOURS", "NIGHTS", "WEEKENDS", "SHIFTS", "LONGEST", "SHARE") if loads else ())
    for made in found["made"]:
        sheet.add(f"{made['kind']} {made['id']} {span_words(made)} by {made['by']}: {_what(made)}")
    return sheet


def effect_rows(effects: list[Json]) -> list[str]:
    """Return the hours that changes give to other people, one a line."""
    return [
        f"{effect['schedule']} {span_words(c)}: {people_words(c['before'])} -> {people_words(c['after'])}"
        for effect in effects
        for c in effect["changes"]
    ]


def _what(made: Json) -> str:
    what = made["what"]
    match made["kind"]:
        case "swap":
            return f"{what['person']} asks, {what['taker'] or 'nobody'} takes it"
        case "temporary":
            return people_words(sorted({p for shift in what["shifts"] for p in shift["people"]}))
        case _:
            return f"{what['kind']} {what['person']}" + (f" for {what['replaces']}" if what["replaces"] else "")


def _moment(text: object) -> str:
    when = read(text)
    return f"{when.astimezone(UTC):%Y-%m-%d %H:%M}" if when else "unknown"
