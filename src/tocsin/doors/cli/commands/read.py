"""Questions about incidents: the list, one in full, its timeline, and what is missing now."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from tocsin.doors.cli.answers import answer
from tocsin.doors.cli.api import server
from tocsin.doors.cli.moments import ago, stamp
from tocsin.doors.cli.parameters import AsJson, Ref, examples
from tocsin.doors.cli.rendering.incident import entry_lines, headline, missing_lines, paging_line, severity, whole
from tocsin.doors.cli.rendering.sheet import Part, Sheet
from tocsin.doors.cli.session import Session, session_of
from tocsin.doors.cli.targets import OPEN, incident

app = typer.Typer()
PHASES = (*OPEN, "post_incident", "closed", "declined", "merged", "cancelled")
Json = dict[str, Any]  # the API's answer, read as it comes
Many = Annotated[list[str] | None, typer.Option(show_default=False)]


@app.command(
    "list",
    epilog=examples(
        "tocsin list", "tocsin list --all --service orders --json", "tocsin list --phase closed --text export"
    ),
)
def list_incidents(  # noqa: PLR0913 (each flag is a filter of its own)
    ctx: typer.Context,
    *,
    phase: Many = None,
    sev: Many = None,
    service: Many = None,
    team: Many = None,
    mode: Many = None,
    text: Annotated[str, typer.Option(help="Words of the title or summary.", show_default=False)] = "",
    everything: Annotated[bool, typer.Option("--all", "-a", help="Also those that are over.")] = False,
    limit: Annotated[int, typer.Option(min=1, max=200)] = 50,
    cursor: Annotated[
        str, typer.Option(help="Where the next page begins, as the last one said.", show_default=False)
    ] = "",
    as_json: AsJson = False,
) -> None:
    """List incidents, the open ones unless told otherwise."""
    session = session_of(ctx)
    phases = phase or ([] if everything else list(OPEN))
    with server(session) as api:
        page = api.get(
            "incidents",
            phase=phases,
            severity=sev,
            service=service,
            team=team,
            mode=mode,
            q=text,
            cursor=cursor,
            limit=limit,
        )
    if not page["items"]:
        session.terminal.say("No incidents." if everything or phase else "No incident is open.")
    answer(session, "incidents", page, lambda: _table(page, session), as_json=as_json)


def _table(page: Json, session: Session) -> Sheet:
    sheet = Sheet()
    rows: list[list[Part]] = [
        [
            (str(i["ref"]), "bold"),
            severity(i),
            str(i.get("status_name") or i["status"]) if i["phase"] == "active" else str(i["phase"]).replace("_", " "),
            ago(i["started_at"], session.now()),
            str(i.get("commander") or "-"),
            str(len(i.get("missing") or ())),
            str(i["title"]),
        ]
        for i in page["items"]
    ]
    if rows:
        sheet.table(rows, heads=("REF", "SEVERITY", "STATUS", "BEGAN", "COMMANDER", "MISSING", "TITLE"))
    if page.get("next_cursor"):
        session.terminal.say(f"There are more: --cursor {page['next_cursor']}")
    return sheet


@app.command(epilog=examples("tocsin show INC-42", "tocsin show INC-42 --json | jq .missing"))
def show(ctx: typer.Context, ref: Ref = "", *, as_json: AsJson = False) -> None:
    """Show an incident: what is missing, causes, plan, gates, people, the last of the timeline."""
    session = session_of(ctx)
    with server(session) as api:
        named = incident(api, ref)
        found = api.get("incidents", named)
        entries = [] if as_json else _entries(api, named)
    answer(session, "incident", found, lambda: whole(found, entries, session.now()), as_json=as_json)


def _entries(api: Any, ref: str, **query: object) -> list[Json]:  # noqa: ANN401 (an Api or what stands in for it)
    found: list[Json] = []
    cursor = 0
    while True:
        page = api.get("incidents", ref, "timeline", cursor=cursor, limit=500, **query)
        found += page["entries"]
        cursor = int(page.get("next_cursor") or 0)
        if not cursor:
            return found


@app.command(
    epilog=examples(
        "tocsin timeline INC-42", "tocsin timeline INC-42 --as-known-at 15:10", "tocsin timeline INC-42 --json"
    )
)
def timeline(
    ctx: typer.Context,
    ref: Ref = "",
    *,
    as_known_at: Annotated[
        str,
        typer.Option(help="Show what was known then: 15:10 (UTC), 20m (ago), 2026-01-20T15:10Z.", show_default=False),
    ] = "",
    as_json: AsJson = False,
) -> None:
    """Print an incident's timeline, now or as it was known at a time."""
    session = session_of(ctx)
    then = stamp(as_known_at, session.now(), flag="--as-known-at")
    with server(session) as api:
        named = incident(api, ref)
        entries = _entries(api, named, as_known_at=then)
    data = {"ref": named, "as_known_at": then, "entries": entries}
    answer(session, "timeline", data, lambda: _story(entries), as_json=as_json)


def _story(entries: list[Json]) -> Sheet:
    sheet = Sheet()
    entry_lines(sheet, entries)
    return sheet


@app.command(
    "next",
    epilog=examples("tocsin next", "tocsin next INC-42", "tocsin next --json | jq -r '.incidents[].missing[].command'"),
)
def next_steps(ctx: typer.Context, ref: Ref = "", *, as_json: AsJson = False) -> None:
    """Say what is missing now, with the command that mends it; without a reference, for every open incident."""
    session = session_of(ctx)
    with server(session) as api:
        found = [api.get("incidents", ref)] if ref else api.get("incidents", phase=list(OPEN), limit=200)["items"]
    data = {"incidents": [{name: i[name] for name in ("ref", "title", "severity", "paging", "missing")} for i in found]}
    if not any(i["missing"] for i in found):
        session.terminal.say("Nothing is missing." if found else "No incident is open.")
    answer(session, "next", data, lambda: _missing(found), as_json=as_json)


def _missing(found: list[Json]) -> Sheet:
    sheet = Sheet()
    for one in found:
        headline(sheet, one)
        paging_line(sheet, one)
        missing_lines(sheet, one, indent=2)
    return sheet
