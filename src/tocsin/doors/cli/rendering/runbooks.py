"""Runbooks in a terminal: which fit and why, and one step by step, with the command that goes on."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from tocsin.doors.cli.moments import ago
from tocsin.doors.cli.rendering.sheet import Part, Sheet

Json = dict[str, Any]  # the API's answer, read as it comes
_MARKS: dict[str, Part] = {
    "open": "[ ]",
    "begun": ("[~]", "cyan"),
    "done": ("[✓]", "green"),
    "failed": ("[✗]", "bold red"),
    "skipped": ("[-]", "dim"),
}


def list_lines(sheet: Sheet, books: Iterable[Json]) -> None:
    """Add runbooks, a line each, with the reasons of those that fit."""
    rows: list[list[Part]] = [
        [(str(b["key"]), "bold"), f"{b['steps']} steps", str(b["title"]), ("; ".join(b.get("reasons") or ()), "green")]
        for b in books
    ]
    if rows:
        sheet.table(rows, heads=("RUNBOOK", "", "TITLE", "WHY"))


def book_lines(sheet: Sheet, book: Json) -> None:
    """Add a whole runbook as it would be followed."""
    sheet.add((str(book["title"]), "bold"), (f"  {book['key']}", "dim"))
    sheet.add(str(book["summary"]))
    sheet.field("Severity", str(book["severity"]))
    sheet.field("Causes", ", ".join(book["causes"]))
    sheet.field("Alerts", ", ".join(book["alerts"]))
    sheet.field("Words", ", ".join(book["symptoms"]))
    sheet.field("Source", str(book["source"]))
    sheet.head("Steps")
    for step in book["steps"]:
        step_lines(sheet, step)


def followed_lines(sheet: Sheet, found: Json, now: datetime, *, brief: bool = False) -> None:
    """Add the runbooks that an incident follows, the steps that are over in one line each; `brief`: all but the next."""
    for run in found["followed"]:
        begun = f"  {run['ended']} of {len(run['steps'])}, begun {ago(run['started_at'], now)} by {run['started_by']}"
        sheet.head(str(run["title"]), (f"  {run['key']}{begun}", "dim"))
        for step in run["steps"]:
            ahead = step["key"] == run["next"] if brief else step["result"] in {"open", "begun"}
            step_lines(sheet, step, whole=ahead)
        if run["next"]:
            sheet.add(("next: ", "dim"), (f"tocsin runbook step {found['ref']} {run['key']}/{run['next']}", "bold"))


def step_lines(sheet: Sheet, step: Json, *, whole: bool = True) -> None:
    """Add one step: what to do, the command to copy, what to expect, and what was said and seen."""
    who = f"  {step['by']}" if step["by"] else ""
    sheet.add(_MARKS.get(step["result"], "[?]"), f" {step['number']}. ", (f"{step['key']} ", "bold"), (str(step["kind"]), "dim"), (who, "dim"), indent=2)  # fmt: skip
    if step["note"]:
        sheet.add(("said: ", "dim"), str(step["note"]), indent=9)
    for line in step["seen"]:
        sheet.add(("seen: ", "dim"), str(line), indent=9)
    if not whole:
        return
    sheet.add(str(step["text"]), indent=9)
    if step["runs"]:
        does = {"look": ", ".join(step["checks"]), "do": step["action"], "verify": ", ".join(step["gates"])}
        sheet.add(("Tocsin can: ", "dim"), does.get(step["kind"], ""), indent=9)
    for line in str(step["command"]).splitlines():
        sheet.add(("$ ", "dim"), line, indent=9)
    for name, word in (("expect", "expect: "), ("otherwise", "if not: ")):
        if step[name]:
            sheet.add((word, "dim"), str(step[name]), indent=9)
