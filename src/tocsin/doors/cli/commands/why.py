"""Why somebody was woken, or was not; and the alerts that fire."""

from __future__ import annotations

from typing import Annotated

import typer

from tocsin.doors.cli.answers import answer
from tocsin.doors.cli.api import Json, server
from tocsin.doors.cli.moments import ago
from tocsin.doors.cli.parameters import AsJson, Cursor, Limit, examples
from tocsin.doors.cli.rendering.decisions import explained
from tocsin.doors.cli.rendering.sheet import Part, Sheet
from tocsin.doors.cli.session import Session, session_of

app = typer.Typer()


@app.command(
    epilog=examples(
        "tocsin why INC-42                              # why was I paged, or not?",
        "tocsin why INC-42 --person ben",
        "tocsin why prometheus/1747c26e7c776e2c",
        "tocsin why 0198c0de-0000-7000-8000-000000000000/page/1/ana/phone --json",
    )
)
def why(
    ctx: typer.Context,
    subject: Annotated[
        str,
        typer.Argument(
            metavar="ALERT|PAGE|INCIDENT",
            help="An alert, as `tocsin alerts` names it, a page, by its key in `tocsin outbox`, or an incident.",
            show_default=False,
        ),
    ],
    *,
    person: Annotated[
        str,
        typer.Option("--person", "-p", help="Of an incident: whose paging. Yours, if not given.", show_default=False),
    ] = "",
    as_json: AsJson = False,
) -> None:
    """Say what was decided about an alert, a page, or paging somebody for an incident, and why."""
    session = session_of(ctx)
    with server(session) as api:
        found = api.get("why", subject=subject, person=person)
    answer(session, "why", found, lambda: explained(found), as_json=as_json)


@app.command(epilog=examples("tocsin alerts", "tocsin alerts --held --json"))
def alerts(
    ctx: typer.Context,
    *,
    held: Annotated[bool, typer.Option("--held", help="Only those that are held back and told nobody.")] = False,
    limit: Limit = 100,
    cursor: Cursor = "",
    as_json: AsJson = False,
) -> None:
    """List the alerts that fire, with the incident of each or what holds it back."""
    session = session_of(ctx)
    with server(session) as api:
        found = api.listed("alerts", held="true" if held else "", limit=limit, cursor=cursor)
    if not found["items"]:
        session.terminal.say("No alert is held back." if held else "No alert fires.")
    if found["next_cursor"]:
        session.terminal.say(f"More: --cursor {found['next_cursor']}")
    answer(session, "alerts", found, lambda: _table(found["items"], session), as_json=as_json)


def _table(found: list[Json], session: Session) -> Sheet:
    sheet = Sheet()
    rows: list[list[Part]] = []
    for one in found:
        held = " ".join(str(sentence) for sentence in one["held_by"])
        where: Part = (str(one["incident"]), "bold") if one["incident"] else ("held back", "yellow")
        rows.append(
            [
                where,
                str(one["severity"] or "-"),
                ago(one["starts_at"], session.now()),
                str(one["subject"]),
                f"{one['name']}: {one['summary']}" + (f"  {held}" if held else ""),
            ]
        )
    sheet.table(rows, heads=("INCIDENT", "SEVERITY", "SINCE", "ALERT", "WHAT") if rows else ())
    return sheet
