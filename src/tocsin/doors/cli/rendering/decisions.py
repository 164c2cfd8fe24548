"""Decisions, one a line: the named reason, then the sentence."""

from __future__ import annotations

from typing import Any, Final

from tocsin.domain import words
from tocsin.doors.cli.moments import read
from tocsin.doors.cli.rendering.sheet import Sheet

Json = dict[str, Any]  # as the API answers it
_QUIET: Final = frozenset({"asked", "refused"})


def decided(sheet: Sheet, decision: Json) -> None:
    """Add a decision; what keeps somebody from being told stands out."""
    style = "bold" if decision["holds_back"] else "dim" if decision["reason"] in _QUIET else ""
    sheet.add((f"{decision['reason']:<12} ", "cyan"), (str(decision["sentence"]), style), indent=2)


def on_route(sheet: Sheet, route: Json) -> None:
    """Add what one route makes of an alert."""
    outcome = (": pages", "red") if route["tells"] else (": pages nobody", "green")
    sheet.head(" > ".join(route["place"]), outcome)
    for decision in route["decisions"]:
        decided(sheet, decision)


def explained(found: Json) -> Sheet:
    """Return everything that was decided about an alert or a page; how it ended comes first and last."""
    sheet = Sheet()
    sheet.field("Outcome", (str(found["outcome"]), "bold"))
    sheet.field("About", f"{found['kind']} {found['subject']}")
    sheet.field("Incident", str(found["incident"]))
    sheet.field("At", words.at(read(found["at"])))
    routed = bool(found["routes"])
    first, last = (found["decisions"][:-1], found["decisions"][-1:]) if routed else (found["decisions"], [])
    for decision in first:
        decided(sheet, decision)
    for route in found["routes"]:
        on_route(sheet, route)
    if last:
        sheet.head("Its incident")
        decided(sheet, last[0])
    if found["pages"]:
        sheet.head("Pages" if found["kind"] == "incident" else "Pages of its incident")
        for key in found["pages"]:
            sheet.add(str(key), indent=2)
    return sheet
