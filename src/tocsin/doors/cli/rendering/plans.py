"""A plan as somebody reads it before approving it: what, on what, how far it reaches, how to undo it, and its hash."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from tocsin.doors.cli.moments import ago, read
from tocsin.doors.cli.rendering.sheet import Sheet

Json = dict[str, Any]  # the API's answer, read as it comes
SHOWN_HASH = 12
_STYLES = {"proposed": "yellow", "approved": "cyan", "running": "cyan", "done": "green", "failed": "bold red"}
_RISKS = {"low": "green", "medium": "yellow", "high": "bold red"}


def plan_lines(sheet: Sheet, plan: Json, ref: str, now: datetime) -> None:
    """Add one plan and, while it waits for somebody, the command that goes on with it."""
    state, digest = str(plan["state"]), str(plan["hash"])[:SHOWN_HASH]
    sheet.head("Plan ", (digest, "bold"), "  ", (state, _STYLES.get(state, "")), f"  {plan['title']}")
    for step in plan.get("steps") or ():
        sheet.add(str(step), indent=2)
    sheet.add("reaches: ", str(plan.get("blast_radius") or "unknown"), indent=2)
    sheet.add("undo:    ", str(plan.get("undo") or "unknown"), indent=2)
    approvals = ", ".join(plan.get("approvals") or ()) or "nobody yet"
    sheet.add(
        "risk:    ",
        (str(plan["risk"]), _RISKS.get(str(plan["risk"]), "")),
        f"; approved by {approvals} (needs {plan['approvals_needed']})",
        indent=2,
    )
    for line in plan.get("advice") or ():
        sheet.add("advice:  ", str(line), indent=2)
    for line in plan.get("output") or ():
        sheet.add("output:  ", str(line), indent=2)
    command = going_on(plan, ref, now)
    if command:
        sheet.add(
            ("next:    ", "dim"),
            (command, "bold"),
            (f"  (holds until {ago(plan['expires_at'], now)})", "dim"),
            indent=2,
        )


def going_on(plan: Json, ref: str, now: datetime) -> str:
    """Return the command that goes on with a plan, '' when none does."""
    expires = read(plan.get("expires_at"))
    if expires is not None and expires <= now:
        return f"tocsin plan {ref}" if plan["state"] in {"proposed", "approved"} else ""
    verb = {"proposed": "approve", "approved": "mitigate"}.get(str(plan["state"]))
    return f"tocsin {verb} {ref} {str(plan['hash'])[:SHOWN_HASH]}" if verb else ""
