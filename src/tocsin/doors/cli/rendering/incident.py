"""An incident in a terminal: the head and what is missing first, then why, what to do, who, and the last of the story."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from tocsin.domain import words
from tocsin.doors.cli.moments import ago, length, read
from tocsin.doors.cli.rendering.plans import plan_lines
from tocsin.doors.cli.rendering.sheet import Part, Sheet

Json = dict[str, Any]  # the API's answer, read as it comes
_STYLES = {1: "bold red", 2: "bold magenta", 3: "yellow", 4: "cyan"}
OPEN_PHASES = ("triage", "active")
LAST = 8
_FIGURES: Mapping[str, Callable[[float], str]] = {
    "users_affected": lambda count: f"{words.count(count)} users",
    "users_percent": lambda share: f"{words.share(share)} of users",
    "error_percent": lambda share: f"{words.share(share)} of requests fail",
    "error_percent_normal": lambda share: f"normally {words.share(share)}",
    "failed_requests": lambda count: f"{words.count(count)} requests failed",
    "total_requests": lambda count: f"of {words.count(count)}",
    "tickets": lambda count: f"{words.count(count)} tickets",
    "revenue_lost": lambda amount: f"revenue {words.count(amount)}",
}
_URGENT = {1: ("!!", "bold red"), 2: ("! ", "yellow"), 3: ("- ", "dim")}
_VERDICTS = {"pass": ("✓ pass        ", "green"), "fail": ("✗ fail        ", "bold red")}
_STATES = {"confirmed": "bold green", "likely": "green", "refuted": "dim", "unprovable": "dim"}


def severity(incident: Json) -> Part:
    """Return severity by shape, word and colour: any one of them is enough."""
    rank = int(incident.get("rank") or 0)
    shape = words.shape(rank) if rank else "·"
    name = str(incident.get("severity_name") or "")
    key = str(incident.get("severity") or "")
    return f"{shape} {key}" + (f" {name}" if name and name != key else ""), _STYLES.get(rank, "")


def headline(sheet: Sheet, incident: Json) -> None:
    """Add the line that says which incident this is and where it stands."""
    marks = [m for m, on in (("PRIVATE", incident.get("private")), ("DRILL", incident.get("mode") == "drill")) if on]
    marks += ["BACKFILL"] if incident.get("mode") == "backfill" else []
    phase = str(incident["phase"])
    state = str(incident.get("status_name") or incident["status"]) if phase == "active" else phase.replace("_", " ")
    sheet.add(
        (str(incident["ref"]), "bold"), "  ", severity(incident), f"  {state}", *[(f"  [{m}]", "bold") for m in marks],
        f"  {incident['title']}",
    )  # fmt: skip


def acted(incident: Json) -> Sheet:
    """Return what is printed after a change: where the incident stands now and what is missing."""
    sheet = Sheet()
    headline(sheet, incident)
    paging_line(sheet, incident)
    missing_lines(sheet, incident, indent=2)
    return sheet


def paging_line(sheet: Sheet, incident: Json) -> None:
    """Add who is paged, who is next and when, while that is open."""
    paging = incident.get("paging") or {}
    if paging.get("text"):
        sheet.add(str(paging["text"]), indent=2)
    if paging.get("changed"):
        command = f"tocsin repage {incident['ref']}"
        sheet.add(f"Its policy has changed since: {command} follows it as it is now.", indent=2)


def missing_line(gap: Json) -> str:
    """Return what is missing and how late it is."""
    when = words.lateness(length(gap.get("late")), length(gap.get("due_in")))
    return f"{gap['text']} ({when})" if when else str(gap["text"])


def missing_lines(sheet: Sheet, incident: Json, *, indent: int = 0) -> None:
    """Add what is missing now, each with the command that mends it."""
    rows: list[list[Part]] = []
    for gap in incident.get("missing") or ():
        mark, style = _URGENT.get(int(gap.get("urgency") or 3), _URGENT[3])
        rows.append([(mark, style), missing_line(gap), (str(gap.get("command") or ""), "bold")])
    sheet.table(rows, indent=indent)


def whole(incident: Json, timeline: Sequence[Json], now: datetime) -> Sheet:
    """Return everything about one incident."""
    sheet = Sheet()
    headline(sheet, incident)
    paging_line(sheet, incident)
    _clocks(sheet, incident, now)
    sheet.field("Impact", impact_facts(incident.get("impact") or {}) or "unknown")
    if incident.get("missing"):
        sheet.head("Missing now")
        missing_lines(sheet, incident, indent=2)
    _causes(sheet, incident, now)
    for plan in incident.get("plans") or ():
        plan_lines(sheet, plan, str(incident["ref"]), now)
    _gates(sheet, incident.get("verification") or {}, now)
    _people(sheet, incident)
    _work(sheet, incident)
    if timeline:
        sheet.head(f"Last of the timeline (all of it: tocsin timeline {incident['ref']})")
        entry_lines(sheet, timeline[-LAST:], indent=2, details=False)
    return sheet


def _clocks(sheet: Sheet, incident: Json, now: datetime) -> None:
    sheet.field("Summary", str(incident.get("summary") or ""))
    sheet.field("Began", ago(incident.get("started_at"), now))
    sheet.field("Declared", ago(incident.get("declared_at"), now))
    if incident.get("resolved_at"):
        sheet.field("Resolved", ago(incident["resolved_at"], now))
        sheet.field("Fixed by", str(incident.get("resolution") or ""))
    elif incident.get("update_due_at"):
        sheet.field("Update due", ago(incident["update_due_at"], now))
    sheet.field("Services", ", ".join(incident.get("services") or ()))
    sheet.field("Endpoints", ", ".join(incident.get("endpoints") or ()))
    sheet.field("Merged into", str(incident.get("merged_into") or ""))
    sheet.field("Related", ", ".join(f"{ref} ({kind})" for ref, kind in incident.get("related") or ()))
    alerts = [f"{a['name']}{'' if a.get('firing') else ' (cleared)'}" for a in incident.get("alerts") or ()]
    sheet.field("Alerts", ", ".join(alerts))
    numbers = incident.get("membership")
    if numbers:
        top = ", ".join(f"{label['name']}={label['value']} {label['count']}" for label in numbers["top"])
        sheet.field("All alerts", f"{numbers['total']}, {numbers['firing']} firing" + (f" ({top})" if top else ""))
    sheet.field("Page", str(incident.get("url") or ""))
    if incident.get("frozen"):
        sheet.add(("Deploys are frozen: hold what can wait", "bold"))


def impact_facts(impact: Json) -> str:
    """Return what is known of an impact in words, '' when nothing is: the figures as sentences say them, then the rest."""
    known = {name: value for name, value in impact.items() if value not in (None, "", "unknown")}
    said = [told(known.pop(name)) for name, told in _FIGURES.items() if name in known]
    for name, value in known.items():
        words_of = name.replace("_", " ")
        if isinstance(value, bool):
            said.append(words_of if value else f"no {words_of}")
        else:
            said.append(f"{words_of}: {value}")
    return ", ".join(said)


def _causes(sheet: Sheet, incident: Json, now: datetime) -> None:
    if incident.get("root_cause"):
        word = "confirmed" if incident.get("root_cause_confirmed") else "hypothesis"
        sheet.head("Root cause", f"  {incident['root_cause']} ({word})")
    if incident.get("diagnosed_at"):
        sheet.head("Causes", (f"  as diagnosed {ago(incident['diagnosed_at'], now)}", "dim"))
        cause_lines(sheet, incident.get("causes") or ())
    for spot in incident.get("blind_spots") or ():
        sheet.add(("? not seen: ", "yellow"), str(spot), indent=2)


def cause_lines(sheet: Sheet, causes: Iterable[Json]) -> None:
    """Add ranked causes with what speaks for (+) and against (-) each."""
    shown = [c for c in causes if c["state"] in {"confirmed", "likely", "possible"}]
    if not shown:
        sheet.add("nothing that was seen speaks for any cause", indent=2)
    for number, cause in enumerate(shown, start=1):
        state = str(cause["state"])
        sheet.add(
            f"{number}. ",
            (f"{state} {float(cause['score']):.0%}", _STATES.get(state, "")),
            f"  {cause['title']}",
            indent=2,
        )
        for evidence in cause.get("supports") or ():
            sheet.add(("+ ", "green"), str(evidence), indent=5)
        for evidence in cause.get("refutes") or ():
            sheet.add(("- ", "red"), str(evidence), indent=5)


def _gates(sheet: Sheet, verification: Json, now: datetime) -> None:
    gates = verification.get("gates") or ()
    if not gates:
        return
    ends = read(verification.get("watch_ends_at"))
    watch = (
        "  watch window passed"
        if verification.get("passed")
        else ""
        if ends is None
        else f"  watch until {ago(ends.isoformat(), now)}"
        if ends > now
        else "  watch window over, undecided"
    )
    sheet.head("Gates", (watch, "dim"))
    rows: list[list[Part]] = [
        [
            _VERDICTS.get(str(g["verdict"]), ("? inconclusive", "yellow")),
            str(g["gate"]),
            f"{g['observed']} (expected {g['expected']})",
        ]
        for g in gates
    ]
    sheet.table(rows, indent=2)


def _people(sheet: Sheet, incident: Json) -> None:
    rows: list[list[Part]] = [[str(r["role"]).replace("_", " "), str(r["person"])] for r in incident.get("roles") or ()]
    if incident.get("acknowledged_by"):
        rows.append(["acknowledged by", str(incident["acknowledged_by"])])
    if incident.get("paged"):
        rows.append(["paged", ", ".join(incident["paged"])])
    rows += [["asked to join", _requested(one)] for one in incident.get("requested") or ()]
    if rows or incident.get("paging_exhausted"):
        sheet.head("People")
        sheet.table(rows, indent=2)
    if incident.get("paging_exhausted"):
        sheet.add(("paging has reached its end and nobody has acknowledged", "bold red"), indent=2)


def _requested(one: Json) -> str:
    joined = read(one.get("joined_at"))
    lost = "cannot be reached" if one.get("unreachable") else "no answer yet"
    said = f"joined at {words.clock(joined)}" if joined else lost
    message = f": {one['message']}" if one.get("message") else ""
    return f"{one['person']} (by {one['by']}{message}), {said}"


def _work(sheet: Sheet, incident: Json) -> None:
    tasks: list[list[Part]] = [
        [
            "✓" if t.get("done") else "·",
            str(t["key"]),
            str(t.get("owner") or "nobody"),
            str(t["title"]) + (f": {t['result']}" if t.get("result") else ""),
        ]
        for t in incident.get("tasks") or ()
    ]
    if tasks:
        sheet.head("Tasks")
        sheet.table(tasks, indent=2)
    items: list[list[Part]] = [
        [str(f["status"]), str(f["key"]), str(f.get("owner") or "nobody"), str(f["title"])]
        for f in incident.get("followups") or ()
    ]
    if items:
        sheet.head("Action items")
        sheet.table(items, indent=2)


def entry_lines(sheet: Sheet, entries: Iterable[Json], *, indent: int = 0, details: bool = True) -> None:
    """Add timeline entries, a line each and `details` below; a day's first entry says the day."""
    day = ""
    for entry in entries:
        when = read(entry["at"])
        today = f"{when:%Y-%m-%d}" if when else ""
        if today != day:
            sheet.add((today, "dim"), indent=indent)
            day = today
        gone = "strike dim" if entry.get("withdrawn") else ""
        pin: Part = ("* ", "bold") if entry.get("pinned") else "  "
        clock = f"{when:%H:%M:%S}" if when else "--:--:--"
        sheet.add((clock, "dim"), " ", pin, (str(entry["text"]), gone), (f"  {entry['who']}", "dim"), indent=indent)
        for detail in (entry.get("details") or ()) if details else ():
            sheet.add(str(detail), indent=indent + 11)
        former = entry.get("corrected_from")
        if former:
            was = read(former["at"])
            word = "withdrawn" if entry.get("withdrawn") else "corrected"
            sheet.add(
                (f"{word}; first entered {words.clock(was)} by {former['who']}: {former['text']}", "dim"),
                indent=indent + 11,
            )
