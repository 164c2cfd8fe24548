"""How a person is reached: contact methods, notification rules, and what a page would do now."""

from __future__ import annotations

from typing import Annotated

import typer

from tocsin.doors.cli.answers import answer
from tocsin.doors.cli.api import Json, server
from tocsin.doors.cli.moments import ago
from tocsin.doors.cli.parameters import AsJson, examples
from tocsin.doors.cli.rendering.sheet import Part, Sheet
from tocsin.doors.cli.session import Session, session_of

app = typer.Typer()


@app.command(epilog=examples("tocsin reach", "tocsin reach ben", "tocsin reach ben --json"))
def reach(
    ctx: typer.Context,
    person: Annotated[str, typer.Argument(help="Who; you, if nobody is named.", show_default=False)] = "",
    *,
    as_json: AsJson = False,
) -> None:
    """Say how a person is reached.

    Their contact methods, their rules, and what a page of high and of low urgency would do now.
    """
    session = session_of(ctx)
    with server(session) as api:
        found = api.get("people", person or "me", "reach")
    answer(session, "reach", found, lambda: _sheet(found, session), as_json=as_json)


def _sheet(found: Json, session: Session) -> Sheet:
    sheet = Sheet()
    sheet.head(f"{found['name']} ({found['person']})", f"  {found['zone']}")
    rows: list[list[Part]] = [
        [
            str(way["method"]),
            str(way["kind"]),
            (f"verified by {way['by']}", "green") if way["verified"] else ("NOT verified: never used", "bold red"),
        ]
        for way in found["contacts"]
    ]
    sheet.table(rows, indent=2)
    sheet.field("Quiet hours", "; ".join(found["quiet"]))
    for plan in found["plans"]:
        sheet.head(f"A page of {plan['urgency']} urgency now")
        for step in plan["steps"]:
            sheet.add(_step(step, session), indent=2)
        for reason in plan["reasons"]:
            sheet.add((str(reason), "dim"), indent=2)
    return sheet


def _step(step: Json, session: Session) -> str:
    alone = f"; {step['left_alone']} fails at present: it is passed over" if step["left_alone"] else ""
    if step["minutes"] is None:
        return f"if that fails {step['method']} ({step['kind']}){alone}"
    return f"at {step['minutes']:g} min {step['method']} ({step['kind']}, {ago(step['at'], session.now())}){alone}"
