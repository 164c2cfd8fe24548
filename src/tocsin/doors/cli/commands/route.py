"""The routes of alerts: the tree in force, and what it would do with an alert."""

from __future__ import annotations

from typing import Annotated

import typer

from tocsin.domain import words
from tocsin.domain.alerts.matchers import MatcherError, parse_matcher
from tocsin.doors.cli.answers import answer
from tocsin.doors.cli.api import Json, server
from tocsin.doors.cli.exits import CommandError, ExitCode
from tocsin.doors.cli.moments import read, stamp
from tocsin.doors.cli.parameters import AsJson, examples
from tocsin.doors.cli.rendering.decisions import decided, on_route
from tocsin.doors.cli.rendering.routes import drawn
from tocsin.doors.cli.rendering.sheet import Sheet
from tocsin.doors.cli.session import session_of

app = typer.Typer()
routes = typer.Typer(no_args_is_help=True, help="Look at the routes of alerts, and try one without sending it.")
app.add_typer(routes, name="route")


@routes.command(
    "test",
    epilog=examples(
        "tocsin route test alertname=HighCPU team=db severity=critical",
        "tocsin route test alertname=HighCPU --source prometheus",
        "tocsin route test service=orders --at 2026-01-24T03:00Z --json",
    ),
)
def try_(
    ctx: typer.Context,
    labels: Annotated[
        list[str], typer.Argument(metavar="LABEL=VALUE...", help="The alert's labels.", show_default=False)
    ],
    *,
    source: Annotated[
        str,
        typer.Option("--source", help="Which integration, or monitor:KEY, would send it.", show_default=False),
    ] = "",
    at: Annotated[
        str, typer.Option("--at", help="When it would fire, if not now: 2026-01-20T14:23Z.", show_default=False)
    ] = "",
    as_json: AsJson = False,
) -> None:
    """Say what would become of an alert with these labels, and why. Nothing is sent and nothing changes."""
    session = session_of(ctx)
    body: dict[str, object] = {"labels": dict(_pair(text) for text in labels)}
    when = stamp(at, session.now())
    body |= ({"at": when} if when else {}) | ({"source": source} if source else {})
    with server(session) as api:
        found = api.post("routes", "test", body=body)
    answer(session, "route", found, lambda: _explained(found), as_json=as_json)


@routes.command(epilog=examples("tocsin route show", "tocsin route show --json"))
def show(ctx: typer.Context, *, as_json: AsJson = False) -> None:
    """Draw the tree of routes in force, with what each inherits."""
    session = session_of(ctx)
    with server(session) as api:
        found = api.get("routes")
    answer(session, "routes", {"items": found}, lambda: drawn(found), as_json=as_json)


def _pair(text: str) -> tuple[str, str]:
    """Return a label as it was typed; one in quotes, `team="db"`, is read as a matcher is, and says only `=`."""
    name, equals, value = text.partition("=")
    try:
        one = parse_matcher(text)
    except MatcherError:
        one = None
    if one and one.operator == "=" and '"' in {text[:1], value[:1]}:
        return one.name, one.value
    if not name or not equals or (one and one.operator != "="):
        raise CommandError(f"{text!r} is no label", ExitCode.USAGE, where="LABEL=VALUE", mend="Write it like team=db.")
    return name, value


def _explained(found: Json) -> Sheet:
    sheet = Sheet()
    sheet.field("Pages", ("yes", "bold red") if found["pages"] else ("nobody", "bold green"))
    sheet.field("At", words.at(read(found["at"])))
    for decision in found["decisions"]:
        decided(sheet, decision)
    for route in found["routes"]:
        on_route(sheet, route)
    return sheet
