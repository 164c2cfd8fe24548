"""What was done to services: list it, or tell of it where no sender does."""

from __future__ import annotations

from typing import Annotated

import typer

from tocsin.doors.cli.answers import answer
from tocsin.doors.cli.api import Json, server
from tocsin.doors.cli.moments import ago, stamp
from tocsin.doors.cli.parameters import AsJson, At, examples
from tocsin.doors.cli.rendering.sheet import Part, Sheet
from tocsin.doors.cli.session import Session, session_of

app = typer.Typer()
group = typer.Typer(no_args_is_help=True, help="List changes of services, or tell of one.")
app.add_typer(group, name="changes")
_SHORT = 7


@group.command("list", epilog=examples("tocsin changes list --since 2h", "tocsin changes list --service orders --json"))
def list_(
    ctx: typer.Context,
    *,
    service: Annotated[
        list[str] | None, typer.Option(help="Only of this service; may be repeated.", show_default=False)
    ] = None,
    since: Annotated[
        str, typer.Option(help="Only after this time: 2h (ago), 14:23 or 2026-01-20T14:23Z.", show_default=False)
    ] = "",
    limit: Annotated[int, typer.Option(help="At most so many.")] = 50,
    as_json: AsJson = False,
) -> None:
    """List changes, newest first."""
    session = session_of(ctx)
    asked = stamp(since, session.now(), flag="--since")
    with server(session) as api:
        found: list[Json] = api.get("changes", service=service, since=asked, limit=limit)
    _show(session, found, as_json=as_json)


@group.command(
    epilog=examples(
        "tocsin changes add orders 'raised the pool to 40' --kind config",
        "tocsin changes add orders --version 2.4.1 --commit 8f3c1d2 --at 14:20 --by ben",
    )
)
def add(  # noqa: PLR0913 (each flag is a fact of its own)
    ctx: typer.Context,
    service: Annotated[str, typer.Argument(help="The service that was changed.", show_default=False)],
    summary: Annotated[
        list[str] | None, typer.Argument(metavar="[SUMMARY]...", help="What was changed.", show_default=False)
    ] = None,
    *,
    kind: Annotated[str, typer.Option(help="code, config, flag, schema, infrastructure or migration.")] = "code",
    version: Annotated[str, typer.Option(help="The version that came.", show_default=False)] = "",
    previous: Annotated[str, typer.Option(help="The version before it.", show_default=False)] = "",
    commit: Annotated[str, typer.Option(help="Its commit.", show_default=False)] = "",
    by: Annotated[str, typer.Option(help="Who did it, if not you.", show_default=False)] = "",
    rollback: Annotated[bool, typer.Option("--rollback", help="It went back to an earlier state.")] = False,
    link: Annotated[str, typer.Option(help="Where more is to be read.", show_default=False)] = "",
    at: At = "",
    as_json: AsJson = False,
) -> None:
    """Tell of a change, so that a diagnosis weighs it."""
    session = session_of(ctx)
    given = {
        "version": version,
        "previous": previous,
        "commit": commit,
        "by": by,
        "link": link,
        "at": stamp(at, session.now()),
        "summary": " ".join(summary or ()),
        "rollback": rollback,
    }
    body = {"service": service, "kind": kind, **{name: value for name, value in given.items() if value}}
    with server(session) as api:
        kept = api.post("changes", body=body)
    _show(session, [kept], as_json=as_json)


def _show(session: Session, found: list[Json], *, as_json: bool) -> None:
    if not found:
        session.terminal.say("No change is on record.")
    answer(session, "changes", {"items": found}, lambda: _table(found, session), as_json=as_json)


def _table(found: list[Json], session: Session) -> Sheet:
    rows: list[list[Part]] = []
    for one in found:
        what = str(one.get("version") or str(one.get("commit") or "")[:_SHORT] or "-")
        kind = f"{one['kind']} back" if one.get("rollback") else str(one["kind"])
        rows.append(
            [
                ago(one["at"], session.now()),
                (str(one["service"]), "bold"),
                kind,
                what,
                str(one.get("by") or "-"),
                str(one.get("summary") or ""),
            ]
        )
    sheet = Sheet()
    sheet.table(rows, heads=("WHEN", "SERVICE", "KIND", "VERSION", "BY", "WHAT") if rows else ())
    return sheet
